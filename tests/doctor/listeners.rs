//! What listens at a port without being a collector.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};

/// SETTINGS with two parameters, and a WINDOW_UPDATE, as a server that knows HTTP/2 only says at once.
pub(crate) const HTTP_2: &[u8] =
    b"\0\0\x0c\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\0\xff\xff\0\0\x04\x08\0\0\0\0\0\0\0\0\x01";

/// Answers the first bytes of every connection; `None` hangs up.
pub(crate) fn listening(mut answer: impl FnMut(&[u8]) -> Option<Vec<u8>> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut bytes = [0; 1024];
            let read = stream.read(&mut bytes).unwrap_or_default();
            if let Some(answer) = answer(&bytes[..read]) {
                let _ = stream.write_all(&answer);
                // What has been said is not lost by closing at once.
                open.push(stream);
            }
        }
    });
    address
}
