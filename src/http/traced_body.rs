//! `TracedBody`: a response's body, whose end is the end of its request's span. Made by `response_future`.

use super::exchange::{Exchange, name_of};
use super::flush_after::{FlushAfter, Flushing};
use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// What the next frame is, or that there is none.
type Next<B> = Option<Result<Frame<<B as Body>::Data>, <B as Body>::Error>>;

pin_project! {
    /// The body of a response, polled in the span of its request, which ends when the body ends or is dropped.
    pub struct TracedBody<B: Body> {
        // An option only so that it can be dropped inside the span.
        #[pin]
        inner: Option<B>,
        // `None`: there is no span, or it has ended.
        exchange: Option<Exchange>,
        // Bytes to come, where the head has said how many: who sends them on may not ask for the end of the body.
        left: Option<u64>,
        flush: Option<Arc<FlushAfter>>,
        // The last frame, while spans are delivered.
        held: Option<Box<(Next<B>, Flushing)>>,
    }

    impl<B: Body> PinnedDrop for TracedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(exchange) = this.exchange.take() {
                exchange.drop_in_span(|| this.inner.set(None));
            }
        }
    }
}

// === impl TracedBody ===

impl<B: Body> TracedBody<B> {
    /// `length` is that of the head, if it has one.
    pub(super) fn new(
        inner: B,
        exchange: Exchange,
        length: Option<u64>,
        flush: Option<Arc<FlushAfter>>,
    ) -> Self {
        TracedBody { inner: Some(inner), exchange: Some(exchange), left: length, flush, held: None }
    }

    /// A body without a span.
    pub(super) fn plain(inner: B) -> Self {
        TracedBody { inner: Some(inner), exchange: None, left: None, flush: None, held: None }
    }

    fn inner(&self) -> &B {
        self.inner.as_ref().expect("it is there until it is dropped")
    }
}

impl<B: Body> Body for TracedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Next<B>> {
        let this = self.project();
        if this.held.is_none() {
            let mut inner = this.inner.as_pin_mut().expect("it is there until it is dropped");
            let Some(exchange) = this.exchange else { return inner.poll_frame(context) };
            exchange.reading();
            let (next, last) = exchange.run(|| {
                let next = inner.as_mut().poll_frame(context);
                (next, inner.is_end_stream())
            });
            let next = ready!(next);
            let ended = note(this.exchange, &next, last | is_last(this.left, &next));
            match this.flush.take_if(|_| ended) {
                Some(flush) => *this.held = Some(Box::new((next, flush.start()))),
                None => return Poll::Ready(next),
            }
        }
        // Who reads the body may stop after the last frame: it is given only when the spans have been delivered.
        let flushing = &mut this.held.as_mut().expect("just seen or put there").1;
        ready!(Pin::new(flushing).poll(context));
        Poll::Ready(this.held.take().and_then(|held| held.0))
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_none() && self.inner().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.held.is_some() { SizeHint::default() } else { self.inner().size_hint() }
    }
}

/// Counts a frame; whether no more bytes are to come after it.
fn is_last<D: Buf, E>(left: &mut Option<u64>, next: &Option<Result<Frame<D>, E>>) -> bool {
    let (Some(left), Some(Ok(frame))) = (left, next) else { return false };
    *left = left.saturating_sub(frame.data_ref().map_or(0, |data| data.remaining() as u64));
    *left == 0
}

/// Tells the request of a frame; whether it is the last one.
fn note<D, E>(slot: &mut Option<Exchange>, next: &Option<Result<Frame<D>, E>>, last: bool) -> bool {
    let trailers = match next {
        Some(Ok(frame)) => frame.trailers_ref(),
        _ => None,
    };
    if let (Some(exchange), Some(trailers)) = (slot.as_mut(), trailers) {
        exchange.trailers(trailers);
    }
    if matches!(next, Some(Ok(_))) && !last && trailers.is_none() {
        return false;
    }
    match (slot.take(), next) {
        (Some(exchange), Some(Err(_))) => exchange.fail(name_of::<E>(), ""),
        (Some(exchange), _) => exchange.end(),
        (None, _) => {}
    }
    true
}

impl<B: Body> fmt::Debug for TracedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedBody").field("exchange", &self.exchange).finish_non_exhaustive()
    }
}

/// As an empty body, for services that answer with one by default.
impl<B: Body + Default> Default for TracedBody<B> {
    fn default() -> Self {
        TracedBody::plain(B::default())
    }
}
