//! `ClientService`: a client whose requests are spans.

use super::client_request::{ClientRequest, Url};
use super::client_settings::ClientSettings;
use super::exchange::Exchange;
use super::grpc;
use super::resend_count::ResendCount;
use super::response_future::{ResponseFuture, Traced};
use super::traced_body::TracedBody;
use super::url_template::UrlTemplate;
use http::request::Parts;
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

    fn open(&self, parts: &mut Parts) -> Option<Exchange> {
        if !self.settings.hooks.wants(parts) {
            return None;
        }
        // The headers are written while all else is read.
        let mut headers = std::mem::take(&mut parts.headers);
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
        let name = self.settings.hooks.name(parts);
        let request = ClientRequest {
            method: &parts.method,
            url: Url {
                scheme: parts.uri.scheme_str(),
                authority: parts.uri.authority().map(|authority| authority.as_str()).or(host.as_deref()),
                whole: &parts.uri,
            },
            template: parts.extensions.get::<UrlTemplate>().map(UrlTemplate::as_str),
            name: name.as_deref(),
            resend_count: parts.extensions.get::<ResendCount>().map_or(0, |count| count.0),
        };
        let method = grpc::is_grpc(&headers).then(|| grpc::method_of(parts.uri.path())).flatten();
        let exchange = self.settings.open(&request, method, &mut headers);
        parts.headers = headers;
        if let Some(exchange) = &exchange {
            self.settings.hooks.requested(parts, exchange.span());
        }
        exchange
    }
}

impl<S, B, R> Service<Request<B>> for ClientService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: fmt::Display,
    R: Body,
{
    type Response = Response<TracedBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, R>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let exchange = self.open(&mut parts);
        let to_head = parts.method == Method::HEAD;
        let request = Request::from_parts(parts, body);
        let Some(mut exchange) = exchange else {
            return ResponseFuture::new(self.inner.call(request), None);
        };
        let future = exchange.run(|| self.inner.call(request));
        let hooks = self.settings.hooks.on_response.is_some().then(|| Arc::clone(&self.settings.hooks));
        ResponseFuture::new(future, Some(Traced { exchange, hooks, to_head, flush: None }))
    }
}
