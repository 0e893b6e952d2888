//! `ResponseFuture`: a service's future, polled in the span of its request. Both layers use it.

use super::described::{Described, Seer};
use super::exchange::{Exchange, name_of};
use super::flush_after::{FlushAfter, Flushing};
use super::hooks::Hooks;
use super::response_head::ResponseHead;
use super::traced_body::TracedBody;
use crate::CorrelationId;
use crate::propagation::correlation;
use crate::record::caught;
use http::header::{CONTENT_LENGTH, Entry};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// A request that has a span, and what is to be done when its response is there.
pub(super) struct Traced {
    pub(super) exchange: Exchange,
    pub(super) hooks: Option<Arc<Hooks>>,
    /// Of a server: the response tells it.
    pub(super) correlation_id: Option<CorrelationId>,
    /// The response to this method has no body, whatever its headers say.
    pub(super) to_head: bool,
    pub(super) flush: Option<Arc<FlushAfter>>,
    pub(super) seer: Option<Seer>,
}

pin_project! {
    /// The response to come of a [`ServerService`](super::ServerService) or a [`ClientService`](super::ClientService).
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F: Future, B: Body> {
        // `None` once it has finished. An option also so that it can be dropped inside the span.
        #[pin]
        inner: Option<F>,
        // `None`: the request has no span.
        traced: Option<Traced>,
        // What is complete, while its spans are delivered.
        held: Option<Box<(Held<F, B>, Flushing)>>,
    }

    impl<F: Future, B: Body> PinnedDrop for ResponseFuture<F, B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(traced) = this.traced.take() {
                traced.exchange.drop_in_span(|| this.inner.set(None));
            }
        }
    }
}

/// What waits until spans are delivered.
#[expect(clippy::large_enum_variant, reason = "it is in a box")]
enum Held<F: Future, B: Body> {
    Response(Response<TracedBody<B>>),
    Failure(F::Output),
}

// === impl ResponseFuture ===

impl<F: Future, B: Body> ResponseFuture<F, B> {
    pub(super) fn new(inner: F, traced: Option<Traced>) -> Self {
        ResponseFuture { inner: Some(inner), traced, held: None }
    }
}

impl<F, B, E> Future for ResponseFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: fmt::Display + 'static,
{
    type Output = Result<Response<TracedBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if this.held.is_none() {
            let result = match this.traced {
                Some(traced) => ready!(traced.exchange.run(|| poll_in_place(this.inner.as_mut(), context))),
                None => ready!(poll_in_place(this.inner.as_mut(), context)),
            };
            let Some(traced) = this.traced.take() else {
                return Poll::Ready(result.map(|response| response.map(TracedBody::plain)));
            };
            let (result, flushing) = traced.finish(result);
            let Some(flushing) = flushing else { return Poll::Ready(result) };
            let held = match result {
                Ok(response) => Held::Response(response),
                Err(error) => Held::Failure(Err(error)),
            };
            *this.held = Some(Box::new((held, flushing)));
        }
        let flushing = &mut this.held.as_mut().expect("just seen or put there").1;
        ready!(Pin::new(flushing).poll(context));
        Poll::Ready(match this.held.take().expect("just polled").0 {
            Held::Response(response) => Ok(response),
            Held::Failure(result) => result.map(|response| response.map(TracedBody::plain)),
        })
    }
}

/// Polls a future that is dropped as soon as it has finished.
fn poll_in_place<F: Future>(mut future: Pin<&mut Option<F>>, context: &mut Context<'_>) -> Poll<F::Output> {
    let inner = future.as_mut().as_pin_mut().expect("nobody polls a future that has finished");
    let output = ready!(inner.poll(context));
    future.set(None);
    Poll::Ready(output)
}

impl<F: Future, B: Body> fmt::Debug for ResponseFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exchange = self.traced.as_ref().map(|traced| &traced.exchange);
        f.debug_struct("ResponseFuture").field("exchange", &exchange).finish_non_exhaustive()
    }
}

// === impl Traced ===

impl Traced {
    /// Notes what has come back. With a future: it is complete, and waits for that.
    fn finish<B: Body, E: fmt::Display + 'static>(
        mut self,
        result: Result<Response<B>, E>,
    ) -> (Result<Response<TracedBody<B>>, E>, Option<Flushing>) {
        let mut response = match result {
            Ok(response) => response,
            Err(error) => {
                let described = Described { error: &error, seer: self.seer };
                self.exchange.fail(name_of::<E>(), &caught(|| described.to_string()).unwrap_or_default());
                return (Err(error), self.flush.as_ref().map(|flush| flush.start()));
            }
        };
        self.exchange.respond(response.status(), response.headers());
        if let Some(id) = &self.correlation_id {
            tell(id, response.headers_mut());
        }
        if let Some(hooks) = &self.hooks {
            hooks.responded(&ResponseHead::of(&response), self.exchange.span());
        }
        // A body whose length is known is there already: no code of the program is to be in the span any more.
        if !self.exchange.is_sampled()
            && self.flush.is_none()
            && response.body().size_hint().exact().is_some()
        {
            self.exchange.end();
            return (Ok(response.map(TracedBody::plain)), None);
        }
        let length = self.exchange.is_http().then(|| length(&response)).flatten();
        if self.to_head || is_without_body(&response) || length == Some(0) {
            self.exchange.end();
            let flushing = self.flush.as_ref().map(|flush| flush.start());
            return (Ok(response.map(TracedBody::plain)), flushing);
        }
        (Ok(response.map(|body| TracedBody::new(body, self.exchange, length, self.flush))), None)
    }
}

/// Puts the correlation id on a response, unless the program has put one there.
fn tell(id: &CorrelationId, headers: &mut HeaderMap) {
    if let Some(name) = correlation::response_header()
        && let Ok(Entry::Vacant(place)) = headers.try_entry(name)
        && let Ok(value) = HeaderValue::from_bytes(id.as_bytes())
    {
        // Not `insert`, which panics when the map is full.
        let _ = place.try_insert(value);
    }
}

/// RFC 9110, section 6.4.1, and what is known to be empty.
fn is_without_body<B: Body>(response: &Response<B>) -> bool {
    let status = response.status();
    status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
        || response.body().is_end_stream()
}

/// How many bytes the body has, as whoever sends it on will be told.
fn length<B: Body>(response: &Response<B>) -> Option<u64> {
    match response.headers().get(CONTENT_LENGTH) {
        Some(header) => header.to_str().ok()?.parse().ok(),
        None => response.body().size_hint().exact(),
    }
}
