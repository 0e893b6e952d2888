//! `FlushAfter`: spans are delivered before a response is complete, for processes that are frozen in between.

use crate::Flusher;
use crate::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::oneshot::Receiver;

/// Who delivers, and how long that may take.
#[derive(Clone, Debug)]
pub(super) struct FlushAfter {
    pub(super) flusher: Flusher,
    pub(super) deadline: Duration,
}

/// Spans are being delivered. Done when they are, or at the deadline; what went wrong has been told in the log.
pub(super) struct Flushing(Option<Receiver<Result<(), Error>>>);

// === impl FlushAfter ===

impl FlushAfter {
    pub(super) fn start(&self) -> Flushing {
        Flushing(self.flusher.start(self.deadline))
    }
}

// === impl Flushing ===

impl Future for Flushing {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(answer) => Pin::new(answer).poll(context).map(drop),
            None => Poll::Ready(()),
        }
    }
}
