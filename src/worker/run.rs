//! The worker's loop: collect, cut into batches, hand to the lanes.

use super::commands::Command;
use super::herald::{Herald, Tone};
use super::lane_handle::LaneHandle;
use super::losses::Losses;
use super::restarts::{Restarts, to_the_end};
use crate::buffer::segment::Segment;
use crate::clock;
use crate::error::Error;
use crate::export::{Batch, Signal};
use crate::record::{Recorder, caught};
use crate::tail::Stage;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;

/// The clock is compared with the wall clock this often when the worker is awake anyway.
const READJUST: Duration = Duration::from_secs(1);

/// Where memory is short, all there is is taken this often at most; and more rarely where little was found, because
/// exporters have the rest.
const RELIEF: Duration = Duration::from_millis(20);
const RARE_RELIEF: Duration = Duration::from_millis(500);

/// The loop's state.
pub(super) struct Worker {
    pub(super) recorder: Arc<Recorder>,
    pub(super) commands: UnboundedReceiver<Command>,
    pub(super) lanes: Vec<LaneHandle>,
    pub(super) herald: Arc<Herald>,
    /// What is finished waits at most so long before it is sent, by signal.
    pub(super) delays: [Duration; Signal::ALL.len()],
    /// A batch is full at so many bytes.
    pub(super) request_bytes: usize,
    /// And never has more spans, or log records, than this, by signal.
    pub(super) request_records: [usize; Signal::ALL.len()],
    /// What is being sent; empty between calls.
    pub(super) collected: Vec<Segment>,
    /// Between the shards and what is collected.
    pub(super) tail: Option<Box<Stage>>,
    /// Not before this is memory made free again.
    pub(super) relief: Instant,
    /// A shutdown has been asked for.
    pub(super) ending: bool,
    /// What has been told.
    pub(super) losses: Losses,
}

/// Frames on their way from the segments to the lanes. Those that a panic keeps from getting there are counted.
struct InHand<'a> {
    lanes: &'a [LaneHandle],
    signal: Signal,
    frames: u64,
}

/// Why the loop woke up.
enum Wake {
    Command(Option<Command>),
    /// Enough segments wait.
    Full,
    /// Memory is short.
    Short,
    /// The delay has passed.
    Time,
    /// The clock wants to be looked at.
    Clock,
}

// === impl Worker ===

impl Worker {
    /// Runs until a shutdown, or until the guard is gone; again after a panic.
    pub(super) async fn run(mut self) {
        let mut restarts = Restarts::new(&self.recorder, &self.herald);
        while to_the_end(self.work()).await.is_none() {
            if self.ending {
                // In the shutdown: whoever asked for it has been answered.
                self.drop_rest();
                return;
            }
            if !restarts.next("the worker").await {
                return self.give_up().await;
            }
        }
    }

    /// Records no more, counts all there is as dropped, and answers whoever asks, until the guard is gone.
    async fn give_up(&mut self) {
        self.recorder.close_down();
        let now = crate::record::local::with(|local| self.recorder.now(local)).unwrap_or_default();
        self.recorder.finish_open(now);
        if let Some(tail) = &mut self.tail {
            caught(|| tail.last_round(&self.recorder, Instant::now()));
        }
        for signal in Signal::ALL {
            self.collect(signal, true);
            let collected = std::mem::take(&mut self.collected);
            drop(InHand::new(&self.lanes, signal, &collected));
        }
        while let Some(command) = self.commands.recv().await {
            let gone =
                || Err(Error::undelivered(self.lost(), "the worker has panicked too often, see the log"));
            match command {
                Command::Flush { reply, .. } => reply.send(gone()),
                Command::Shutdown { reply, .. } => {
                    self.drop_rest();
                    return reply.send(gone());
                }
            }
        }
    }

    async fn work(&mut self) {
        let begun = tokio::time::Instant::now();
        let mut due = self.delays.map(|delay| begun + delay);
        let mut adjusted = Instant::now();
        loop {
            let wake = self.next(due.into_iter().min().unwrap_or(begun)).await;
            self.herald.speak(false);
            if self.recorder.ratio_saw_parent.swap(false, Ordering::Relaxed) {
                let text = "the sampler is a bare ratio, which ignores the decision of callers: traces will have holes; \
                            Sampler::ratio (parentbased_traceidratio) follows it";
                self.herald.tell_once("bare ratio", Tone::Warn, text);
            }
            if self.recorder.sampler_panicked.swap(false, Ordering::Relaxed) {
                let text = "a sampler of the program's own panics: then the caller's decision holds, and without one the \
                            trace is sampled";
                self.herald.tell_once("sampler panic", Tone::Warn, text);
            }
            self.recorder.usage.take().into_iter().for_each(|told| self.herald.say(Tone::Warn, told));
            if adjusted.elapsed() >= READJUST {
                clock::readjust();
                adjusted = Instant::now();
            }
            match wake {
                Wake::Command(Some(Command::Flush { deadline, reply })) => self.flush(deadline, reply),
                Wake::Command(Some(Command::Shutdown { deadline, reply })) => {
                    self.ending = true;
                    return self.shut_down(deadline, reply).await;
                }
                Wake::Command(None) => return,
                Wake::Full => self.send_full(),
                Wake::Short => self.relieve(),
                Wake::Clock => {}
                Wake::Time => {
                    self.send_due(&mut due);
                    self.losses.tell(&self.recorder, self.tail.as_deref(), &self.herald);
                }
            }
        }
    }

