//! `FlushAfter`: spans are delivered before a response is complete, for processes that are frozen in between.

use crate::Flusher;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Who delivers, and how long that may take.
#[derive(Clone, Debug)]
pub(super) struct FlushAfter {
    pub(super) flusher: Flusher,
    pub(super) deadline: Duration,
}

/// Spans are being delivered. Done when they are, or at the deadline; what went wrong has been told in the log.
pub(super) struct Flushing(crate::flusher::Flushing);

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
        Pin::new(&mut self.0).poll(context).map(drop)
    }
}
