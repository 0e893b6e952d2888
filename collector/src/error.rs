//! `Error`: why a collector did not start.

use std::fmt;
use std::io;
use std::net::SocketAddr;

/// One of the addresses that a collector listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Listener {
    /// The OTLP/HTTP receiver, 4318 by default.
    OtlpHttp,
    /// The query API and the viewer, 16686 by default.
    Http,
}

/// Why a collector did not start.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Listen { listener: Listener, addr: SocketAddr, source: io::Error },
    NotLoopback { listener: Listener, addr: SocketAddr },
    Runtime(io::Error),
}

// === impl Listener ===

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Listener::OtlpHttp => "OTLP over HTTP",
            Listener::Http => "the query API and the viewer",
        })
    }
}

// === impl Error ===

impl Error {
    pub(crate) fn listen(listener: Listener, addr: SocketAddr, source: io::Error) -> Self {
        Error { kind: Kind::Listen { listener, addr, source } }
    }

    pub(crate) fn not_loopback(listener: Listener, addr: SocketAddr) -> Self {
        Error { kind: Kind::NotLoopback { listener, addr } }
    }

    pub(crate) fn runtime(source: io::Error) -> Self {
        Error { kind: Kind::Runtime(source) }
    }

    /// Whether another program listens on the address already; [`listener`](Self::listener) says on which.
    #[must_use]
    pub fn is_addr_in_use(&self) -> bool {
        matches!(&self.kind, Kind::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse)
    }

    /// Whether the address is one that other machines can reach, which needs a token.
    #[must_use]
    pub fn is_not_loopback(&self) -> bool {
        matches!(self.kind, Kind::NotLoopback { .. })
    }

    /// The listener that the error is about, if it is about one.
    #[must_use]
    pub fn listener(&self) -> Option<Listener> {
        match self.kind {
            Kind::Listen { listener, .. } | Kind::NotLoopback { listener, .. } => Some(listener),
            Kind::Runtime(_) => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Listen { listener, addr, .. } if self.is_addr_in_use() => write!(
                f,
                "cannot listen on {addr} for {listener}: another program does already; choose another port (0 for any free one)"
            ),
            Kind::Listen { listener, addr, source } => {
                write!(f, "cannot listen on {addr} for {listener}: {source}")
            }
            Kind::NotLoopback { listener, addr } => write!(
                f,
                "cannot listen on {addr} for {listener}: other machines could reach it, which needs a token, and tokens are not built yet; choose a loopback address such as 127.0.0.1:{}",
                addr.port()
            ),
            Kind::Runtime(source) => write!(f, "cannot start the collector's thread: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            Kind::Listen { source, .. } | Kind::Runtime(source) => Some(source),
            Kind::NotLoopback { .. } => None,
        }
    }
}
