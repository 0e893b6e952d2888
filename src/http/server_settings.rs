//! `ServerSettings`: what a [`ServerLayer`](super::ServerLayer) was told, and what follows from it for a request.

use super::authority::Authority;
use super::conventions::Conventions;
use super::flush_after::FlushAfter;
use super::forwarded::Forwarded;
use super::grpc;
use super::hooks::Hooks;
use super::matched;
use super::request_head::RequestHead;
use http::{HeaderMap, header};
use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

pub(super) type Route = dyn for<'a> Fn(&RequestHead<'a>) -> Option<&'a str> + Send + Sync;
pub(super) type Peer = dyn Fn(&RequestHead<'_>) -> Option<SocketAddr> + Send + Sync;

#[derive(Clone)]
pub(super) struct ServerSettings {
    pub(super) conventions: Conventions,
    pub(super) hooks: Arc<Hooks>,
    pub(super) route: Option<Arc<Route>>,
    pub(super) peer: Option<Arc<Peer>>,
    pub(super) scheme: &'static str,
    /// The callers' context is foreign.
    pub(super) public: bool,
    /// The nearest proxy is ours, and says who the client is.
    pub(super) forwarded: bool,
    pub(super) flush: Option<Arc<FlushAfter>>,
    /// The methods of gRPC that there are; `None`: nobody has said.
    pub(super) grpc_methods: Option<Arc<HashSet<String>>>,
}

/// Where a request came from, and what it was sent to.
pub(super) struct Origin<'a> {
    pub(super) scheme: &'a str,
    pub(super) server: Option<Authority<'a>>,
    pub(super) client: Option<IpAddr>,
    pub(super) peer: Option<SocketAddr>,
}

// === impl ServerSettings ===

impl ServerSettings {
    pub(super) fn new() -> Self {
        ServerSettings {
            conventions: Conventions::of_process(),
            hooks: Arc::default(),
            route: None,
            peer: None,
            scheme: "http",
            public: false,
            forwarded: false,
            flush: None,
            grpc_methods: None,
        }
    }

    /// Whether a method may name a span. Where nobody has said which there are, all that look like one, until the answer
    /// is that there is none.
    pub(super) fn knows_grpc(&self, method: &str) -> bool {
        match &self.grpc_methods {
            Some(known) => known.contains(method),
            None => grpc::is_plausible(method),
        }
    }

    /// The template that the path matched.
    pub(super) fn route<'a>(&self, request: &RequestHead<'a>) -> Option<&'a str> {
        match &self.route {
            Some(route) => crate::record::caught(|| route(request)).flatten(),
            None => matched::route(request),
        }
    }

    pub(super) fn origin<'a>(&self, request: &RequestHead<'a>) -> Origin<'a> {
        let uri: &'a http::Uri = request.uri();
        let forwarded = match self.forwarded {
            true => Forwarded::read(request.headers()),
            false => Forwarded::default(),
        };
        let peer = match &self.peer {
            Some(peer) => crate::record::caught(|| peer(request)).flatten(),
            None => matched::peer(request),
        };
        let sent_to = uri.authority().map(|authority| authority.as_str());
        let sent_to = sent_to.or_else(|| text(request.headers(), header::HOST));
        Origin {
            scheme: forwarded.scheme.or(uri.scheme_str()).unwrap_or(self.scheme),
            server: forwarded.host.or(sent_to).and_then(Authority::read),
            client: forwarded.client.or(peer.map(|peer| peer.ip())),
            peer,
        }
    }
}

/// A header that is text.
pub(super) fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

impl fmt::Debug for ServerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSettings")
            .field("hooks", &self.hooks)
            .field("public_endpoint", &self.public)
            .field("trust_forwarded", &self.forwarded)
            .field("flush_after", &self.flush.as_ref().map(|flush| flush.deadline))
            .finish_non_exhaustive()
    }
}
