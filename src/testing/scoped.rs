//! `Scoped`: a future that is polled, and dropped, under a subscriber of its own.

use std::pin::Pin;
use std::task::{Context, Poll};
use tracing_core::Dispatch;
use tracing_core::dispatcher::with_default;

/// The subscriber is the default of whichever thread polls.
pub(super) struct Scoped<F> {
    dispatch: Dispatch,
    /// `None` once it is done.
    future: Option<Pin<Box<F>>>,
}

// === impl Scoped ===

impl<F> Scoped<F> {
    pub(super) fn new(dispatch: Dispatch, future: F) -> Self {
        Scoped { dispatch, future: Some(Box::pin(future)) }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Scoped { dispatch, future } = self.get_mut();
        with_default(dispatch, || {
            let inner = future.as_mut().expect("a future is not polled again once it is done");
            let result = inner.as_mut().poll(context);
            if result.is_ready() {
                // Here, since a registry closes the parents of what is dropped through the thread's default.
                *future = None;
            }
            result
        })
    }
}

impl<F> Drop for Scoped<F> {
    fn drop(&mut self) {
        if self.future.is_some() {
            let Scoped { dispatch, future } = self;
            with_default(dispatch, || *future = None);
        }
    }
}
