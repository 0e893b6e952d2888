//! `Lane`: one exporter with its queue of batches of one signal.

use super::backoff::{Backoff, Waits};
use super::herald::{Herald, Tone};
use super::lane_queue::{LaneQueue, Queued, Rest};
use super::ledger::Ledger;
use super::occupied::{BLOCKED, Occupied, blocked};
use super::restarts::{Restarts, to_the_end};
use super::under_way::UnderWay;
use crate::context::IdRng;
use crate::export::{Batch, Exporter, Outcome, Signal};
use crate::record::caught;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

/// Even a flush leaves a collector that fails alone for so long: a program may flush with every request.
const RESPITE: Duration = Duration::from_millis(50);
/// No receiver makes a batch on disk wait for longer between two attempts.
const LONGEST_ON_DISK: Duration = Duration::from_secs(300);
/// Nothing on disk holds up others for longer.
const LONGEST_PATIENCE: Duration = Duration::from_secs(600);
/// An exporter that takes longer over a batch stands still.
const SLOW: Duration = Duration::from_secs(1);

/// Exports batches of one signal. Several tasks may [`run`](Lane::run) it at once: as many requests are then under way.
pub(super) struct Lane {
    pub(super) signal: Signal,
    pub(super) ledger: Arc<Ledger>,
    pub(super) queue: LaneQueue,
    pub(super) share: Share,
    exporter: Arc<dyn Exporter>,
    pub(super) herald: Arc<Herald>,
    /// As which exporter it is marked in the spool.
    pub(super) number: Option<usize>,
    /// Cuts the next wait of every task short: somebody waits. Counts how often.
    hurried: watch::Sender<u64>,
    pub(super) bounds: Bounds,
    pub(super) failing: AtomicBool,
    /// Batches that were taken, all or in part.
    pub(super) taken: AtomicU64,
    /// All there is was tried for so long that another batch is wanted, to see whether it fails as well.
    wants_another: AtomicBool,
    /// When an export ended last, or the first of those under way began.
    moved: Mutex<Instant>,
    occupied: Arc<Occupied>,
    /// The exporter blocks the thread without saying so.
    blocks: AtomicBool,
    /// It has panicked too often: what comes is dropped.
    gives_up: AtomicBool,
}

/// How the attempts at a batch end.
enum End {
    Settled,
    /// In smaller batches it may do.
    Cut(Vec<Batch>),
    /// It lies on disk, and others have their turn.
    SetAside(Rest),
}

/// How often somebody was in a hurry, as one task knows it.
struct Hurried {
    times: watch::Receiver<u64>,
    seen: u64,
}

/// How long a batch may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// A batch in memory is retried for so long.
    pub(super) retry_for: Duration,
    /// One on disk waits for so long.
    pub(super) max_age: Duration,
    /// In between it waits so long.
    pub(super) waits: Waits,
}

/// The part of the memory that one exporter may fill with what waits for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    /// Over it the oldest goes to disk.
    pub(super) bytes: usize,
    /// Over it the newest batch is dropped: other exporters have the rest.
    pub(super) most: usize,
}

// === impl Hurried ===

impl Hurried {
    /// Resolves when somebody is, or has been since this did last.
    async fn again(&mut self) {
        let seen = self.seen;
        // At the end of the lane nobody waits any more.
        self.seen = self.times.wait_for(|times| *times != seen).await.map_or(seen, |times| *times);
    }
}

// === impl Lane ===

impl Lane {
    pub(super) fn new(
        exporter: Arc<dyn Exporter>,
        ledger: Arc<Ledger>,
        number: Option<usize>,
        herald: Arc<Herald>,
        bounds: Bounds,
        share: Share,
        occupied: Arc<Occupied>,
    ) -> Arc<Lane> {
        Arc::new(Lane {
            signal: ledger.signal,
            ledger,
            queue: LaneQueue::default(),
            share,
            exporter,
            herald,
            number,
            hurried: watch::Sender::new(0),
            bounds,
            failing: AtomicBool::new(false),
            taken: AtomicU64::new(0),
            wants_another: AtomicBool::new(false),
            moved: Mutex::new(Instant::now()),
            occupied,
            blocks: AtomicBool::new(false),
            gives_up: AtomicBool::new(false),
        })
    }

