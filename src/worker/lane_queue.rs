//! `LaneQueue`: the batches that wait for one exporter.
//!
//! There are two lines. What is *fresh* lies in memory. When that is too much, the oldest of it goes to the *backlog*, on
//! disk, where the batches of other processes are too. Exports take turns between the two lines, so that an hour of backlog
//! holds up nothing new, and new spans no backlog.
//!
//! What is on disk and was tried for long is set *aside*, so that others have their turn. When one of them is taken, the
//! collector is there again, and all that were set aside meanwhile are tried at once; those that fail even then fail for what is
//! in them, and rest for a while each time.

use crate::export::Batch;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout_at};

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
    /// It was set aside before.
    pub(super) rest: Option<Rest>,
}

/// Why a batch was set aside, and until when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    pub(super) until: Instant,
    /// So many batches had been taken when it failed last.
    pub(super) taken: u64,
    /// Others were taken between its last two attempts.
    pub(super) alone: bool,
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
    aside: VecDeque<Queued>,
    backlog_is_next: bool,
    /// What is fresh takes so many bytes.
    bytes: usize,
    /// Batches of other processes, in the backlog, aside or under way.
    adopted: usize,
    next_ticket: u64,
    /// By ticket, the number of parts that are not settled.
    unsettled: BTreeMap<u64, usize>,
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
        lines.unsettled.insert(ticket, 1);
        lines.bytes += batch.weight();
        lines.fresh.push_back(Queued { batch, ticket: Some(ticket), spooled: false, rest: None });
        drop(lines);
        self.arrived.notify_one();
    }

    /// Adds a batch that another process left behind.
    pub(super) fn adopt(&self, batch: Batch) {
        let mut lines = self.lines();
        lines.adopted += 1;
        lines.backlog.push_back(Queued { batch, ticket: None, spooled: true, rest: None });
        drop(lines);
        self.arrived.notify_one();
    }

    /// Adds a part of a batch that was under way. What is left of that is settled on its own.
    pub(super) fn set_aside(&self, queued: Queued) {
        let mut lines = self.lines();
        match queued.ticket {
            Some(ticket) => *lines.unsettled.entry(ticket).or_default() += 1,
            None => lines.adopted += 1,
        }
        lines.aside.push_back(queued);
        drop(lines);
        // Who waits for other processes' batches may read more; who waits for work knows until when.
        self.drained.notify_one();
        self.arrived.notify_one();
    }

    /// Bytes that are fresh.
    pub(super) fn bytes(&self) -> usize {
        self.lines().bytes
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        let lines = self.lines();
        lines.fresh.is_empty() && lines.backlog.is_empty() && lines.aside.is_empty()
    }

    /// Whether something could be exported at once.
    pub(super) fn is_ready(&self, taken: u64) -> bool {
        let mut lines = self.lines();
        lines.bring_back(taken);
        !lines.fresh.is_empty() || !lines.backlog.is_empty()
    }

    /// Batches of other processes that are not settled, without those that were set aside and have no more bytes than `most`.
    pub(super) fn adopted(&self, most: usize) -> usize {
        let lines = self.lines();
        let (mut aside, mut bytes) = (0, 0);
        let waiting = lines.backlog.iter().chain(&lines.aside);
        for queued in waiting.filter(|queued| queued.ticket.is_none() && queued.rest.is_some()) {
            bytes += queued.batch.weight();
            aside += usize::from(bytes <= most);
        }
        lines.adopted - aside
    }

    /// Records of this process that wait on disk.
    pub(super) fn on_disk(&self) -> u64 {
        let lines = self.lines();
        let all = lines.fresh.iter().chain(&lines.backlog).chain(&lines.aside);
        let own = all.filter(|it| it.ticket.is_some() && it.batch.spooled_at().is_some());
        own.map(|queued| queued.batch.len() as u64).sum()
    }

    /// Somebody waits: what is aside, and may have failed with all others, is tried at once.
    pub(super) fn hurry(&self) {
        let (mut lines, now) = (self.lines(), Instant::now());
        for rest in lines.aside.iter_mut().filter_map(|queued| queued.rest.as_mut()) {
            rest.until = if rest.alone { rest.until } else { now };
        }
        drop(lines);
        self.arrived.notify_one();
    }

    /// The next batch to export; `taken` tells how many have been taken.
    pub(super) async fn next(&self, taken: impl Fn() -> u64) -> Queued {
        loop {
            if let Some(queued) = self.take(taken()) {
                return queued;
            }
            let until = self.lines().aside.iter().filter_map(|queued| Some(queued.rest?.until)).min();
            match until {
                Some(until) => drop(timeout_at(until, self.arrived.notified()).await),
                None => self.arrived.notified().await,
            }
        }
    }

    fn take(&self, taken: u64) -> Option<Queued> {
        let mut lines = self.lines();
        lines.bring_back(taken);
        let backlog = lines.fresh.is_empty() || lines.backlog_is_next && !lines.backlog.is_empty();
        lines.backlog_is_next = !backlog;
        let queued = if backlog { lines.backlog.pop_front() } else { lines.fresh.pop_front() }?;
        if !backlog {
            lines.bytes = lines.bytes.saturating_sub(queued.batch.weight());
        }
        if !lines.fresh.is_empty() || !lines.backlog.is_empty() {
            // Many may have come back from aside at once, and one task was woken.
            self.arrived.notify_one();
        }
        Some(queued)
    }

    /// Moves the oldest of what is fresh to the backlog as long as there are more bytes than `most`, and `evict` lets
    /// it go. The newest stays: whoever comes back wants to see what is going on now.
    pub(super) fn shorten(&self, most: usize, mut evict: impl FnMut(&Batch) -> bool) {
        let mut lines = self.lines();
        let mut at = 0;
        while lines.bytes > most && at + 1 < lines.fresh.len() {
            if !evict(&lines.fresh[at].batch) {
                // What could go to disk but has no room there goes first when there is some.
                if lines.fresh[at].batch.spooled_at().is_some() {
                    return;
                }
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
        if let Some(parts) = lines.unsettled.get_mut(&ticket) {
            *parts -= 1;
            if *parts == 0 {
                lines.unsettled.remove(&ticket);
            }
        }
        let first = lines.unsettled.first_key_value().map_or(u64::MAX, |(first, _)| *first);
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
        let Lines { fresh, backlog, aside, .. } = &mut *lines;
        fresh.drain(..).chain(backlog.drain(..)).chain(aside.drain(..)).collect()
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Lines ===

impl Lines {
    /// Puts what was set aside and may be tried again back into the backlog: first of all and in order, if others have been
    /// taken since and it may be as good as they are; else last, once it has rested, and, where nothing is taken, once all
    /// others have had their turn.
    fn bring_back(&mut self, taken: u64) {
        if self.aside.is_empty() {
            return;
        }
        let (now, others) = (Instant::now(), !self.fresh.is_empty() || !self.backlog.is_empty());
        let (mut hopeful, mut stay) = (Vec::new(), VecDeque::new());
        for queued in std::mem::take(&mut self.aside) {
            match queued.rest {
                Some(rest) if !rest.alone && rest.taken != taken => hopeful.push(queued),
                Some(rest) if rest.until > now || !rest.alone && others => stay.push_back(queued),
                _ => self.backlog.push_back(queued),
            }
        }
        hopeful.sort_by_key(|queued| queued.batch.spooled_at());
        self.aside = stay;
        hopeful.into_iter().rev().for_each(|queued| self.backlog.push_front(queued));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::Signal;
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Wake, Waker};
    use std::time::Duration;

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    fn aside() -> Queued {
        let rest = Rest { until: Instant::now() + Duration::from_secs(3600), taken: 0, alone: false };
        let batch = Batch::new(Signal::Traces, Vec::new());
        Queued { batch, ticket: None, spooled: true, rest: Some(rest) }
    }

    #[test]
    fn all_tasks_that_wait_take_part_in_what_is_tried_at_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let _inside = runtime.enter();
        let queue = LaneQueue::default();
        let flags = [Arc::new(Woken::default()), Arc::new(Woken::default())];
        let wakers = flags.clone().map(Waker::from);
        let (mut one, mut two) = (pin!(queue.next(|| 0)), pin!(queue.next(|| 0)));
        let mut poll = || {
            let (one, two) = (&mut one, &mut two);
            let polled = [
                one.as_mut().poll(&mut Context::from_waker(&wakers[0])).is_ready(),
                two.as_mut().poll(&mut Context::from_waker(&wakers[1])).is_ready(),
            ];
            polled.iter().filter(|ready| **ready).count()
        };
        assert_eq!(poll(), 0);
        (0..2).for_each(|_| queue.set_aside(aside()));
        assert_eq!(poll(), 0, "what is aside rests");
        let _ = flags.each_ref().map(|flag| flag.0.swap(false, Ordering::Relaxed));
        queue.hurry();
        let first = flags.iter().position(|flag| flag.0.load(Ordering::Relaxed)).expect("one is woken");
        assert!(queue.take(0).is_some(), "what that one does");
        assert!(flags[1 - first].0.load(Ordering::Relaxed), "the other sleeps on, and one more is ready");
    }
}
