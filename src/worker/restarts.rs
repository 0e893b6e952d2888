//! `Restarts`: the worker goes on after a panic.
//!
//! Panics of exporters, subscribers, clocks and generators are caught where these are called. What gets here is a mistake
//! of ours, or a want of memory: it must not end the delivery, and it must not become a storm.

use super::herald::{Herald, Tone};
use crate::record::{Recorder, caught};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;
use tokio::time::Instant;

/// The first pause after a panic; each is twice the one before it, up to the longest.
const FIRST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(500);
/// So many panics without a calm in between are the end.
const MOST: u32 = 10;
/// A part that has run so long has recovered.
const CALM: Duration = Duration::from_secs(60);

/// How often a part of the worker has panicked lately.
pub(super) struct Restarts {
    recorder: Arc<Recorder>,
    herald: Arc<Herald>,
    panics: u32,
    begun: Instant,
}

// === impl Restarts ===

impl Restarts {
    pub(super) fn new(recorder: &Arc<Recorder>, herald: &Arc<Herald>) -> Self {
        let (recorder, herald) = (Arc::clone(recorder), Arc::clone(herald));
        Restarts { recorder, herald, panics: 0, begun: Instant::now() }
    }

    /// Counts a panic, tells of it, and waits until the part may go on; `false`: it is to give up.
    pub(super) async fn next(&mut self, part: &str) -> bool {
        if self.begun.elapsed() >= CALM {
            self.panics = 0;
        }
        self.panics += 1;
        if self.panics > MOST {
            let text = format!(
                "{part} panicked {MOST} times in a row and is given up: what it has is dropped, and counted"
            );
            self.herald.say(Tone::Warn, text);
            return false;
        }
        self.recorder.restarts.fetch_add(1, Ordering::Relaxed);
        self.herald.tell("restart", Tone::Warn, || format!("{part} panicked and is started again"));
        let doubled = FIRST * 2_u32.pow(self.panics - 1);
        tokio::time::sleep(doubled.min(LONGEST)).await;
        self.begun = Instant::now();
        true
    }
}

/// Runs a future to its end, or to its panic.
pub(super) async fn to_the_end<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match caught(|| future.as_mut().poll(context)) {
        Some(poll) => poll.map(Some),
        None => Poll::Ready(None),
    })
    .await
}
