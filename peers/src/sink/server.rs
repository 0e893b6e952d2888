//! The listener, a thread for each connection, and the sink as a child process.

use std::io::{self, BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use super::Totals;
use super::connection::Connection;
use super::totals::Counters;
use crate::child::THIS;

/// A sink in a child process; it is stopped on drop.
pub struct Sink {
    child: Child,
    address: String,
}

// === impl Sink ===

impl Sink {
    /// Starts this binary again with `args`, which must make it call [`serve`].
    ///
    /// # Errors
    /// If the child cannot be started or says nothing.
    pub fn start(args: &[&str]) -> io::Result<Sink> {
        let mut child = Command::new(THIS).args(args).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().expect("its output is piped");
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok(Sink { child, address: address.trim().to_string() })
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has arrived.
    ///
    /// # Errors
    /// If it does not answer.
    pub fn totals(&self) -> io::Result<Totals> {
        Totals::ask(&self.address)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Listens on this port of the loopback (0: any that is free), prints the address, and serves for ever.
///
/// # Errors
/// If the port is taken.
pub fn serve(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    println!("{}", listener.local_addr()?);
    serve_on(&listener)
}

fn serve_on(listener: &TcpListener) -> io::Result<()> {
    let counters = Arc::new(Counters::default());
    loop {
        let (stream, _) = listener.accept()?;
        let counters = counters.clone();
        thread::spawn(move || report(serve_connection(stream, &counters)));
    }
}

fn serve_connection(stream: TcpStream, counters: &Counters) -> io::Result<()> {
    stream.set_nodelay(true)?;
    Connection::new(stream, counters).serve()
}

fn report(result: io::Result<()>) {
    if let Err(error) = result {
        eprintln!("sink: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use super::{Totals, serve_on};

    #[test]
    fn posts_of_either_framing_are_counted_on_one_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        thread::spawn(move || serve_on(&listener));
        let mut peer = TcpStream::connect(&address).expect("it listens");
        // One resource, one scope, one span without fields.
        let body = b"\x0a\x04\x12\x02\x12\x00";
        let post = b"POST /v1/traces HTTP/1.1\r\n";
        let length = [&post[..], b"Content-Length: 6\r\n\r\n", body].concat();
        let chunked = [
            &post[..],
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n",
            &body[..2],
            b"\r\n4\r\n",
            &body[2..],
            b"\r\n0\r\n\r\n",
        ]
        .concat();
        peer.write_all(&length).expect("it reads");
        peer.write_all(&chunked).expect("it reads");
        let mut answers = String::new();
        peer.read_to_string(&mut answers).expect("it answers and closes");
        assert_eq!(answers.matches("200 OK").count(), 2);
        let bytes = (length.len() + chunked.len()) as u64;
        assert_eq!(Totals::ask(&address).expect("it answers"), Totals { requests: 2, bytes, spans: 2 });
    }
}
