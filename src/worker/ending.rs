//! Flush and shutdown: the loop hands on all there is, and answers when that is settled.

use super::commands::Reply;
use super::herald::Tone;
use super::lane_handle::LaneHandle;
use super::ledger::LaneCounts;
use super::run::Worker;
use crate::error::Error;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

// === impl Worker ===

impl Worker {
    /// Sends all that is finished, and answers when it is settled. The loop goes on meanwhile.
    pub(super) fn flush(&mut self, deadline: Duration, reply: Reply) {
        let before = self.lost();
        self.collect_and_send();
        let marks: Vec<_> = self.lanes.iter().map(LaneHandle::mark).collect();
        let lanes = self.lanes.clone();
        tokio::spawn(async move {
            let settled = tokio::time::timeout(deadline, all(marks)).await;
            let sum =
                |count: fn(&LaneCounts) -> u64| lanes.iter().map(|lane| count(&lane.ledger.counts())).sum();
            let spooled = lanes.iter().map(LaneHandle::on_disk).sum();
            reply.send(match settled {
                Err(_) if spooled > 0 => Err(Error::timeout("flush", deadline, None).with_on_disk(spooled)),
                Err(_) => Err(Error::timeout("flush", deadline, None)),
                Ok(false) => {
                    Err(Error::undelivered(sum(|it| it.queued + it.in_flight), "an exporter has ended"))
                }
                Ok(true) => undelivered(sum(undone) - before),
            });
        });
    }

    pub(super) async fn shut_down(&mut self, deadline: Instant, reply: Reply) {
        let before = self.lost();
        self.recorder.close_down();
        let now = crate::record::local::with(|local| self.recorder.now(local)).unwrap_or_default();
        self.recorder.finish_open(now);
        if let Some(tail) = &mut self.tail {
            tail.last_round(&self.recorder, Instant::now());
        }
        self.collect_and_send();
        let marks: Vec<_> = self.lanes.iter().map(LaneHandle::mark).collect();
        let in_time = tokio::time::timeout_at(deadline.into(), all(marks)).await.is_ok();
        let on_disk = self.drop_rest();
        let lost = self.lost() - before;
        self.losses.tell(&self.recorder, self.tail.as_deref(), &self.herald);
        // What was rejected has been told.
        for lane in &self.lanes {
            let late = lane.ledger.counts().dropped_shutdown;
            if late > 0 {
                let (count, name) = (lane.signal.counted(late), &lane.ledger.name);
                let text = format!("{name}: {count} not delivered when the deadline of the shutdown passed");
                self.herald.say(Tone::Warn, text);
            }
        }
        self.herald.speak(true);
        self.lanes.clear();
        self.recorder.retire_spool();
        reply.send(match (in_time, on_disk) {
            (true, _) => undelivered(lost),
            (false, 0) => Err(Error::undelivered(lost, "the deadline has passed")),
            (false, _) => Err(Error::undelivered(lost + on_disk, &self.on_disk(on_disk))),
        });
    }

    /// Counts what the lanes have left. Gives how many of this process's stay on disk.
    pub(super) fn drop_rest(&self) -> u64 {
        self.lanes.iter().map(LaneHandle::stop).sum()
    }

    fn on_disk(&self, count: u64) -> String {
        let folder = self.recorder.spares.spool().map(|pool| pool.folder().display().to_string());
        let folder = folder.unwrap_or_default();
        format!("the deadline has passed; {count} of them wait in {folder} for the next start")
    }

    pub(super) fn lost(&self) -> u64 {
        self.lanes.iter().map(|lane| undone(&lane.ledger.counts())).sum()
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

/// What will not arrive, or not by this process.
fn undone(counts: &LaneCounts) -> u64 {
    counts.lost() + counts.stranded
}

fn undelivered(lost: u64) -> Result<(), Error> {
    match lost {
        0 => Ok(()),
        lost => Err(Error::undelivered(lost, "rejected or dropped, see the log and Guard::stats")),
    }
}
