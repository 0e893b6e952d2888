//! `Builder`: which addresses a collector listens on, and how much it keeps.

use crate::collector::{Collector, Listeners};
use crate::error::{Error, Listener};
use crate::http::bind;
use crate::serve::QUERIES_AT_A_TIME;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::available_parallelism;
use tokio::runtime;

/// Where OTLP over HTTP is received by default.
pub const DEFAULT_OTLP_HTTP: SocketAddr = loopback(4318);
/// Where the query API and the viewer are served by default.
pub const DEFAULT_HTTP: SocketAddr = loopback(16686);
/// How many bytes of traces are kept by default: 512 MiB.
pub const DEFAULT_MEMORY_BYTES: usize = 512 * 1024 * 1024;

/// Which addresses a collector listens on, and how much it keeps.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    otlp_http: Option<SocketAddr>,
    http: Option<SocketAddr>,
    memory_bytes: usize,
}

// === impl Builder ===

impl Builder {
    pub(crate) fn new() -> Self {
        Builder {
            otlp_http: Some(DEFAULT_OTLP_HTTP),
            http: Some(DEFAULT_HTTP),
            memory_bytes: DEFAULT_MEMORY_BYTES,
        }
    }

    /// Where OTLP over HTTP is received: a loopback address, port 0 for any free one, or `None` for nowhere.
    ///
    /// Default: [`DEFAULT_OTLP_HTTP`].
    pub fn otlp_http(mut self, addr: impl Into<Option<SocketAddr>>) -> Self {
        self.otlp_http = addr.into();
        self
    }

    /// Where the query API and the viewer are served: a loopback address, port 0 for any free one, or `None` for
    /// nowhere.
    ///
    /// Default: [`DEFAULT_HTTP`].
    pub fn http(mut self, addr: impl Into<Option<SocketAddr>>) -> Self {
        self.http = addr.into();
        self
    }

    /// How many bytes of traces and their log records are kept in memory; over it the traces that arrived first
    /// leave, whole and counted in [`Stats::evicted_traces`](crate::Stats::evicted_traces). Before them leave log
    /// records whose trace has no spans, once those take a quarter of it.
    ///
    /// Requests in progress take up to another 512 MiB, usually a few. Default: [`DEFAULT_MEMORY_BYTES`].
    pub fn memory_bytes(mut self, bytes: usize) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// Binds the addresses and starts the collector on a thread of its own.
    ///
    /// # Errors
    ///
    /// When an address cannot be bound ([`Error::is_addr_in_use`], [`Error::listener`] says which), is not
    /// loopback ([`Error::is_not_loopback`]), or when the system refuses a thread.
    pub fn start(self) -> Result<Collector, Error> {
        let bind = |listener, addr: Option<SocketAddr>| addr.map(|addr| bind(listener, addr)).transpose();
        let listeners = Listeners {
            otlp_http: bind(Listener::OtlpHttp, self.otlp_http)?,
            http: bind(Listener::Http, self.http)?,
        };
        // Decoding and queries, which may take a while, run on the blocking threads: one a core, beside those of queries.
        let threads = available_parallelism().map_or(1, usize::from) + QUERIES_AT_A_TIME;
        let runtime = runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_name("throughline-collector-work")
            .max_blocking_threads(threads)
            .build()
            .map_err(Error::runtime)?;
        Collector::start(runtime, listeners, self.memory_bytes).map_err(Error::runtime)
    }
}

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}
