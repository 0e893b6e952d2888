//! A request as a server receives it becomes a span.

use super::conventions::MethodName;
use super::exchange::{Exchange, Protocol, Side};
use super::grpc;
use super::redacted_url;
use super::request_head::RequestHead;
use super::server_settings::{Origin, ServerSettings};
use super::span::{TARGET, span};
use super::span_name::SpanName;
use crate::context::{Context, TraceState};
use crate::layer::with_recorder;
use crate::record::{Bulk, expected};
use crate::{SpanExt, propagation};
use http::{Version, header};
use tracing::Span;
use tracing::field::Empty;

/// What came with a request, as far as it is trusted.
struct Incoming {
    parent: Option<Context>,
    link: Option<Context>,
    /// The span is no child of the one that the thread is in.
    root: bool,
}

// === impl ServerSettings ===

impl ServerSettings {
    /// The span of a request, with what is known so far; `None` if it is to have none.
    pub(super) fn open(&self, request: &RequestHead<'_>) -> Option<Exchange> {
        if !self.hooks.wants(request) {
            return None;
        }
        let remote = propagation::extract(request.headers());
        let incoming = match self.public {
            true => Incoming { parent: None, link: Some(remote).filter(Context::is_valid), root: true },
            // Where nobody has sent us a trace, it is a child of the span that we are called in, if there is one.
            false => Incoming { root: is_any(&remote), parent: Some(remote).filter(is_any), link: None },
        };
        let grpc = grpc::is_grpc(request.headers()).then(|| grpc::method_of(request.uri().path())).flatten();
        let exchange = match grpc {
            Some(method) => self.open_grpc(request, method, incoming),
            None => self.open_http(request, incoming),
        };
        if exchange.span().is_disabled() {
            return None;
        }
        self.hooks.requested(request, exchange.span());
        Some(exchange)
    }

    fn open_http(&self, request: &RequestHead<'_>, incoming: Incoming) -> Exchange {
        let method = self.conventions.method(request.method());
        let (route, name) = (self.route(request), self.hooks.name(request));
        let name = SpanName { given: name.as_deref(), method: method.in_name, template: route };
        let root = incoming.root;
        let span = || {
            span!(
                root,
                "request",
                otel.name = %name,
                otel.kind = "server",
                http.request.method = method.attribute,
                http.route = route,
                url.path = request.uri().path(),
                http.response.status_code = Empty,
            )
        };
        let (span, sampled) = incoming.begin(span, |bulk| self.describe_http(request, method, bulk));
        Exchange::new(span, Side::Server, Protocol::Http, sampled)
    }

    fn open_grpc(&self, request: &RequestHead<'_>, method: &str, incoming: Incoming) -> Exchange {
        let name = self.hooks.name(request);
        let root = incoming.root;
        let span = || {
            span!(
                root,
                "request",
                otel.name = name.as_deref().unwrap_or(method),
                otel.kind = "server",
                rpc.system.name = "grpc",
                rpc.method = method,
            )
        };
        let old_names = self.conventions.old_rpc_names;
        let (span, sampled) = incoming.begin(span, |bulk| {
            describe_origin(&self.origin(request), bulk);
            if old_names {
                grpc::describe_old(method, bulk);
            }
        });
        Exchange::new(span, Side::Server, Protocol::Grpc { old_names }, sampled)
    }

    fn describe_http(&self, request: &RequestHead<'_>, method: MethodName<'_>, bulk: &mut Bulk<'_>) {
        let origin = self.origin(request);
        bulk.optional("http.request.method_original", method.original);
        if let Some(query) = request.uri().query() {
            bulk.text("url.query", &redacted_url::query(query));
        }
        bulk.text("url.scheme", origin.scheme);
        describe_origin(&origin, bulk);
        if let Some(agent) = request.headers().get(header::USER_AGENT) {
            bulk.text("user_agent.original", &String::from_utf8_lossy(agent.as_bytes()));
        }
        bulk.optional("network.protocol.version", version_name(request.version()));
    }
}

// === impl Incoming ===

impl Incoming {
    /// Makes the span, and tells whether it is sampled; if so, what `fill` says is added.
    fn begin(self, span: impl FnOnce() -> Span, fill: impl FnOnce(&mut Bulk<'_>)) -> (Span, bool) {
        let (span, context) = expected::make(TARGET, self.parent, span);
        let sampled = context.is_some_and(|context| context.span_context().is_sampled());
        if sampled {
            with_recorder(&span, |recorder, local, id| recorder.add_new(local, id, fill));
            if let Some(link) = self.link {
                span.add_link(link.with_trace_state(TraceState::EMPTY));
            }
        }
        (span, sampled)
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
