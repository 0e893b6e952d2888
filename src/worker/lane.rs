//! `Lane`: one exporter with its queue of batches.

use super::backoff::Backoff;
use super::herald::{Herald, Tone};
use super::ledger::{LaneCounts, Ledger};
use super::occupied::{BLOCKED, Occupied, blocked};
use super::restarts::{Restarts, to_the_end};
use crate::context::IdRng;
use crate::export::{Batch, Exporter, Outcome, Signal};
use crate::record::caught;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// What goes into a lane, in order.
pub(super) enum Item {
    Batch(Batch),
    /// Answered when everything before it has been exported, rejected or dropped.
    Marker(oneshot::Sender<()>),
}

/// The end of a lane that the worker's loop holds.
pub(super) struct LaneHandle {
    pub(super) signal: Signal,
    items: UnboundedSender<Item>,
    pub(super) ledger: Arc<Ledger>,
    /// Cuts a backoff short: somebody waits.
    hurry: Arc<Notify>,
}

/// The end that exports.
pub(super) struct Lane {
    signal: Signal,
    exporter: Arc<dyn Exporter>,
    items: UnboundedReceiver<Item>,
    ledger: Arc<Ledger>,
    herald: Arc<Herald>,
    hurry: Arc<Notify>,
    /// A batch is retried for so long.
    patience: Duration,
    failing: bool,
    /// What is left of the batch that is being delivered.
    parts: VecDeque<Batch>,
    occupied: Arc<Occupied>,
    /// It does so without saying so.
    blocks: bool,
}

// === impl LaneHandle ===

impl LaneHandle {
    pub(super) fn new(
        signal: Signal,
        exporter: Arc<dyn Exporter>,
        ledger: Arc<Ledger>,
        herald: Arc<Herald>,
        patience: Duration,
        occupied: Arc<Occupied>,
    ) -> (LaneHandle, Lane) {
        let (sender, items) = unbounded_channel();
        let hurry = Arc::new(Notify::new());
        let handle =
            LaneHandle { signal, items: sender, ledger: Arc::clone(&ledger), hurry: Arc::clone(&hurry) };
        let lane = Lane {
            signal,
            exporter,
            items,
            ledger,
            herald,
            hurry,
            patience,
            failing: false,
            parts: VecDeque::new(),
            occupied,
            blocks: false,
        };
        (handle, lane)
    }

    /// Counts what will never be pushed.
    pub(super) fn lose(&self, spans: u64) {
        let mut counts = self.ledger.lock();
        counts.received += spans;
        counts.dropped_panic += spans;
    }

    pub(super) fn push(&self, batch: Batch) {
        let spans = batch.len() as u64;
        let mut counts = self.ledger.lock();
        counts.received += spans;
        counts.queued += spans;
        drop(counts);
        // The queue is bounded by the memory that its batches hold. The lane ends after the loop that pushes.
        let _ = self.items.send(Item::Batch(batch));
    }

    /// Resolves when everything pushed before is settled.
    pub(super) fn mark(&self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let _ = self.items.send(Item::Marker(sender));
        self.hurry.notify_one();
        receiver
    }
}

// === impl Lane ===

impl Lane {
    /// Exports until the other end is gone; again after a panic, which costs what was under way.
    pub(super) async fn run(mut self, mut restarts: Restarts) {
        let part = format!("the lane of {} to {}", self.signal.plural(), self.ledger.name);
        while to_the_end(self.work()).await.is_none() {
            self.lose(|counts| std::mem::take(&mut counts.in_flight));
            if !restarts.next(&part).await {
                return self.give_up().await;
            }
        }
    }

    /// Counts all there is, and all that comes, as dropped.
    async fn give_up(mut self) {
        self.parts.clear();
        self.lose(|counts| std::mem::take(&mut counts.queued));
        while let Some(item) = self.items.recv().await {
            // What came before has been counted with the others.
            match item {
                Item::Batch(_) => self.lose(|counts| std::mem::take(&mut counts.queued)),
                Item::Marker(done) => drop(done.send(())),
            }
        }
    }

    fn lose(&self, take: impl FnOnce(&mut LaneCounts) -> u64) {
        let mut counts = self.ledger.lock();
        counts.dropped_panic += take(&mut counts);
    }

    async fn work(&mut self) {
        loop {
            self.deliver().await;
            match self.items.recv().await {
                Some(Item::Batch(batch)) => self.parts.push_back(batch),
                Some(Item::Marker(done)) => drop(done.send(())),
                None => return,
            }
        }
    }

