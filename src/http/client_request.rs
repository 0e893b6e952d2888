//! A request as a client sends it becomes a span, and takes the span's context along.

use super::authority::{Authority, default_port};
use super::client_settings::ClientSettings;
use super::conventions::MethodName;
use super::exchange::{Exchange, Protocol, Side};
use super::span::{TARGET, span};
use super::span_name::SpanName;
use super::{grpc, redacted_url};
use crate::layer::current;
use crate::record::{Bulk, expected, local};
use http::{HeaderMap, Method};
use std::fmt;
use std::sync::Arc;
use tracing::Span;
use tracing::field::Empty;

/// What is known of a request that is to be sent.
pub(super) struct ClientRequest<'a> {
    pub(super) method: &'a Method,
    pub(super) url: Url<'a>,
    pub(super) template: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) resend_count: u32,
}

/// Where it is sent to.
pub(super) struct Url<'a> {
    pub(super) scheme: Option<&'a str>,
    pub(super) authority: Option<&'a str>,
    /// The whole of it; absolute if there is a scheme.
    pub(super) whole: &'a dyn fmt::Display,
}

/// The server's name, and the port where it is known.
type Server<'a> = Option<(&'a str, Option<u16>)>;

// === impl ClientSettings ===

impl ClientSettings {
    /// The span of a request, whose context goes into the headers; `None` if nothing is recorded here: then the headers
    /// get the context of the span that the thread is in.
    pub(super) fn open(
        &self,
        request: &ClientRequest<'_>,
        method: Option<&str>,
        headers: &mut HeaderMap,
    ) -> Option<Exchange> {
        let server = self.server(&request.url);
        let make = || match method {
            Some(method) => self.grpc_span(request, method),
            None => self.http_span(request),
        };
        let (span, made) = expected::make(TARGET, None, make);
        let recorder = made.as_ref().filter(|made| made.context.span_context().is_sampled());
        let recorder = recorder.map(|made| Arc::clone(&made.recorder));
        if let (Some(recorder), Some(id)) = (&recorder, span.id()) {
            local::with(|local| {
                recorder.add_new(local, id.into_u64(), |bulk| match method {
                    Some(method) => self.describe_grpc(method, server, bulk),
                    None => self.describe_http(request, server, bulk),
                })
            });
        }
        if let Some(context) = made.map(|made| made.context).or_else(current) {
            self.own_hosts.inject(&context, server.map(|(host, _)| host), headers);
        }
        let protocol = match method {
            Some(_) => Protocol::Grpc { old_names: self.conventions.old_rpc_names },
            None => Protocol::Http,
        };
        (!span.is_disabled()).then(|| Exchange::new(span, Side::Client, protocol, recorder))
    }

    fn http_span(&self, request: &ClientRequest<'_>) -> Span {
        let MethodName { attribute, in_name, .. } = self.conventions.method(request.method);
        let name = SpanName { given: request.name, method: in_name, template: request.template };
        span!(
            false,
            "client request",
            otel.name = %name,
            otel.kind = "client",
            http.request.method = attribute,
            url.template = request.template,
            http.response.status_code = Empty,
        )
    }

    fn grpc_span(&self, request: &ClientRequest<'_>, method: &str) -> Span {
        span!(
            false,
            "client request",
            otel.name =
                request.name.unwrap_or(if method == grpc::OTHER { grpc::NAME_OF_OTHER } else { method }),
            otel.kind = "client",
            rpc.system.name = "grpc",
            rpc.method = method,
            http.response.status_code = Empty,
        )
    }

    fn describe_http(&self, request: &ClientRequest<'_>, server: Server<'_>, bulk: &mut Bulk<'_>) {
        bulk.optional("http.request.method_original", self.conventions.method(request.method).original);
        if request.url.scheme.is_some() {
            bulk.text("url.full", &redacted_url::full(&request.url.whole.to_string()));
        }
        describe_server(server, bulk);
        if request.resend_count > 0 {
            bulk.number("http.request.resend_count", request.resend_count.into());
        }
    }

    fn describe_grpc(&self, method: &str, server: Server<'_>, bulk: &mut Bulk<'_>) {
        describe_server(server, bulk);
        if self.conventions.old_rpc_names {
            grpc::describe_old(Some(method), bulk);
        }
    }

    fn server<'a>(&'a self, url: &Url<'a>) -> Server<'a> {
        let named = url.authority.and_then(Authority::read);
        let named = named.map(|named| (named.host, named.port.or_else(|| default_port(url.scheme?))));
        named.or_else(|| self.server.as_ref().map(|(host, port)| (host.as_str(), Some(*port))))
    }
}

fn describe_server(server: Server<'_>, bulk: &mut Bulk<'_>) {
    let Some((host, port)) = server else { return };
    bulk.text("server.address", host);
    if let Some(port) = port {
        bulk.number("server.port", port.into());
    }
}
