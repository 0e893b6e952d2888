//! The worker's loop: collect, cut into batches, hand to the lanes.

use super::commands::{Command, Reply};
use super::herald::{self, Herald, Tone};
use super::lane::LaneHandle;
use super::ledger::LaneCounts;
use crate::buffer::segment::Segment;
use crate::clock;
use crate::error::Error;
use crate::export::Batch;
use crate::record::Recorder;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

/// The clock is compared with the wall clock this often when the worker is awake anyway.
const READJUST: Duration = Duration::from_secs(1);

/// The loop's state.
pub(super) struct Worker {
    pub(super) recorder: Arc<Recorder>,
    pub(super) commands: UnboundedReceiver<Command>,
    pub(super) lanes: Vec<LaneHandle>,
    pub(super) herald: Arc<Herald>,
    /// Spans wait at most so long before they are sent.
    pub(super) delay: Duration,
    /// A batch is full at so many bytes.
    pub(super) request_bytes: usize,
    /// And never has more spans than this.
    pub(super) request_spans: usize,
    /// What is being sent; empty between calls.
    pub(super) collected: Vec<Segment>,
}

/// Why the loop woke up.
enum Wake {
    Command(Option<Command>),
    /// Enough segments wait.
    Full,
    /// The delay has passed.
    Time,
    /// The clock wants to be looked at.
    Clock,
}

// === impl Worker ===

impl Worker {
    /// Runs until a shutdown, or until the guard is gone.
    pub(super) async fn run(mut self) {
        let mut due = tokio::time::Instant::now() + self.delay;
        let (mut adjusted, mut refused) = (Instant::now(), 0);
        loop {
            let wake = self.next(due).await;
            self.herald.speak(false);
            if self.recorder.ratio_saw_parent.swap(false, Ordering::Relaxed) {
                let text = "the sampler is a bare ratio, which ignores the decision of callers: traces will have holes; \
                            Sampler::ratio (parentbased_traceidratio) follows it";
                self.herald.tell_once("bare ratio", Tone::Warn, text);
            }
            self.recorder.usage.take().into_iter().for_each(|told| self.herald.say(Tone::Warn, told));
            if adjusted.elapsed() >= READJUST {
                clock::readjust();
                adjusted = Instant::now();
            }
            match wake {
                Wake::Command(Some(Command::Flush { deadline, reply })) => self.flush(deadline, reply),
                Wake::Command(Some(Command::Shutdown { deadline, reply })) => {
                    return self.shut_down(deadline, reply).await;
                }
                Wake::Command(None) => return,
                Wake::Full => {
                    self.recorder.queue.take_into(&mut self.collected);
                    self.send();
                }
                Wake::Clock => {}
                Wake::Time => {
                    self.collect_and_send();
                    due = tokio::time::Instant::now() + self.delay;
                    self.tell_refused(&mut refused);
                }
            }
        }
    }

    async fn next(&mut self, due: tokio::time::Instant) -> Wake {
        let always = self.recorder.config.wake_always;
        let mut full = pin!(self.recorder.wake.notified());
        let mut time = pin!(tokio::time::sleep_until(due));
        let mut clock = pin!(tokio::time::sleep(clock::READJUST_WITHIN));
        poll_fn(|context| {
            if let Poll::Ready(command) = self.commands.poll_recv(context) {
                return Poll::Ready(Wake::Command(command));
            }
            if full.as_mut().poll(context).is_ready() {
                return Poll::Ready(if always { Wake::Time } else { Wake::Full });
            }
            if time.as_mut().poll(context).is_ready() {
                return Poll::Ready(Wake::Time);
            }
            clock.as_mut().poll(context).map(|()| Wake::Clock)
        })
        .await
    }

    fn collect_and_send(&mut self) {
        self.recorder.collect(&mut self.collected);
        self.send();
    }