    /// Exports one batch, in as many parts and attempts as it takes.
    async fn deliver(&mut self) {
        while let Some(batch) = self.parts.pop_front() {
            let spans = batch.len() as u64;
            if let Some(halves) = self.attempt(batch).await {
                let mut counts = self.ledger.lock();
                counts.in_flight -= spans;
                counts.queued += spans;
                drop(counts);
                halves.into_iter().rev().for_each(|half| self.parts.push_front(half));
            }
        }
    }

    /// Tries until the batch is settled, or is to be cut.
    async fn attempt(&mut self, batch: Batch) -> Option<Vec<Batch>> {
        let spans = batch.len() as u64;
        let (begun, mut backoff) = (Instant::now(), Backoff::new(IdRng::unseeded()));
        {
            let mut counts = self.ledger.lock();
            counts.queued -= spans;
            counts.in_flight += spans;
        }
        #[cfg(test)]
        super::tests::trip("lane", self.signal, &[&self.ledger]);
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
    async fn export(&mut self, batch: &Batch) -> Option<Outcome> {
        let exporter = Arc::clone(&self.exporter);
        if self.blocks || caught(|| exporter.blocks())? {
            let (batch, runtime) = (batch.clone(), Handle::current());
            // On that thread too: there nobody else holds up what its panic carries.
            let export = move || caught(|| runtime.block_on(exporter.export(&batch)));
            return tokio::task::spawn_blocking(export).await.ok().flatten();
        }
        let (future, mut longest) = self.occupied.by(&self.ledger, || caught(|| exporter.export(batch)));
        let mut future = future?;
        let outcome = poll_fn(|context| {
            let poll = || caught(|| future.as_mut().poll(context));
            let (polled, took) = self.occupied.by(&self.ledger, poll);
            longest = longest.max(took);
            polled.map_or(Poll::Ready(None), |poll| poll.map(Some))
        })
        .await;
        // A panic in its end changes nothing of what became of the batch.
        let (_, took) = self.occupied.by(&self.ledger, || caught(|| drop(future)));
        if longest.max(took) >= BLOCKED {
            self.blocks = true;
            let text = blocked(&self.ledger.name, longest.max(took));
            self.herald.say(Tone::Warn, format!("{text}. From now on it has a thread of its own"));
        }
        outcome
    }

    /// Waits; a flush cuts it short, unless the receiver itself asked for the wait.
    async fn pause(&self, wait: Duration, asked: bool) {
        let sleep = tokio::time::sleep(wait);
        if asked {
            return sleep.await;
        }
        let (mut sleep, mut hurry) = (std::pin::pin!(sleep), std::pin::pin!(self.hurry.notified()));
        poll_fn(|context| match (sleep.as_mut().poll(context), hurry.as_mut().poll(context)) {
            (Poll::Pending, Poll::Pending) => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
    }

    /// Counts what became of a batch.
    fn settle(&mut self, spans: u64, outcome: Option<Outcome>) {
        let mut counts = self.ledger.lock();
        counts.in_flight -= spans;
        let told = match outcome {
            Some(Outcome::Accepted) => {
                counts.exported += spans;
                None
            }
            Some(Outcome::Partial { rejected_spans, message }) => {
                let rejected = rejected_spans.min(spans);
                counts.exported += spans - rejected;
                counts.rejected += rejected;
                let text = format!(
                    "{rejected} of {} rejected by {}: {message}",
                    self.signal.counted(spans),
                    self.ledger.name
                );
                Some(("partial success", text))
            }
            Some(
                Outcome::Rejected { reason } | Outcome::TooLarge { reason } | Outcome::Retry { reason, .. },
            ) => {
                counts.rejected += spans;
                let text = format!("{} rejected, not to be sent again: {reason}", self.signal.counted(spans));
                Some(("rejected", text))
            }
            None => {
                counts.dropped_panic += spans;
                let text = format!(
                    "the exporter {} panicked; {} dropped",
                    self.ledger.name,
                    self.signal.counted(spans)
                );
                Some(("panic", text))
            }
        };
        // A layer of the program that hears it may ask for the counts.
        drop(counts);
        if let Some((kind, text)) = told {
            self.herald.tell(kind, Tone::Warn, || text);
        }
        if std::mem::take(&mut self.failing) {
            self.herald.over("unreachable");
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
        self.herald.tell("unreachable", Tone::Warn, text);
    }

    fn dropped(&self, spans: u64, reason: &str) {
        let mut counts = self.ledger.lock();
        counts.in_flight -= spans;
        counts.dropped_retries += spans;
        drop(counts);
        let text = || {
            format!("{} dropped after {:?} of retries: {reason}", self.signal.counted(spans), self.patience)
        };
        self.herald.tell("dropped", Tone::Warn, text);
    }
}
