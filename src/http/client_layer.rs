//! `ClientLayer`: makes a span of every request that a client sends.

use super::client_service::ClientService;
use super::client_settings::ClientSettings;
use super::described::seer_of;
use super::hooks::Hooks;
use super::own_hosts::OwnHosts;
use super::request_head::RequestHead;
use super::response_head::ResponseHead;
use std::error::Error;
use std::sync::Arc;
use tower_layer::Layer;
use tracing::Span;

/// A `tower` layer that makes a span of every request that a client sends, and puts the context into its headers.
///
/// ```
/// use hyper_util::{client::legacy::Client, rt::TokioExecutor};
/// use throughline::http::ClientLayer;
/// use tower::ServiceBuilder;
///
/// let client = Client::builder(TokioExecutor::new()).build_http::<axum::body::Body>();
/// let client = ServiceBuilder::new().layer(ClientLayer::new()).service(client);
/// # drop(client);
/// ```
///
/// The span is one of `tracing`, with the target `throughline::http`, at INFO, named `client request`, a child of the span
/// that the request is sent in. Fields that other layers see too: `otel.name`, `otel.kind`, `http.request.method`,
/// `url.template`, and then `http.response.status_code`; the other attributes of the semantic conventions are in the
/// trace only. Of `url.full`, user, password, and the values of known secret parameters are replaced by `REDACTED`.
///
/// * **Name**: `GET`, with a [`UrlTemplate`](super::UrlTemplate) in the request's extensions `GET /users/{id}`.
/// * **gRPC** (content type `application/grpc`): the name is `package.Service/Method`, the attributes are those of RPC.
/// * **Status**: Error for 4xx, 5xx and a request without a response; of gRPC for every code but OK. What the caller
///   gives up itself is no error.
/// * **End**: the span ends with the body of the response. If that, or the future, is dropped before its end, it gets
///   `throughline.cancelled` = `true`, unless of HTTP only the head was wanted.
/// * Every attempt is a span of its own if the layer is inside of what repeats them; with
///   [`ResendCount`](super::ResendCount) it says which one.
///
/// Where nothing is recorded (a filter, no subscriber), the headers get the context of the caller's span, if there is one.
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientLayer {
    settings: Arc<ClientSettings>,
}

// === impl ClientLayer ===

impl ClientLayer {
    /// A layer that sends the context to everybody. It reads `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` and
    /// `OTEL_SEMCONV_STABILITY_OPT_IN` once, now.
    pub fn new() -> Self {
        ClientLayer { settings: Arc::new(ClientSettings::new()) }
    }

    /// Only these hosts get baggage; ids go to everybody. An entry is a host, or, with a dot before it, all hosts under
    /// a domain: `.svc.cluster.local`. Default: every host gets it.
    pub fn own_hosts(self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set(|settings| settings.own_hosts = OwnHosts::new(hosts))
    }

    /// `server.address` and `server.port` of requests that do not say whom they are sent to, such as those of a tonic
    /// client above its channel. Default: they have none.
    pub fn server(self, address: impl Into<String>, port: u16) -> Self {
        self.set(|settings| settings.server = Some((address.into(), port)))
    }

    /// Only requests for which `filter` is true get a span, and headers. Default: all.
    pub fn filter(self, filter: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.hook(|hooks| hooks.filter = Some(Arc::new(filter)))
    }

    /// Another name for the span; `None` keeps the usual one. There must be few of them.
    pub fn name(self, name: impl Fn(&RequestHead<'_>) -> Option<String> + Send + Sync + 'static) -> Self {
        self.hook(|hooks| hooks.name = Some(Arc::new(name)))
    }

    /// Called when a request has got its span and headers, before it is sent; [`SpanExt`](crate::SpanExt) sets
    /// attributes.
    pub fn on_request(self, hook: impl Fn(&RequestHead<'_>, &Span) + Send + Sync + 'static) -> Self {
        self.hook(|hooks| hooks.on_request = Some(Arc::new(hook)))
    }

    /// Called when the head of the response is there.
    pub fn on_response(self, hook: impl Fn(&ResponseHead<'_>, &Span) + Send + Sync + 'static) -> Self {
        self.hook(|hooks| hooks.on_response = Some(Arc::new(hook)))
    }

    /// The type of the client's errors, whose causes then belong to the status's description: of tonic's
    /// `transport error` to `transport error: tcp connect error: Connection refused`. Default: those of hyper-util's
    /// client and boxed errors are known, and of all others nothing is told but their own text.
    ///
    /// ```
    /// use std::io::Error; // with tonic: tonic::transport::Error
    ///
    /// let layer = throughline::http::ClientLayer::new().causes_of::<Error>();
    /// # drop(layer);
    /// ```
    pub fn causes_of<E: Error + 'static>(self) -> Self {
        self.hook(|hooks| hooks.seer = Some(seer_of::<E>))
    }

    fn set(mut self, change: impl FnOnce(&mut ClientSettings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    fn hook(self, change: impl FnOnce(&mut Hooks)) -> Self {
        self.set(|settings| change(Arc::make_mut(&mut settings.hooks)))
    }
}

impl Default for ClientLayer {
    fn default() -> Self {
        ClientLayer::new()
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, inner: S) -> ClientService<S> {
        ClientService::new(inner, Arc::clone(&self.settings))
    }
}