    /// Hands what was collected to every lane, in batches.
    fn send(&mut self) {
        let mut collected = std::mem::take(&mut self.collected);
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for segment in collected.drain(..) {
            if bytes > 0 && bytes + segment.length() > self.request_bytes {
                self.push(std::mem::take(&mut batch));
                bytes = 0;
            }
            bytes += segment.length();
            batch.push(segment);
        }
        if !batch.is_empty() {
            self.push(batch);
        }
        self.collected = collected;
    }

    fn push(&self, segments: Vec<Segment>) {
        for batch in Batch::new(segments).cut(self.request_spans, self.request_bytes) {
            self.lanes.iter().for_each(|lane| lane.push(batch.clone()));
        }
    }

    /// Sends all that is finished, and answers when it is settled. The loop goes on meanwhile.
    fn flush(&mut self, deadline: Option<Duration>, reply: Reply) {
        let before = self.lost();
        self.collect_and_send();
        let marks: Vec<_> = self.lanes.iter().map(LaneHandle::mark).collect();
        let ledgers: Vec<_> = self.lanes.iter().map(|lane| Arc::clone(&lane.ledger)).collect();
        tokio::spawn(async move {
            let settled = match deadline {
                None => Ok(all(marks).await),
                Some(deadline) => tokio::time::timeout(deadline, all(marks)).await.map_err(|_| deadline),
            };
            let sum = |count: fn(&LaneCounts) -> u64| {
                ledgers.iter().map(|ledger| count(&ledger.counts())).sum::<u64>()
            };
            reply(match settled {
                Err(deadline) => Err(Error::timeout("flush", deadline)),
                Ok(false) => {
                    Err(Error::undelivered(sum(|it| it.queued + it.in_flight), "an exporter has ended"))
                }
                Ok(true) => undelivered(sum(LaneCounts::lost) - before),
            });
        });
    }

    async fn shut_down(mut self, deadline: Instant, reply: Reply) {
        let before = self.lost();
        self.recorder.close_down();
        let now = crate::record::local::with(|local| self.recorder.now(local)).unwrap_or_default();
        self.recorder.finish_open(now);
        self.collect_and_send();
        let marks: Vec<_> = self.lanes.iter().map(LaneHandle::mark).collect();
        let in_time = tokio::time::timeout_at(deadline.into(), all(marks)).await.is_ok();
        for lane in &self.lanes {
            let mut counts = lane.ledger.lock();
            counts.dropped_shutdown += counts.queued + counts.in_flight;
            (counts.queued, counts.in_flight) = (0, 0);
        }
        let lost = self.lost() - before;
        self.tell_refused(&mut 0);
        if lost > 0 {
            self.herald
                .tell("lost at the end", Tone::Warn, || format!("{} lost at shutdown", herald::spans(lost)));
        }
        self.herald.speak(true);
        self.lanes.clear();
        reply(if in_time {
            undelivered(lost)
        } else {
            Err(Error::undelivered(lost, "the deadline has passed"))
        });
    }

    fn lost(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.ledger.counts().lost()).sum()
    }

    fn tell_refused(&self, told: &mut u64) {
        let refused = self.recorder.counts().0.refused_memory;
        if refused > *told {
            let text = || {
                format!(
                    "{} refused so far: all {} bytes of queue_bytes are in use",
                    herald::spans(refused),
                    self.recorder.config.queue_bytes
                )
            };
            self.herald.tell("refused", Tone::Warn, text);
            *told = refused;
        }
    }
}

/// Waits for all; `false` if a lane has ended without settling what it was given.
async fn all(marks: Vec<oneshot::Receiver<()>>) -> bool {
    let mut settled = true;
    for mark in marks {
        settled &= mark.await.is_ok();
    }
    settled
}

fn undelivered(lost: u64) -> Result<(), Error> {
    match lost {
        0 => Ok(()),
        lost => Err(Error::undelivered(lost, "rejected or dropped, see the log and Guard::stats")),
    }
}
