//! `ServerLayer`: makes a span of every request that a service receives.

use super::flush_after::FlushAfter;
use super::hooks::Hooks;
use super::request_head::RequestHead;
use super::response_head::ResponseHead;
use super::server_service::ServerService;
use super::server_settings::ServerSettings;
use crate::Flusher;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tower_layer::Layer;
use tracing::Span;

/// A `tower` layer that makes a span of every request that a service receives, in the trace that the request came with.
///
/// ```
/// use throughline::http::ServerLayer;
///
/// let app = axum::Router::<()>::new()
///     .route("/users/{id}", axum::routing::get(|| async { "hello" }))
///     .layer(ServerLayer::new());
/// # drop(app);
/// ```
///
/// The span is one of `tracing`, with the target `throughline::http`, at INFO, named `request`; the thread is in it
/// whenever the service is called, its future polled, or the response's body. Its fields, which log lines and other
/// layers see too, are `otel.name`, `otel.kind`, `http.request.method`, `http.route`, `url.path`, and then
/// `http.response.status_code`. All other attributes of the semantic conventions for HTTP are in the trace only.
///
/// * **Name**: `GET /users/{id}`; without a [route](ServerLayer::route) `GET`, never the path.
/// * **gRPC** (content type `application/grpc`): the name is `package.Service/Method`, the attributes are those of RPC,
///   and the status is that of the trailers, with what they say of a failure. A method that [does not exist](ServerLayer::grpc_methods) is no name.
/// * **Status**: Error for 5xx, for a service that panics, fails, or is dropped before it has answered (the client is
///   gone); of gRPC for UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS.
/// * **End**: the span ends with the body of the response. If that, or the service's future, is dropped before its end,
///   the span gets `throughline.cancelled` = `true`.
/// * Where the request brings no trace, the span is a child of the span that the service is called in, if there is one.
///
/// With axum, put it where the route is known: [`Router::layer`] runs after routing. Around the whole `Router`
/// (`ServiceBuilder`, `ServerLayer::new().layer(router)`) names are bare methods.
///
/// [`Router::layer`]: https://docs.rs/axum/0.8/axum/struct.Router.html#method.layer
#[derive(Clone, Debug)]
#[must_use]
pub struct ServerLayer {
    settings: Arc<ServerSettings>,
}

// === impl ServerLayer ===

impl ServerLayer {
    /// A layer that continues the callers' traces. It reads `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` and
    /// `OTEL_SEMCONV_STABILITY_OPT_IN` once, now.
    pub fn new() -> Self {
        ServerLayer { settings: Arc::new(ServerSettings::new()) }
    }

    /// The service faces people we do not know: each request begins a new trace, which links the caller's, if it sent
    /// one. Its `tracestate` and its sampling decision have no effect. Default: the caller's trace is continued.
    pub fn public_endpoint(self) -> Self {
        self.set(|settings| settings.public = true)
    }

    /// The nearest proxy is ours, and tells scheme, host and client of the request as it came to it, by `Forwarded` or
    /// `X-Forwarded-Proto`, `-Host` and `-For`. The first element of each counts, so the outermost proxy must not let
    /// through what a client made up. Default: these headers are not looked at.
    pub fn trust_forwarded(self) -> Self {
        self.set(|settings| settings.forwarded = true)
    }

    /// `url.scheme` where neither the request nor a trusted header says it, which is usual with HTTP/1.1: `https` for a
    /// service that does TLS itself. Default: `http`.
    pub fn scheme(self, scheme: &'static str) -> Self {
        self.set(|settings| settings.scheme = scheme)
    }

    /// The methods of gRPC that the service has, as `package.Service/Method`. All others are strangers' inventions: their
    /// `rpc.method` is `_OTHER`, and the span's name `grpc`. Default: every method that looks like one is taken for one,
    /// until it is answered UNIMPLEMENTED. That does not help where calls are refused before anybody looks at the method
    /// (a check of credentials around the router): there, name them.
    ///
    /// ```
    /// let layer = throughline::http::ServerLayer::new().grpc_methods(["shop.Cart/Add", "shop.Cart/Remove"]);
    /// # drop(layer);
    /// ```
    pub fn grpc_methods(self, methods: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let methods = methods.into_iter().map(Into::into).collect();
        self.set(|settings| settings.grpc_methods = Some(Arc::new(methods)))
    }

    /// Only requests for which `filter` is true get a span. The others are served as if the layer were not there.
    /// Default: all.
    ///
    /// ```
    /// let layer = throughline::http::ServerLayer::new().filter(|request| request.uri().path() != "/health");
    /// # drop(layer);
    /// ```
    pub fn filter(self, filter: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.hook(|hooks| hooks.filter = Some(Arc::new(filter)))
    }

