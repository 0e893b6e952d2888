//! `Daemon`: where X-Ray's SDK sends its segments, by UDP.

use serde_json::Value;
use std::net::{Ipv4Addr, UdpSocket};

/// Longer than any datagram on loopback.
const LONGEST: usize = 1 << 16;

/// A socket; what comes waits in it.
pub(crate) struct Daemon(UdpSocket);

// === impl Daemon ===

impl Daemon {
    pub(crate) fn new() -> Daemon {
        Daemon(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port"))
    }

    /// `AWS_XRAY_DAEMON_ADDRESS`.
    pub(crate) fn address(&self) -> String {
        self.0.local_addr().expect("bound").to_string()
    }

    /// The segments that have come: those of services that have ended are there.
    pub(crate) fn segments(&self) -> Vec<Value> {
        self.0.set_nonblocking(true).expect("a socket can be so");
        let mut buffer = vec![0; LONGEST];
        let mut segments = Vec::new();
        while let Ok(length) = self.0.recv(&mut buffer) {
            let text = std::str::from_utf8(&buffer[..length]).expect("text");
            let (header, segment) = text.split_once('\n').expect("a header, then a segment");
            assert!(header.contains("json"), "{header}");
            segments.push(serde_json::from_str(segment).expect("JSON"));
        }
        segments
    }
}
