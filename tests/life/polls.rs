//! Futures that are polled by hand.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;
/// For what a guard makes not `Send`.
pub(crate) type LocalTask = Pin<Box<dyn Future<Output = ()>>>;

/// One poll; whether the future has finished.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F) -> bool {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Is pending once.
pub(crate) async fn pause() {
    let mut paused = false;
    poll_fn(move |_| {
        let before = std::mem::replace(&mut paused, true);
        if before { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
