//! `ClientService`: a client whose requests are spans.

use super::client_request::{ClientRequest, Url};
use super::client_settings::ClientSettings;
use super::exchange::Exchange;
use super::grpc;
use super::hooks::Hooks;
use super::request_head::RequestHead;
use super::resend_count::ResendCount;
use super::response_future::{ResponseFuture, Traced};
use super::traced_body::TracedBody;
use super::url_template::UrlTemplate;
use http::{Method, Request, Response, header};
use http_body::Body;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;

/// A client whose requests are spans, made by [`ClientLayer`](super::ClientLayer).
#[derive(Clone, Debug)]
pub struct ClientService<S> {
    inner: S,
    settings: Arc<ClientSettings>,
}

// === impl ClientService ===

impl<S> ClientService<S> {
    pub(super) fn new(inner: S, settings: Arc<ClientSettings>) -> Self {
        ClientService { inner, settings }
    }

    fn open<B>(&self, request: &mut Request<B>) -> Option<Exchange> {
        let hooks = &self.settings.hooks;
        if !hooks.wants(&RequestHead::of(request)) {
            return None;
        }
        let name = hooks.name(&RequestHead::of(request));
        // The headers are written while all else is read.
        let mut headers = std::mem::take(request.headers_mut());
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
        let uri = request.uri();
        let outgoing = ClientRequest {
            method: request.method(),
            url: Url {
                scheme: uri.scheme_str(),
                authority: uri.authority().map(|authority| authority.as_str()).or(host.as_deref()),
                whole: uri,
            },
            template: request.extensions().get::<UrlTemplate>().map(UrlTemplate::as_str),
            name: name.as_deref(),
            resend_count: request.extensions().get::<ResendCount>().map_or(0, |count| count.0),
        };
        let is_grpc = grpc::is_grpc(request.method(), &headers);
        let method = is_grpc.then(|| grpc::method_of(uri.path()).unwrap_or(grpc::OTHER));
        let exchange = self.settings.open(&outgoing, method, &mut headers);
        *request.headers_mut() = headers;
        if let Some(exchange) = &exchange {
            hooks.requested(&RequestHead::of(request), exchange.span());
        }
        exchange
    }
}

impl<S, B, R> Service<Request<B>> for ClientService<S>
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
        let exchange = self.open(&mut request);
        let to_head = request.method() == Method::HEAD;
        let Some(mut exchange) = exchange else {
            return ResponseFuture::new(self.inner.call(request), None);
        };
        let future = exchange.run(|| self.inner.call(request));
        let Hooks { on_response, seer, .. } = &*self.settings.hooks;
        let hooks = on_response.is_some().then(|| Arc::clone(&self.settings.hooks));
        let traced = Traced { exchange, hooks, correlation_id: None, to_head, flush: None, seer: *seer };
        ResponseFuture::new(future, Some(traced))
    }
}
