//! A request as a server receives it becomes a span.

use super::conventions::MethodName;
use super::exchange::{Exchange, Protocol, Side, Unproven};
use super::grpc;
use super::matched;
use super::redacted_url;
use super::request_head::RequestHead;
use super::server_settings::{Origin, ServerSettings};
use super::span::{TARGET, span};
use super::span_name::SpanName;
use crate::context::{Context, TraceState};
use crate::layer::current;
use crate::propagation::{Seen, correlation};
use crate::record::expected::{self, Made};
use crate::record::{Bulk, Recorder, local};
use crate::{Baggage, CorrelationId, SpanExt, correlation_id, propagation};
use http::{Uri, Version, header};
use std::sync::Arc;
use tracing::field::Empty;
use tracing::{Metadata, Span};

/// What came with a request, as far as it is trusted.
struct Incoming {
    /// The span is no child of the one that the thread is in. There may be no ids in it.
    parent: Option<Context>,
    link: Option<Context>,
    /// Of a child of the thread's span: the correlation id and the baggage that the request has brought.
    correlation_id: Option<CorrelationId>,
    baggage: Baggage,
}

/// In the extensions of a request whose headers were not believed: the span that it was given. Other layers of this kind
/// see the same headers, and would believe them.
#[derive(Clone)]
pub(super) struct Entered(Context);

/// A request that has a span.
pub(super) struct Opened {
    pub(super) exchange: Exchange,
    /// To be told with the response.
    pub(super) correlation_id: Option<CorrelationId>,
}

/// A span that has begun.
struct Begun {
    span: Span,
    recorder: Option<Arc<Recorder>>,
    correlation_id: Option<CorrelationId>,
}

// === impl ServerSettings ===

impl ServerSettings {
    /// The span of a request, with what is known so far; `None` if it is to have none.
    pub(super) fn open(&self, request: &RequestHead<'_>) -> Option<Opened> {
        if !self.hooks.wants(request) {
            return None;
        }
        let incoming = self.incoming(request);
        let opened = match grpc::is_grpc(request.method(), request.headers()) {
            true => self.open_grpc(request, grpc::method_of(request.uri().path()), incoming),
            false => self.open_http(request, incoming),
        };
        if opened.exchange.span().is_disabled() {
            return None;
        }
        self.hooks.requested(request, opened.exchange.span());
        Some(opened)
    }

    /// What a request brings, and the correlation id, which it brings too or is given here.
    fn incoming(&self, request: &RequestHead<'_>) -> Incoming {
        if let Some(Entered(around)) = request.extensions().get() {
            return Incoming::under((!is_current(around)).then(|| around.clone()));
        }
        let headers = &Seen::new(request.headers());
        let remote = propagation::extract(headers);
        if self.public {
            let parent = Some(correlation::at_edge(Context::default(), headers));
            let link = Some(remote).filter(Context::is_valid);
            return Incoming { link, ..Incoming::under(parent) };
        }
        if is_inside(&remote) {
            let brought = remote.correlation_id().cloned();
            let correlation_id = brought.or_else(|| correlation::from_headers(headers));
            // That of a trace which goes on here is known here.
            let baggage = if names_trace(&remote) { Baggage::EMPTY } else { remote.baggage().clone() };
            return Incoming { correlation_id, baggage, ..Incoming::under(None) };
        }
        Incoming::under(Some(correlation::at_edge(remote, headers)))
    }

    fn open_http(&self, request: &RequestHead<'_>, incoming: Incoming) -> Opened {
        let method = self.conventions.method(request.method());
        let (route, name) = (self.route(request), self.hooks.name(request));
        let name = SpanName { given: name.as_deref(), method: method.in_name, template: route };
        let (root, uri) = (incoming.parent.is_some(), matched::uri(request));
        let span = || {
            span!(
                root,
                "request",
                otel.name = %name,
                otel.kind = "server",
                http.request.method = method.attribute,
                http.route = route,
                url.path = uri.path(),
                http.response.status_code = Empty,
            )
        };
        incoming.begin(span, |bulk| self.describe_http(request, uri, method, bulk)).exchange(Protocol::Http)
    }

