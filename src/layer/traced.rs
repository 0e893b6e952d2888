//! `Traced`: a future in a span, which tells when it was given up.

use super::SpanExt;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tracing::Span;

/// Set on the span of a future that was dropped before it had finished.
const CANCELLED: &str = "throughline.cancelled";

/// Puts futures into spans.
pub trait FutureExt: Future + Sized {
    /// Enters the span whenever the future is polled, and while it is dropped, as `tracing`'s own `Instrument` does: no
    /// guard is held across an `.await`. A future that has finished is dropped at once, so its span ends then.
    ///
    /// If the future is dropped before it has finished, for example by a time-out, by `select!` or with an aborted task,
    /// the span gets the attribute `throughline.cancelled` = `true`. One that was never polled has not finished; one that
    /// has panicked was not given up, and is not marked.
    ///
    /// ```
    /// use throughline::FutureExt as _;
    ///
    /// async fn charge(amount: u64) {
    ///     tracing::info!(amount, "charged");
    /// }
    /// let future = charge(7).trace(tracing::info_span!("charge"));
    /// # drop(future);
    /// ```
    ///
    /// # Panics
    ///
    /// The returned future panics when it is polled after it has finished.
    fn trace(self, span: Span) -> Traced<Self> {
        Traced { inner: Some(self), panicked: false, span }
    }
}

impl<F: Future> FutureExt for F {}

pin_project! {
    /// A future in a span, made by [`FutureExt::trace`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Traced<F: Future> {
        // `None` once it has finished. An option also so that it can be dropped inside the span.
        #[pin]
        inner: Option<F>,
        panicked: bool,
        span: Span,
    }

    impl<F: Future> PinnedDrop for Traced<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_none() {
                return;
            }
            if !*this.panicked {
                this.span.set_attribute(CANCELLED, true);
            }
            let _in = this.span.enter();
            this.inner.set(None);
        }
    }
}

// === impl Traced ===

impl<F: Future> Traced<F> {
    /// The span.
    pub fn span(&self) -> &Span {
        &self.span
    }
}

impl<F: Future> Future for Traced<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let inner = this.inner.as_mut().as_pin_mut().expect("nobody polls a future that has finished");
        let _in = this.span.enter();
        // Stays so if the poll does not come back.
        *this.panicked = true;
        let polled = inner.poll(context);
        *this.panicked = false;
        if polled.is_ready() {
            this.inner.set(None);
        }
        polled
    }
}

impl<F: Future> fmt::Debug for Traced<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traced").field("span", &self.span).finish_non_exhaustive()
    }
}
