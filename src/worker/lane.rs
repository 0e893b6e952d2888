//! `Lane`: one exporter with its queue of batches.

use super::backoff::{Backoff, Waits};
use super::herald::{Herald, Tone};
use super::ledger::Ledger;
use super::marks::Marks;
use super::share::Share;
use crate::context::IdRng;
use crate::export::{Batch, Exporter, Outcome, Signal};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Even a flush leaves a collector that fails alone for so long: a program may flush with every request.
const RESPITE: Duration = Duration::from_millis(50);

/// The end of a lane that the worker's loop holds.
pub(super) struct LaneHandle {
    pub(super) signal: Signal,
    batches: UnboundedSender<(u64, Batch)>,
    marks: Arc<Marks>,
    pub(super) ledger: Arc<Ledger>,
    herald: Arc<Herald>,
    share: Arc<Share>,
    /// Cuts a backoff short: somebody waits.
    hurry: Arc<Notify>,
}

/// The end that exports.
pub(super) struct Lane {
    signal: Signal,
    exporter: Arc<dyn Exporter>,
    /// With their numbers.
    batches: UnboundedReceiver<(u64, Batch)>,
    marks: Arc<Marks>,
    ledger: Arc<Ledger>,
    herald: Arc<Herald>,
    share: Arc<Share>,
    hurry: Arc<Notify>,
    /// A batch is retried for so long.
    patience: Duration,
    /// Waits in between.
    waits: Waits,
    failing: bool,
}

// === impl LaneHandle ===

impl LaneHandle {
    pub(super) fn new(
        signal: Signal,
        exporter: Arc<dyn Exporter>,
        ledger: Arc<Ledger>,
        herald: Arc<Herald>,
        share: Share,
        patience: Duration,
        waits: Waits,
    ) -> (LaneHandle, Lane) {
        let (sender, batches) = unbounded_channel();
        let (hurry, share, marks) = (Arc::new(Notify::new()), Arc::new(share), Arc::new(Marks::default()));
        let handle = LaneHandle {
            signal,
            batches: sender,
            marks: Arc::clone(&marks),
            ledger: Arc::clone(&ledger),
            herald: Arc::clone(&herald),
            share: Arc::clone(&share),
            hurry: Arc::clone(&hurry),
        };
        let failing = false;
        let lane =
            Lane { signal, exporter, batches, marks, ledger, herald, share, hurry, patience, waits, failing };
        (handle, lane)
    }

    pub(super) fn push(&self, batch: Batch) {
        let (spans, fits) = (batch.len() as u64, self.share.take(batch.held()));
        {
            let mut counts = self.ledger.lock();
            counts.received += spans;
            *(if fits { &mut counts.queued } else { &mut counts.dropped_queue }) += spans;
        }
        if !fits {
            let (signal, name) = (self.signal, self.ledger.name.clone());
            self.herald.lost(&format!("share: {signal} at {name}"), spans, move |count| {
                let count = signal.counted(count);
                format!("{name}: {count} dropped: as much waits there as its share of queue_bytes allows")
            });
            return;
        }
        // The queue is bounded by the memory that its batches hold. The lane ends after the loop that pushes.
        let _ = self.batches.send((self.marks.push(), batch));
    }

    /// Resolves when everything pushed before is settled.
    pub(super) fn mark(&self) -> oneshot::Receiver<()> {
        let settled = self.marks.mark();
        self.hurry.notify_one();
        settled
    }
}

// === impl Lane ===

impl Lane {
    /// Exports until the other end is gone.
    pub(super) async fn run(mut self) {
        while let Some((number, batch)) = self.batches.recv().await {
            let bytes = batch.held();
            self.deliver(batch).await;
            self.share.give_back(bytes);
            self.marks.settle(number);
        }
    }

    /// Exports one batch, in as many parts and attempts as it takes.
    async fn deliver(&mut self, batch: Batch) {
        let mut parts = VecDeque::from([batch]);
        while let Some(batch) = parts.pop_front() {
            let spans = batch.len() as u64;
            if let Some(halves) = self.attempt(batch).await {
                let mut counts = self.ledger.lock();
                counts.in_flight -= spans;
                counts.queued += spans;
                drop(counts);
                halves.into_iter().rev().for_each(|half| parts.push_front(half));
            }
        }
    }

    /// Tries until the batch is settled, or is to be cut.
    async fn attempt(&mut self, batch: Batch) -> Option<Vec<Batch>> {
        let spans = batch.len() as u64;
        let (begun, mut backoff) = (Instant::now(), Backoff::new(self.waits, IdRng::unseeded()));
        {
            let mut counts = self.ledger.lock();
            counts.queued -= spans;
            counts.in_flight += spans;
        }
        loop {
            match self.export(&batch).await {
                Some(Outcome::TooLarge { .. }) if spans > 1 => {
                    return Some(batch.cut(spans.div_ceil(2) as usize, usize::MAX));
                }
                Some(Outcome::Retry { after, reason }) => {
                    let wait = backoff.wait(after);
                    self.told_failing(&reason);
                    if begun.elapsed() + wait > self.patience {
                        self.dropped(spans, &reason);
                        return None;
                    }
                    self.ledger.lock().retries += 1;
                    self.pause(wait, after.is_some()).await;
                }
                outcome => {
                    self.settle(spans, outcome);
                    return None;
                }
            }
        }
    }

