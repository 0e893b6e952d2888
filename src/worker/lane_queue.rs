//! `LaneQueue`: the batches that wait for one exporter.
//!
//! There are two lines. What is *fresh* lies in memory. When that is too much, the oldest of it goes to the *backlog*, on
//! disk, where the batches of other processes are too. Exports take turns between the two lines, so that an hour of backlog
//! holds up nothing new, and new spans no backlog.

use crate::export::Batch;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};

/// So many that wait are not looked through.
const FEW: usize = 64;

/// A batch that waits.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) batch: Batch,
    /// Orders the batches of this process, for those who wait; `None`: it is of another.
    pub(super) ticket: Option<u64>,
    /// It waits in the backlog, and is counted as being on disk.
    pub(super) spooled: bool,
}

/// Batches on their way to one exporter.
#[derive(Debug, Default)]
pub(super) struct LaneQueue {
    lines: Mutex<Lines>,
    /// Something has come.
    arrived: Notify,
    /// Something of another process has been settled.
    pub(super) drained: Notify,
}

#[derive(Debug, Default)]
struct Lines {
    fresh: VecDeque<Queued>,
    backlog: VecDeque<Queued>,
    backlog_is_next: bool,
    /// What is fresh takes so many bytes.
    bytes: usize,
    /// Batches of other processes, in the backlog or under way.
    adopted: usize,
    next_ticket: u64,
    unsettled: BTreeSet<u64>,
    /// Who waits until all tickets below a number are settled.
    waiting: Vec<(u64, oneshot::Sender<()>)>,
    /// When so many wait, those that have given up are thrown out.
    sweep_at: usize,
}

// === impl LaneQueue ===

impl LaneQueue {
    /// Adds a batch of this process.
    pub(super) fn push(&self, batch: Batch) {
        let mut lines = self.lines();
        let ticket = lines.next_ticket;
        lines.next_ticket += 1;
        lines.unsettled.insert(ticket);
        lines.bytes += batch.weight();
        lines.fresh.push_back(Queued { batch, ticket: Some(ticket), spooled: false });
        drop(lines);
        self.arrived.notify_one();
    }

    /// Adds a batch that another process left behind.
    pub(super) fn adopt(&self, batch: Batch) {
        let mut lines = self.lines();
        lines.adopted += 1;
        lines.backlog.push_back(Queued { batch, ticket: None, spooled: true });
        drop(lines);
        self.arrived.notify_one();
    }

    /// Bytes that are fresh.
    pub(super) fn bytes(&self) -> usize {
        self.lines().bytes
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        let lines = self.lines();
        lines.fresh.is_empty() && lines.backlog.is_empty()
    }

    /// Batches of other processes that are not settled.
    pub(super) fn adopted(&self) -> usize {
        self.lines().adopted
    }

    /// The next batch to export.
    pub(super) async fn next(&self) -> Queued {
        loop {
            if let Some(queued) = self.take() {
                return queued;
            }
            self.arrived.notified().await;
        }
    }

    fn take(&self) -> Option<Queued> {
        let mut lines = self.lines();
        let backlog = lines.fresh.is_empty() || lines.backlog_is_next && !lines.backlog.is_empty();
        lines.backlog_is_next = !backlog;
        if backlog {
            return lines.backlog.pop_front();
        }
        let queued = lines.fresh.pop_front()?;
        lines.bytes = lines.bytes.saturating_sub(queued.batch.weight());
        Some(queued)
    }

    /// Moves the oldest of what is fresh to the backlog as long as there are more bytes than `most`, and `evict` lets
    /// it go. The newest stays: whoever comes back wants to see what is going on now.
    pub(super) fn shorten(&self, most: usize, mut evict: impl FnMut(&Batch) -> bool) {
        let mut lines = self.lines();
        let mut at = 0;
        while lines.bytes > most && at + 1 < lines.fresh.len() {
            if !evict(&lines.fresh[at].batch) {
                at += 1;
            } else if let Some(mut queued) = lines.fresh.remove(at) {
                queued.spooled = true;
                lines.bytes = lines.bytes.saturating_sub(queued.batch.weight());
                lines.backlog.push_back(queued);
            }
        }
    }

    /// A batch has been exported, rejected or dropped.
    pub(super) fn settle(&self, ticket: Option<u64>) {
        let mut lines = self.lines();
        let Some(ticket) = ticket else {
            lines.adopted -= 1;
            drop(lines);
            return self.drained.notify_one();
        };
        lines.unsettled.remove(&ticket);
        let first = lines.unsettled.first().copied().unwrap_or(u64::MAX);
        let (over, still): (Vec<_>, Vec<_>) = lines.waiting.drain(..).partition(|(until, _)| *until <= first);
        lines.waiting = still;
        drop(lines);
        for (_, waits) in over {
            let _ = waits.send(());
        }
    }

    /// Resolves when everything of this process that was pushed before is settled.
    pub(super) fn mark(&self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut lines = self.lines();
        if lines.unsettled.is_empty() {
            drop(lines);
            let _ = sender.send(());
        } else {
            let until = lines.next_ticket;
            // A program may flush with every request while the collector is away for an hour: those that have given up
            // must not stay.
            if lines.waiting.len() >= lines.sweep_at.max(FEW) {
                lines.waiting.retain(|(_, waits)| !waits.is_closed());
                lines.sweep_at = 2 * lines.waiting.len();
            }
            lines.waiting.push((until, sender));
        }
        receiver
    }

    /// Takes all that waits: nothing more will be exported.
    pub(super) fn drain(&self) -> Vec<Queued> {
        let mut lines = self.lines();
        let Lines { fresh, backlog, .. } = &mut *lines;
        fresh.drain(..).chain(backlog.drain(..)).collect()
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
