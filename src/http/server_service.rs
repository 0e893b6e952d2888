//! `ServerService`: a service whose requests are spans.

use super::request_head::RequestHead;
use super::response_future::{ResponseFuture, Traced};
use super::server_request::{Entered, Opened};
use super::server_settings::ServerSettings;
use super::traced_body::TracedBody;
use http::{Method, Request, Response};
use http_body::Body;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;

/// A service whose requests are spans, made by [`ServerLayer`](super::ServerLayer).
#[derive(Clone, Debug)]
pub struct ServerService<S> {
    inner: S,
    settings: Arc<ServerSettings>,
}

// === impl ServerService ===

impl<S> ServerService<S> {
    pub(super) fn new(inner: S, settings: Arc<ServerSettings>) -> Self {
        ServerService { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for ServerService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: fmt::Display + 'static,
    R: Body,
{
    type Response = Response<TracedBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, R>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let opened = self.settings.open(&RequestHead::of(&request));
        let to_head = request.method() == Method::HEAD;
        let Some(Opened { mut exchange, correlation_id }) = opened else {
            return ResponseFuture::new(self.inner.call(request), None);
        };
        if self.settings.public
            && let Some(entered) = Entered::by(exchange.span())
        {
            request.extensions_mut().insert(entered);
        }
        let future = exchange.run(|| self.inner.call(request));
        let hooks = self.settings.hooks.on_response.is_some().then(|| Arc::clone(&self.settings.hooks));
        let flush = self.settings.flush.clone();
        let traced = Traced { exchange, hooks, correlation_id, to_head, flush, seer: None };
        ResponseFuture::new(future, Some(traced))
    }
}