    /// Exports batch after batch; again after a panic, which costs what was under way.
    pub(super) async fn run(self: Arc<Self>, mut restarts: Restarts) {
        let part = format!("the lane of {} to {}", self.signal.plural(), self.ledger.name);
        while to_the_end(self.work()).await.is_none() {
            if !self.gives_up.load(Ordering::Relaxed) && !restarts.next(&part).await {
                self.gives_up.store(true, Ordering::Relaxed);
            }
        }
    }

    async fn work(&self) {
        // All that were made before this was polled first count.
        let mut hurried = Hurried { times: self.hurried.subscribe(), seen: 0 };
        loop {
            let taken = || self.taken.load(Ordering::Relaxed);
            let Queued { batch, ticket, spooled, rest } = self.queue.next(taken).await;
            let mut under_way = UnderWay::begin(self, &batch, ticket, spooled, rest.is_some());
            if self.gives_up.load(Ordering::Relaxed) {
                under_way.lose();
            } else {
                self.deliver(batch, rest, &mut under_way, &mut hurried).await;
                self.moves();
            }
        }
    }

    /// Whether the exporter fails at what there is, or has taken long over what it does, and wants nothing more; once in a
    /// while it does want more.
    pub(super) fn stands_still(&self) -> bool {
        let moved = *self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = self.ledger.lock().in_flight > 0;
        let fails = self.failing.load(Ordering::Relaxed) && (under_way || !self.queue.is_empty());
        let stands = fails || under_way && moved.elapsed() > SLOW;
        stands && !self.wants_another.swap(false, Ordering::Relaxed)
    }

    /// Whether it has panicked too often.
    pub(super) fn has_given_up(&self) -> bool {
        self.gives_up.load(Ordering::Relaxed)
    }

