//! A request as a server receives it becomes a span.

use super::conventions::MethodName;
use super::exchange::{Exchange, Protocol, Side};
use super::grpc;
use super::redacted_url;
use super::server_settings::{Origin, ServerSettings};
use super::span::span;
use super::span_name::SpanName;
use crate::context::{Context, TraceState};
use crate::layer::with_recorder;
use crate::record::Bulk;
use crate::{SpanExt, propagation};
use http::request::Parts;
use http::{Version, header};
use tracing::Span;
use tracing::field::Empty;

// === impl ServerSettings ===

impl ServerSettings {
    /// The span of a request, with what is known so far; `None` if it is to have none.
    pub(super) fn open(&self, request: &Parts) -> Option<Exchange> {
        if !self.hooks.wants(request) {
            return None;
        }
        let remote = propagation::extract(&request.headers);
        // Where nobody has sent us a trace, it is a child of the span that we are called in, if there is one.
        let root = self.public || is_any(&remote);
        let grpc = grpc::is_grpc(&request.headers).then(|| grpc::method_of(request.uri.path())).flatten();
        let exchange = match grpc {
            Some(method) => self.open_grpc(request, method, root, &remote),
            None => self.open_http(request, root, &remote),
        };
        if exchange.span().is_disabled() {
            return None;
        }
        self.hooks.requested(request, exchange.span());
        Some(exchange)
    }

    fn open_http(&self, request: &Parts, root: bool, remote: &Context) -> Exchange {
        let method = self.conventions.method(&request.method);
        let (route, name) = (self.route(request), self.hooks.name(request));
        let name = SpanName { given: name.as_deref(), method: method.in_name, template: route };
        let span = span!(
            root,
            "request",
            otel.name = %name,
            otel.kind = "server",
            http.request.method = method.attribute,
            http.route = route,
            url.path = request.uri.path(),
            http.response.status_code = Empty,
        );
        self.begin(&span, remote, |bulk| self.describe_http(request, method, bulk));
        Exchange::new(span, Side::Server, Protocol::Http)
    }

    fn open_grpc(&self, request: &Parts, method: &str, root: bool, remote: &Context) -> Exchange {
        let name = self.hooks.name(request);
        let span = span!(
            root,
            "request",
            otel.name = name.as_deref().unwrap_or(method),
            otel.kind = "server",
            rpc.system.name = "grpc",
            rpc.method = method,
        );
        let old_names = self.conventions.old_rpc_names;
        self.begin(&span, remote, |bulk| {
            describe_origin(&self.origin(request), bulk);
            if old_names {
                grpc::describe_old(method, bulk);
            }
        });
        Exchange::new(span, Side::Server, Protocol::Grpc { old_names })
    }

    /// Puts the span into its trace. At a public endpoint that is a new one, which links the caller's.
    fn begin(&self, span: &Span, remote: &Context, fill: impl FnOnce(&mut Bulk<'_>)) {
        let parent = Some(remote).filter(|remote| !self.public && is_any(remote));
        with_recorder(span, |recorder, local, id| recorder.begin(local, id, parent, fill));
        if self.public && remote.is_valid() {
            span.add_link(remote.clone().with_trace_state(TraceState::EMPTY));
        }
    }

    fn describe_http(&self, request: &Parts, method: MethodName<'_>, bulk: &mut Bulk<'_>) {
        let origin = self.origin(request);
        bulk.optional("http.request.method_original", method.original);
        if let Some(query) = request.uri.query() {
            bulk.text("url.query", &redacted_url::query(query));
        }
        bulk.text("url.scheme", origin.scheme);
        describe_origin(&origin, bulk);
        if let Some(agent) = request.headers.get(header::USER_AGENT) {
            bulk.text("user_agent.original", &String::from_utf8_lossy(agent.as_bytes()));
        }
        bulk.optional("network.protocol.version", version_name(request.version));
    }
}

/// Whether the headers said anything.
fn is_any(remote: &Context) -> bool {
    remote.is_valid() || remote.sampling_decision().is_some() || remote.carried().is_some()
}

fn describe_origin(origin: &Origin<'_>, bulk: &mut Bulk<'_>) {
    if let Some(server) = origin.server {
        bulk.text("server.address", server.host);
        if let Some(port) = server.port {
            bulk.number("server.port", port.into());
        }
    }
    if let Some(client) = origin.client {
        bulk.shown("client.address", &client);
    }
    if let Some(peer) = origin.peer {
        bulk.shown("network.peer.address", &peer.ip());
        bulk.number("network.peer.port", peer.port().into());
    }
}

fn version_name(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_09 => Some("0.9"),
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}
