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
use crate::propagation::correlation;
use crate::record::{Bulk, expected};
use crate::{CorrelationId, SpanExt, correlation_id, propagation};
use http::{HeaderMap, Version, header};
use tracing::Span;
use tracing::field::Empty;

/// What came with a request, as far as it is trusted.
struct Incoming {
    /// The span is no child of the one that the thread is in. There may be no ids in it.
    parent: Option<Context>,
    link: Option<Context>,
}

/// A request that has a span.
pub(super) struct Opened {
    pub(super) exchange: Exchange,
    /// To be told with the response.
    pub(super) correlation_id: Option<CorrelationId>,
}

/// A span that has begun.
struct Begun {
    span: Span,
    sampled: bool,
    correlation_id: Option<CorrelationId>,
}

// === impl ServerSettings ===

impl ServerSettings {
    /// The span of a request, with what is known so far; `None` if it is to have none.
    pub(super) fn open(&self, request: &RequestHead<'_>) -> Option<Opened> {
        if !self.hooks.wants(request) {
            return None;
        }
        let incoming = self.incoming(request.headers());
        let grpc = grpc::is_grpc(request.headers()).then(|| grpc::method_of(request.uri().path())).flatten();
        let opened = match grpc {
            Some(method) => self.open_grpc(request, method, incoming),
            None => self.open_http(request, incoming),
        };
        if opened.exchange.span().is_disabled() {
            return None;
        }
        self.hooks.requested(request, opened.exchange.span());
        Some(opened)
    }

    /// What a request brings, and the correlation id, which it brings too or is given here.
    fn incoming(&self, headers: &HeaderMap) -> Incoming {
        let remote = propagation::extract(headers);
        if self.public {
            let parent = Some(correlation::at_edge(Context::default(), headers));
            return Incoming { parent, link: Some(remote).filter(Context::is_valid) };
        }
        // Where nobody has sent us a trace, it is a child of the span that we are called in, if there is one. The
        // correlation id is that of the trace.
        if !is_any(&remote) && correlation_id().is_some() {
            return Incoming { parent: None, link: None };
        }
        Incoming { parent: Some(correlation::at_edge(remote, headers)), link: None }
    }

    fn open_http(&self, request: &RequestHead<'_>, incoming: Incoming) -> Opened {
        let method = self.conventions.method(request.method());
        let (route, name) = (self.route(request), self.hooks.name(request));
        let name = SpanName { given: name.as_deref(), method: method.in_name, template: route };
        let root = incoming.parent.is_some();
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
        incoming.begin(span, |bulk| self.describe_http(request, method, bulk)).exchange(Protocol::Http)
    }

    fn open_grpc(&self, request: &RequestHead<'_>, method: &str, incoming: Incoming) -> Opened {
        let name = self.hooks.name(request);
        let root = incoming.parent.is_some();
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
        let begun = incoming.begin(span, |bulk| {
            describe_origin(&self.origin(request), bulk);
            if old_names {
                grpc::describe_old(method, bulk);
            }
        });
        begun.exchange(Protocol::Grpc { old_names })
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
    /// Makes the span; what `fill` says is added if it is sampled.
    fn begin(self, span: impl FnOnce() -> Span, fill: impl FnOnce(&mut Bulk<'_>)) -> Begun {
        let (span, context) = expected::make(TARGET, self.parent, span);
        let sampled = context.as_ref().is_some_and(|context| context.span_context().is_sampled());
        if sampled {
            with_recorder(&span, |recorder, local, id| recorder.add_new(local, id, fill));
            if let Some(link) = self.link {
                span.add_link(link.with_trace_state(TraceState::EMPTY));
            }
        }
        let correlation_id = context.and_then(|context| context.correlation_id().cloned());
        Begun { span, sampled, correlation_id }
    }
}

// === impl Begun ===

impl Begun {
    fn exchange(self, protocol: Protocol) -> Opened {
        let exchange = Exchange::new(self.span, Side::Server, protocol, self.sampled);
        Opened { exchange, correlation_id: self.correlation_id }
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
