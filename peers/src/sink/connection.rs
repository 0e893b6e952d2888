//! One connection: request after request until the peer has had enough.

use std::io::{self, BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::TcpStream;

use super::request::{Body, Head};
use super::spans;
use super::totals::Counters;

const BUFFER_BYTES: usize = 256 * 1024;
const LONGEST_HEAD: u64 = 64 * 1024;
const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// A connection and the buffers that it uses again for each request.
pub(super) struct Connection<'a> {
    reader: BufReader<TcpStream>,
    counters: &'a Counters,
    head: String,
    body: Vec<u8>,
    /// Bytes that the request at hand took on the wire.
    taken: usize,
}

// === impl Connection ===

impl<'a> Connection<'a> {
    pub(super) fn new(stream: TcpStream, counters: &'a Counters) -> Self {
        let reader = BufReader::with_capacity(BUFFER_BYTES, stream);
        Connection { reader, counters, head: String::new(), body: Vec::new(), taken: 0 }
    }

    /// Serves until the peer closes.
    pub(super) fn serve(mut self) -> io::Result<()> {
        while let Some(head) = self.read_head()? {
            self.read_body(&head.body)?;
            self.answer(&head)?;
            if head.close {
                break;
            }
        }
        Ok(())
    }

    fn read_head(&mut self) -> io::Result<Option<Head>> {
        self.head.clear();
        while !self.head.ends_with("\r\n\r\n") {
            if (&mut self.reader).take(LONGEST_HEAD).read_line(&mut self.head)? == 0 {
                return if self.head.is_empty() { Ok(None) } else { Err(bad("a head cut short")) };
            }
        }
        self.taken = self.head.len();
        Head::parse(&self.head).map(Some).ok_or_else(|| bad("no HTTP request"))
    }

    fn read_body(&mut self, body: &Body) -> io::Result<()> {
        self.body.clear();
        match *body {
            Body::Length(length) => self.read_bytes(length),
            Body::Chunked => self.read_chunks(),
        }
    }

    /// Appends this many bytes to the body.
    fn read_bytes(&mut self, length: usize) -> io::Result<()> {
        self.taken += length;
        let read = (&mut self.reader).take(length as u64).read_to_end(&mut self.body)?;
        if read == length { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    fn read_chunks(&mut self) -> io::Result<()> {
        loop {
            let line = self.read_line()?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| bad("no size of a chunk"))?;
            if size == 0 {
                while !self.read_line()?.trim_end().is_empty() {}
                return Ok(());
            }
            self.read_bytes(size)?;
            self.read_line()?;
        }
    }

    fn read_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.taken += (&mut self.reader).take(LONGEST_HEAD).read_line(&mut line)?;
        if line.ends_with('\n') { Ok(line) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    fn answer(&mut self, head: &Head) -> io::Result<()> {
        match (head.method.as_str(), head.path.as_str()) {
            ("POST", "/v1/traces") if head.encoded => self.write("415 Unsupported Media Type", PROTOBUF, ""),
            ("POST", "/v1/traces") => match spans::count(&self.body) {
                Ok(spans) => {
                    self.counters.add(self.taken as u64, spans);
                    // An ExportTraceServiceResponse without fields has no bytes.
                    self.write("200 OK", PROTOBUF, "")
                }
                Err(spans::Malformed) => self.write("400 Bad Request", PROTOBUF, ""),
            },
            ("GET", "/totals") => {
                let totals = self.counters.totals().to_json();
                self.write("200 OK", JSON, &totals)
            }
            _ => self.write("404 Not Found", PROTOBUF, ""),
        }
    }

    fn write(&mut self, status: &str, kind: &str, body: &str) -> io::Result<()> {
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}");
        self.reader.get_mut().write_all(answer.as_bytes())
    }
}

fn bad(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}