    /// Calls the exporter; `None`: it panicked.
    async fn export(&self, batch: &Batch) -> Option<Outcome> {
        let exporter = Arc::clone(&self.exporter);
        if catch_unwind(AssertUnwindSafe(|| exporter.blocks())).ok()? {
            let (batch, runtime) = (batch.clone(), Handle::current());
            let export = move || runtime.block_on(exporter.export(&batch));
            // An error is its panic.
            return tokio::task::spawn_blocking(export).await.ok();
        }
        let mut future = catch_unwind(AssertUnwindSafe(|| exporter.export(batch))).ok()?;
        let outcome = poll_fn(|context| {
            let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
            polled.map_or(Poll::Ready(None), |poll| poll.map(Some))
        })
        .await;
        // A panic in its end changes nothing of what became of the batch.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(future)));
        outcome
    }

    /// Waits; a flush cuts it short, unless the receiver itself asked for the wait.
    async fn pause(&self, wait: Duration, asked: bool) {
        let respite = if asked { wait } else { wait.min(RESPITE) };
        tokio::time::sleep(respite).await;
        let sleep = tokio::time::sleep(wait - respite);
        let (mut sleep, mut hurry) = (std::pin::pin!(sleep), std::pin::pin!(self.hurry.notified()));
        poll_fn(|context| match (sleep.as_mut().poll(context), hurry.as_mut().poll(context)) {
            (Poll::Pending, Poll::Pending) => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
    }

    /// Counts what became of a batch.
    fn settle(&mut self, spans: u64, outcome: Option<Outcome>) {
        let rejected = match &outcome {
            Some(Outcome::Accepted) | None => 0,
            Some(Outcome::Partial { rejected_spans, .. }) => spans.min(*rejected_spans),
            Some(_) => spans,
        };
        let arrives = matches!(outcome, Some(Outcome::Accepted | Outcome::Partial { .. }));
        {
            let mut counts = self.ledger.lock();
            counts.in_flight -= spans;
            match outcome {
                None => counts.dropped_panic += spans,
                Some(_) => {
                    counts.exported += spans - rejected;
                    counts.rejected += rejected;
                }
            }
        }
        // What is told runs through the program's own layers: not under the lock, they may ask for the counts.
        match outcome {
            Some(Outcome::Accepted) => {}
            Some(Outcome::Partial { message, .. }) if rejected == 0 => {
                let text = || format!("{} took all and warns: {message}", self.ledger.name);
                self.herald.tell(&self.kind("partial success"), Tone::Warn, text);
            }
            Some(Outcome::Partial { message, .. }) => {
                self.lost("rejected in part", rejected, format!("rejected, the rest was taken: {message}"));
            }
            Some(
                Outcome::Rejected { reason } | Outcome::TooLarge { reason } | Outcome::Retry { reason, .. },
            ) => self.lost("rejected", spans, format!("rejected, not to be sent again: {reason}")),
            None => self.lost("panic", spans, "dropped: the exporter panicked".to_owned()),
        }
        if arrives && std::mem::take(&mut self.failing) {
            self.herald.over(&self.kind("unreachable"));
            self.herald.say(
                Tone::Info,
                format!("{}: {} are being delivered again", self.ledger.name, self.signal.plural()),
            );
        }
    }

    fn told_failing(&mut self, reason: &str) {
        self.failing = true;
        let text = || {
            format!(
                "{reason}; {} are kept and sent again (is a collector running there?)",
                self.signal.plural()
            )
        };
        self.herald.tell(&self.kind("unreachable"), Tone::Warn, text);
    }

    fn dropped(&self, spans: u64, reason: &str) {
        let mut counts = self.ledger.lock();
        counts.in_flight -= spans;
        counts.dropped_retries += spans;
        drop(counts);
        self.lost("dropped", spans, format!("dropped after {:?} of retries: {reason}", self.patience));
    }

    /// A kind of trouble; each exporter and signal has its own.
    fn kind(&self, kind: &str) -> String {
        format!("{kind}: {} at {}", self.signal, self.ledger.name)
    }

    /// Tells that so many are lost, and why.
    fn lost(&self, kind: &str, count: u64, why: String) {
        let (signal, name) = (self.signal, self.ledger.name.clone());
        self.herald
            .lost(&self.kind(kind), count, move |count| format!("{name}: {} {why}", signal.counted(count)));
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.marks.end();
    }
}