    async fn next(&mut self, due: tokio::time::Instant) -> Wake {
        let always = Signal::ALL.into_iter().any(|signal| self.takes_all(signal));
        let mut full = pin!(self.recorder.wake.notified());
        let (relief, memory) = (self.relief, &self.recorder.spares.memory);
        let mut short = pin!(async move {
            tokio::time::sleep_until(relief.into()).await;
            memory.short().await;
        });
        let mut time = pin!(tokio::time::sleep_until(due));
        let mut clock = pin!(tokio::time::sleep(clock::READJUST_WITHIN));
        poll_fn(|context| {
            if let Poll::Ready(command) = self.commands.poll_recv(context) {
                return Poll::Ready(Wake::Command(command));
            }
            if full.as_mut().poll(context).is_ready() {
                return Poll::Ready(if always { Wake::Time } else { Wake::Full });
            }
            if short.as_mut().poll(context).is_ready() {
                return Poll::Ready(Wake::Short);
            }
            if time.as_mut().poll(context).is_ready() {
                return Poll::Ready(Wake::Time);
            }
            clock.as_mut().poll(context).map(|()| Wake::Clock)
        })
        .await
    }

    /// Whether it takes all there is of a signal each time it is woken: closes wake it, or the number that waits does.
    fn takes_all(&self, signal: Signal) -> bool {
        self.recorder.config.wake_always[signal as usize] || self.recorder.spares.is_bounded_in_number(signal)
    }

    /// Whether segments are better left to fill up: they are safe on disk, and nobody takes what is in them.
    fn waits_on_disk(&self, signal: Signal) -> bool {
        let mut lanes = self.lanes.iter().filter(|lane| lane.signal == signal);
        let spares = &self.recorder.spares;
        // Where a number is bounded, what is not collected is in the way of the next.
        let may_wait = spares.spool().is_some() && !spares.is_bounded_in_number(signal);
        may_wait && lanes.all(LaneHandle::stands_still)
    }

    /// Takes all there is, also out of segments that are not full.
    fn relieve(&mut self) {
        self.recorder.spares.memory.heed();
        let enough = self.collect_and_send() >= self.recorder.config.wake_bytes;
        self.relief = Instant::now() + if enough { RELIEF } else { RARE_RELIEF };
    }

    fn send_full(&mut self) {
        self.sift();
        for signal in Signal::ALL {
            self.collect(signal, false);
            self.send(signal);
        }
    }

    /// Sends what has waited long enough, and what is full; all of a signal of which the worker is to take all.
    fn send_due(&mut self, due: &mut [tokio::time::Instant; Signal::ALL.len()]) {
        self.sift();
        let now = tokio::time::Instant::now();
        for signal in Signal::ALL {
            let is_due = due[signal as usize] <= now;
            if is_due {
                due[signal as usize] = now + self.delays[signal as usize];
            }
            let all = (self.takes_all(signal) || is_due) && !self.waits_on_disk(signal);
            self.collect(signal, all);
            self.send(signal);
        }
    }

    /// Gives how many bytes there were.
    pub(super) fn collect_and_send(&mut self) -> usize {
        let mut bytes = 0;
        self.sift();
        for signal in Signal::ALL {
            self.collect(signal, true);
            bytes += self.collected.iter().map(Segment::length).sum::<usize>();
            self.send(signal);
        }
        bytes
    }

    /// Lets the tail decide on all that has been finished.
    fn sift(&mut self) {
        if let Some(tail) = &mut self.tail {
            tail.round(&self.recorder, Instant::now());
        }
    }

    /// What is to be sent of a signal: full segments, with `all` also those that are not.
    fn collect(&mut self, signal: Signal, all: bool) {
        match &mut self.tail {
            Some(tail) => tail.take(signal, all, &mut self.collected),
            None if all => self.recorder.collect(signal, &mut self.collected),
            None => self.recorder.queue(signal).take_into(&mut self.collected),
        }
    }

    /// Hands what was collected to every lane of the signal, in batches.
    fn send(&mut self, signal: Signal) {
        let mut collected = std::mem::take(&mut self.collected);
        let mut in_hand = InHand::new(&self.lanes, signal, &collected);
        #[cfg(test)]
        super::tests::trip("loop", signal, &self.lanes.iter().map(|lane| &*lane.ledger).collect::<Vec<_>>());
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for segment in collected.drain(..) {
            // What lies on disk is sent apart from what does not: they end differently.
            let other = batch
                .last()
                .is_some_and(|last: &Segment| last.spooled_at().is_some() != segment.spooled_at().is_some());
            if bytes > 0 && (other || bytes + segment.length() > self.request_bytes) {
                self.push(&mut in_hand, std::mem::take(&mut batch));
                bytes = 0;
            }
            bytes += segment.length();
            batch.push(segment);
        }
        if !batch.is_empty() {
            self.push(&mut in_hand, batch);
        }
        drop(in_hand);
        self.collected = collected;
    }

    fn push(&self, in_hand: &mut InHand<'_>, segments: Vec<Segment>) {
        let signal = in_hand.signal;
        let most = self.request_records[signal as usize];
        for batch in Batch::new(signal, segments).cut(most, self.request_bytes) {
            in_hand.frames -= batch.len() as u64;
            let lanes = self.lanes.iter().filter(|lane| lane.signal == signal);
            lanes.for_each(|lane| lane.push(batch.clone()));
        }
    }
}

// === impl InHand ===

impl<'a> InHand<'a> {
    fn new(lanes: &'a [LaneHandle], signal: Signal, segments: &[Segment]) -> Self {
        InHand { lanes, signal, frames: segments.iter().map(|it| it.frame_count() as u64).sum() }
    }
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        if self.frames > 0 {
            let lanes = self.lanes.iter().filter(|lane| lane.signal == self.signal);
            lanes.for_each(|lane| lane.lose(self.frames));
        }
    }
}
