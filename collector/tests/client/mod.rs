//! A plain HTTP/1.1 client, one connection each: what it sends is what the test says, byte for byte.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use serde_json::Value as Json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that is kept alive.
pub struct Client {
    stream: BufReader<TcpStream>,
    host: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Client {
    pub fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).expect("the collector listens");
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
        stream.set_write_timeout(Some(TIMEOUT)).expect("a time-out");
        Client { stream: BufReader::new(stream), host: addr.to_string() }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    /// Posts to `/v1/traces`, as protobuf unless the headers say otherwise.
    pub fn post(&mut self, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.post_to("/v1/traces", headers, body)
    }

    /// Posts log records to `/v1/logs`, as protobuf.
    pub fn post_logs(&mut self, body: &[u8]) -> Answer {
        self.post_to("/v1/logs", &[], body)
    }

    pub fn post_to(&mut self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let protobuf = [("content-type", "application/x-protobuf")];
        let typed = headers.iter().any(|(name, _)| *name == "content-type");
        let headers: Vec<_> = if typed { headers.to_vec() } else { [&protobuf, headers].concat() };
        self.send("POST", path, &headers, body)
    }

    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let host = self.host.clone();
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            head.push_str(&format!("host: {host}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        self.write(head.as_bytes());
        self.write(body);
        self.answer(method == "HEAD")
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).expect("the collector reads");
    }

    pub fn answer(&mut self, bodiless: bool) -> Answer {
        let line = self.line();
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").expect("a header");
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        if !bodiless {
            answer.body = vec![0; length];
            self.stream.read_exact(&mut answer.body).expect("a whole body");
        }
        answer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("an answer in time");
        assert!(line.ends_with("\r\n"), "the connection is closed");
        line.trim_end().to_owned()
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}