    pub(super) fn moves(&self) {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Somebody waits: attempts are made at once.
    pub(super) fn hurry(&self) {
        self.hurried.send_modify(|times| *times += 1);
        self.queue.hurry();
    }

    /// Exports one batch, in as many parts and attempts as it takes.
    async fn deliver(
        &self,
        batch: Batch,
        rest: Option<Rest>,
        under_way: &mut UnderWay<'_>,
        hurried: &mut Hurried,
    ) {
        let was_evicted = batch.is_evicted();
        batch.load();
        let mut parts = VecDeque::from([batch.clone()]);
        while let Some(part) = parts.pop_front() {
            match self.attempt(&part, rest, hurried).await {
                End::Cut(halves) => halves.into_iter().rev().for_each(|half| parts.push_front(half)),
                End::Settled => {
                    part.answer(self.number);
                    under_way.settled(part.len() as u64);
                }
                End::SetAside(rest) => under_way.set_aside(part, rest),
            }
        }
        // Another exporter's turn may be long to come.
        if was_evicted && batch.is_shared() {
            batch.evict();
        }
    }

    /// Tries until the batch is settled, is to be cut, or lets others have their turn.
    async fn attempt(&self, batch: &Batch, rest: Option<Rest>, hurried: &mut Hurried) -> End {
        let records = batch.len() as u64;
        let (begun, mut backoff) = (Instant::now(), Backoff::new(self.bounds.waits, IdRng::unseeded()));
        #[cfg(test)]
        super::tests::trip("lane", self.signal, &[&self.ledger]);
        let mut first = true;
        loop {
            if self.is_too_old(batch) {
                self.too_old(batch);
                return End::Settled;
            }
            match self.export(batch).await {
                Some(Outcome::TooLarge { .. }) if records > 1 => {
                    return End::Cut(batch.clone().cut(records.div_ceil(2) as usize, usize::MAX));
                }
                Some(Outcome::Retry { after, reason }) => {
                    let (wait, on_disk) = (backoff.wait(after), batch.spooled_at().is_some());
                    // What lies on disk is not given up for a long wait, which may be a mistake: it is asked again.
                    let wait = if on_disk { wait.min(LONGEST_ON_DISK) } else { wait };
                    let alone = rest.is_some_and(|rest| rest.taken != self.taken.load(Ordering::Relaxed));
                    let given_up = !on_disk && begun.elapsed() + wait > self.bounds.retry_for;
                    let blip = std::mem::take(&mut first) && after.is_none() && self.is_blip(begun);
                    match alone {
                        true => self.told_set_aside(records, &reason),
                        false if blip && !given_up => {}
                        false => self.told_failing(&reason),
                    }
                    if given_up {
                        self.dropped(records, &reason);
                        return End::Settled;
                    }
                    self.ledger.lock().retries += 1;
                    let taken = self.taken.load(Ordering::Relaxed);
                    let long = on_disk && (rest.is_some() || begun.elapsed() >= self.patience());
                    // What was set aside, and fails as all others do, is no reason to ask more often.
                    let rare = rest.is_some() && !alone;
                    let wait = if rare { wait.max(self.bounds.waits.longest) } else { wait };
                    if !alone || after.is_some() {
                        self.pause(wait, after.is_some(), hurried).await;
                    }
                    let may_rest = alone || self.queue.is_ready(taken);
                    if long && !alone && (!may_rest || rest.is_some() && self.queue.bytes() == 0) {
                        self.wants_another.store(true, Ordering::Relaxed);
                    }
                    if long && may_rest {
                        return End::SetAside(Rest { until: Instant::now() + self.patience(), taken, alone });
                    }
                }
                outcome => {
                    self.settle(batch, outcome);
                    return End::Settled;
                }
            }
        }
    }

    /// Calls the exporter; `None`: it panicked.
    async fn export(&self, batch: &Batch) -> Option<Outcome> {
        let exporter = Arc::clone(&self.exporter);
        if self.blocks.load(Ordering::Relaxed) || caught(|| exporter.blocks())? {
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
            self.blocks.store(true, Ordering::Relaxed);
            let text = blocked(&self.ledger.name, longest.max(took));
            self.herald.say(Tone::Warn, format!("{text}. From now on it has a thread of its own"));
        }
        outcome
    }

    /// Waits; a flush cuts it short, unless the receiver itself asked for the wait.
    async fn pause(&self, wait: Duration, asked: bool, hurried: &mut Hurried) {
        let respite = if asked { wait } else { wait.min(RESPITE) };
        tokio::time::sleep(respite).await;
        let (sleep, hurry) = (tokio::time::sleep(wait - respite), hurried.again());
        let (mut sleep, mut hurry) = (std::pin::pin!(sleep), std::pin::pin!(hurry));
        poll_fn(|context| match (sleep.as_mut().poll(context), hurry.as_mut().poll(context)) {
            (Poll::Pending, Poll::Pending) => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
    }

    /// Whether a first failure may be none: servers close connections that lay idle, also just as they are used again. If it
    /// is one, the next attempt, which comes at once, fails as well, and is told.
    fn is_blip(&self, begun: Instant) -> bool {
        let goes_well = self.taken.load(Ordering::Relaxed) > 0 && !self.failing.load(Ordering::Relaxed);
        goes_well && self.bounds.waits.first < SLOW && begun.elapsed() < SLOW
    }

    /// What lies on disk is tried for so long before others have their turn, and rests for so long if it alone fails.
    pub(super) fn patience(&self) -> Duration {
        self.bounds.retry_for.max(self.bounds.waits.longest).min(LONGEST_PATIENCE)
    }

    fn is_too_old(&self, batch: &Batch) -> bool {
        let since = batch.spooled_at().map(|at| UNIX_EPOCH + Duration::from_nanos(at));
        let age = since.and_then(|since| SystemTime::now().duration_since(since).ok());
        age.is_some_and(|age| age > self.bounds.max_age)
    }
}
