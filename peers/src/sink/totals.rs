//! What arrived.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::child::number;

/// What arrived until now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Posts to `/v1/traces`.
    pub requests: u64,
    /// Their bytes on the wire, heads and framing included.
    pub bytes: u64,
    /// The spans in their bodies.
    pub spans: u64,
}

/// The totals while connections add to them.
#[derive(Default)]
pub(super) struct Counters {
    requests: AtomicU64,
    bytes: AtomicU64,
    spans: AtomicU64,
}

// === impl Totals ===

impl Totals {
    /// Asks the sink at this address (`127.0.0.1:4318`).
    ///
    /// # Errors
    /// If it cannot be reached, or answers with something else.
    pub fn ask(address: &str) -> io::Result<Totals> {
        let mut stream = TcpStream::connect(address)?;
        write!(stream, "GET /totals HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let json = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Ok(Totals::parse(&serde_json::from_str(json)?))
    }

    /// What arrived since `before`.
    #[must_use]
    pub fn since(self, before: Totals) -> Totals {
        Totals {
            requests: self.requests - before.requests,
            bytes: self.bytes - before.bytes,
            spans: self.spans - before.spans,
        }
    }

    pub(super) fn to_json(self) -> String {
        json!({ "requests": self.requests, "bytes": self.bytes, "spans": self.spans }).to_string()
    }

    fn parse(json: &Value) -> Totals {
        let count = |key| number(json, key) as u64;
        Totals { requests: count("requests"), bytes: count("bytes"), spans: count("spans") }
    }
}

// === impl Counters ===

impl Counters {
    pub(super) fn add(&self, bytes: u64, spans: u64) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.spans.fetch_add(spans, Ordering::Relaxed);
    }

    pub(super) fn totals(&self) -> Totals {
        Totals {
            requests: self.requests.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            spans: self.spans.load(Ordering::Relaxed),
        }
    }
}