    fn open_grpc(&self, request: &RequestHead<'_>, asked: Option<&str>, incoming: Incoming) -> Opened {
        let name = self.hooks.name(request);
        let root = incoming.parent.is_some();
        let known = asked.filter(|asked| self.knows_grpc(asked));
        let (method, usual_name) = known.map_or((grpc::OTHER, grpc::NAME_OF_OTHER), |known| (known, known));
        let span = || {
            span!(
                root,
                "request",
                otel.name = name.as_deref().unwrap_or(usual_name),
                otel.kind = "server",
                rpc.system.name = "grpc",
                rpc.method = method,
            )
        };
        let old_names = self.conventions.old_rpc_names;
        let begun = incoming.begin(span, |bulk| {
            bulk.optional("rpc.method_original", asked.filter(|_| known.is_none()));
            describe_origin(&self.origin(request), bulk);
            if old_names {
                grpc::describe_old(asked, bulk);
            }
        });
        let mut opened = begun.exchange(Protocol::Grpc { old_names });
        if known.is_some() && self.grpc_methods.is_none() {
            let path = request.uri().path_and_query().cloned();
            opened.exchange.doubt(path.map(|path| Unproven { path, named: name.is_none() }));
        }
        opened
    }

    fn describe_http(
        &self,
        request: &RequestHead<'_>,
        uri: &Uri,
        method: MethodName<'_>,
        bulk: &mut Bulk<'_>,
    ) {
        let origin = self.origin(request);
        bulk.optional("http.request.method_original", method.original);
        if let Some(query) = uri.query() {
            bulk.text("url.query", &redacted_url::query(query));
        }
        bulk.text("url.scheme", origin.scheme);
        describe_origin(&origin, bulk);
        if let Some(agent) = request.headers().get(header::USER_AGENT) {
            match agent.to_str() {
                Ok(text) => bulk.text("user_agent.original", text),
                Err(_) => bulk.text("user_agent.original", &String::from_utf8_lossy(agent.as_bytes())),
            }
        }
        bulk.optional("network.protocol.version", version_name(request.version()));
    }
}

// === impl Entered ===

impl Entered {
    /// What layers inside of a public endpoint are to know; nothing where no trace was begun.
    pub(super) fn by(span: &Span) -> Option<Self> {
        Some(span.context()).filter(Context::is_valid).map(Entered)
    }
}

// === impl Incoming ===

impl Incoming {
    fn under(parent: Option<Context>) -> Self {
        Incoming { parent, link: None, correlation_id: None, baggage: Baggage::EMPTY }
    }

    /// Makes the span; what `fill` says is added if it is sampled.
    fn begin(self, span: impl FnOnce() -> Span, fill: impl FnOnce(&mut Bulk<'_>)) -> Begun {
        let (span, made) = expected::make(TARGET, self.parent, span);
        let (Some(Made { context, recorder }), Some(id)) = (made, span.id()) else {
            return Begun { span, recorder: None, correlation_id: None };
        };
        let sampled = context.span_context().is_sampled();
        local::with(|local| {
            if !self.baggage.is_empty() {
                recorder.add_baggage(local, id.into_u64(), &self.baggage);
            }
            if let Some(own) = &self.correlation_id {
                recorder.set_correlation_id(local, id.into_u64(), own);
            }
            if sampled {
                recorder.add_new(local, id.into_u64(), fill);
            }
        });
        if let Some(link) = self.link.filter(|_| sampled) {
            span.add_link(link.with_trace_state(TraceState::EMPTY));
        }
        let correlation_id = self.correlation_id.or_else(|| context.correlation_id().cloned());
        Begun { span, recorder: sampled.then_some(recorder), correlation_id }
    }
}

// === impl Begun ===

impl Begun {
    fn exchange(self, protocol: Protocol) -> Opened {
        let exchange = Exchange::new(self.span, Side::Server, protocol, self.recorder);
        Opened { exchange, correlation_id: self.correlation_id }
    }
}

/// Whether the request belongs under the span that we are called in, if there is one: nobody has sent us a trace, or that
/// span goes on with it already (another layer of this kind is around us). The correlation id is that of the trace then.
fn is_inside(remote: &Context) -> bool {
    let belongs = match names_trace(remote) {
        true => is_current(remote),
        // A decision alone begins a trace, unless it has begun one with the layer around us.
        false => remote.sampling_decision().is_none() || Span::current().metadata().is_some_and(is_request),
    };
    belongs && correlation_id().is_some()
}

/// Whether the span that we are called in is of the same trace.
fn is_current(context: &Context) -> bool {
    current().is_some_and(|inner| inner.span_context().trace_id() == context.span_context().trace_id())
}

/// Whether a span is one of those that are made here.
fn is_request(metadata: &Metadata<'_>) -> bool {
    metadata.target() == TARGET && metadata.name() == "request"
}

/// Whether there is a trace, though perhaps no span of it: a load balancer names one that begins here.
fn names_trace(remote: &Context) -> bool {
    remote.span_context().trace_id().is_valid()
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