    /// The template that the request's path matched, such as `/users/{id}`; becomes `http.route` and part of the name.
    /// There must be few of them: never give the path itself. Default: with the feature `axum`, its `MatchedPath`;
    /// else none.
    ///
    /// ```
    /// struct Route(&'static str); // put into the request's extensions by a router
    ///
    /// let layer = throughline::http::ServerLayer::new().route(|request| Some(request.extensions().get::<Route>()?.0));
    /// # drop(layer);
    /// ```
    pub fn route<F>(self, route: F) -> Self
    where
        F: for<'a> Fn(&RequestHead<'a>) -> Option<&'a str> + Send + Sync + 'static,
    {
        self.set(|settings| settings.route = Some(Arc::new(route)))
    }

    /// Whom the connection is with; becomes `network.peer.address` and `.port`, and `client.address` unless a trusted
    /// header says better. Default: with the feature `axum`, its `ConnectInfo<SocketAddr>`; else unknown.
    ///
    /// A server of tonic puts it into the extensions too (`TlsConnectInfo<TcpConnectInfo>` where it does TLS itself):
    ///
    /// ```
    /// # mod tonic { pub mod transport { pub mod server {
    /// #     #[derive(Clone)]
    /// #     pub struct TcpConnectInfo;
    /// #     impl TcpConnectInfo { pub fn remote_addr(&self) -> Option<std::net::SocketAddr> { None } }
    /// # } } }
    /// use throughline::http::ServerLayer;
    /// use tonic::transport::server::TcpConnectInfo;
    ///
    /// let layer =
    ///     ServerLayer::new().peer(|request| request.extensions().get::<TcpConnectInfo>()?.remote_addr());
    /// # drop(layer);
    /// ```
    pub fn peer(self, peer: impl Fn(&RequestHead<'_>) -> Option<SocketAddr> + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.peer = Some(Arc::new(peer)))
    }

    /// Another name for the span; `None` keeps the usual one. There must be few of them.
    pub fn name(self, name: impl Fn(&RequestHead<'_>) -> Option<String> + Send + Sync + 'static) -> Self {
        self.hook(|hooks| hooks.name = Some(Arc::new(name)))
    }

    /// Called when a request has got its span, before the service is; [`SpanExt`](crate::SpanExt) sets attributes.
    ///
    /// ```
    /// use throughline::{SpanExt as _, http::ServerLayer};
    ///
    /// let layer = ServerLayer::new().on_request(|request, span| {
    ///     if let Some(Ok(tenant)) = request.headers().get("x-tenant").map(|tenant| tenant.to_str()) {
    ///         span.set_attribute("tenant", tenant);
    ///     }
    /// });
    /// # drop(layer);
    /// ```
    pub fn on_request(self, hook: impl Fn(&RequestHead<'_>, &Span) + Send + Sync + 'static) -> Self {
        self.hook(|hooks| hooks.on_request = Some(Arc::new(hook)))
    }

    /// Called when the head of the response is there.
    pub fn on_response(self, hook: impl Fn(&ResponseHead<'_>, &Span) + Send + Sync + 'static) -> Self {
        self.hook(|hooks| hooks.on_response = Some(Arc::new(hook)))
    }

    /// Delivers what has been recorded before a response is complete, waiting for at most `deadline`: for processes
    /// that are frozen as soon as they have answered, such as functions of a cloud. The last frame of the body is held
    /// back until then. Default: delivery is the worker's business, and responses wait for nothing.
    ///
    /// ```
    /// # fn of(guard: &throughline::Guard) -> throughline::http::ServerLayer {
    /// use std::time::Duration;
    /// throughline::http::ServerLayer::new().flush_after(guard.flusher(), Duration::from_millis(500))
    /// # }
    /// ```
    pub fn flush_after(self, flusher: Flusher, deadline: Duration) -> Self {
        self.set(|settings| settings.flush = Some(Arc::new(FlushAfter { flusher, deadline })))
    }

    fn set(mut self, change: impl FnOnce(&mut ServerSettings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    fn hook(self, change: impl FnOnce(&mut Hooks)) -> Self {
        self.set(|settings| change(Arc::make_mut(&mut settings.hooks)))
    }
}

impl Default for ServerLayer {
    fn default() -> Self {
        ServerLayer::new()
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = ServerService<S>;

    fn layer(&self, inner: S) -> ServerService<S> {
        ServerService::new(inner, Arc::clone(&self.settings))
    }
}
