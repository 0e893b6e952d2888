//! `LaneHandle`: the end of a lane that batches are put in at.

use super::lane::Lane;
use super::ledger::Ledger;
use crate::export::{Batch, Signal};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The end of a lane that the worker's loop holds.
#[derive(Clone)]
pub(super) struct LaneHandle {
    pub(super) signal: Signal,
    pub(super) ledger: Arc<Ledger>,
    lane: Arc<Lane>,
}

// === impl LaneHandle ===

impl LaneHandle {
    pub(super) fn new(lane: Arc<Lane>) -> LaneHandle {
        LaneHandle { signal: lane.signal, ledger: Arc::clone(&lane.ledger), lane }
    }

    /// Takes a batch. Over the lane's share of the memory the oldest that waits goes to disk, if there is a spool. Where that
    /// does not help, and other lanes need the rest, the new one is dropped.
    pub(super) fn push(&self, batch: Batch) {
        let (records, Lane { queue, share, .. }) = (batch.len() as u64, &*self.lane);
        batch.owe();
        let over = |most: usize| {
            let waiting = queue.bytes();
            waiting > 0 && waiting.saturating_add(batch.weight()) > most
        };
        if over(share.bytes) {
            self.shorten();
        }
        let full = over(share.most);
        let mut counts = self.ledger.lock();
        counts.received += records;
        if full {
            counts.dropped_queue += records;
            drop(counts);
            batch.answer(self.lane.number);
            return self.lane.told_full(records);
        }
        counts.queued += records;
        drop(counts);
        queue.push(batch);
        self.shorten();
    }

    /// Counts what will never be pushed.
    pub(super) fn lose(&self, records: u64) {
        let mut counts = self.ledger.lock();
        counts.received += records;
        counts.dropped_panic += records;
    }

    /// As which exporter it is marked in the spool.
    pub(super) fn number(&self) -> Option<usize> {
        self.lane.number
    }

    /// Whether it takes what other processes left.
    pub(super) fn adopts(&self) -> bool {
        !self.lane.has_given_up()
    }

    /// Whether nothing is delivered, and something waits.
    pub(super) fn stands_still(&self) -> bool {
        self.lane.stands_still()
    }

    /// Takes a batch that another process left behind.
    pub(super) fn adopt(&self, batch: Batch) {
        let records = batch.len() as u64;
        batch.owe();
        let mut counts = self.ledger.lock();
        counts.adopted += records;
        counts.spooled += records;
        drop(counts);
        self.lane.queue.adopt(batch);
    }

    /// Waits until at most `most` batches of other processes are left, but for a few that the exporter refuses again and again.
    pub(super) async fn drained(&self, most: usize) {
        while self.lane.queue.adopted(self.lane.share.bytes) > most {
            self.lane.queue.drained.notified().await;
        }
    }

    /// Lets what is over the lane's share go to disk, now that there may be room.
    pub(super) fn shorten(&self) {
        self.lane.queue.shorten(self.lane.share.bytes, |batch| {
            batch.evict();
            let evicted = batch.is_out_of_memory();
            if evicted {
                let mut counts = self.ledger.lock();
                counts.queued -= batch.len() as u64;
                counts.spooled += batch.len() as u64;
            }
            evicted
        });
    }

    /// How many of this process's wait on disk, or are under way from there.
    pub(super) fn on_disk(&self) -> u64 {
        let waiting = self.lane.queue.on_disk();
        let counts = self.ledger.lock();
        waiting + counts.in_flight_on_disk - counts.in_flight_adopted
    }

    /// Resolves when everything pushed before is settled.
    pub(super) fn mark(&self) -> oneshot::Receiver<()> {
        let settled = self.lane.queue.mark();
        self.lane.hurry();
        settled
    }

    /// Ends the lane: what lies on disk stays there for a later start, the rest is dropped. Gives how many of this
    /// process's stay.
    pub(super) fn stop(&self) -> u64 {
        let waiting = self.lane.queue.drain();
        let mut counts = self.ledger.lock();
        let mut stay = counts.in_flight_on_disk - counts.in_flight_adopted;
        counts.stop();
        for queued in waiting {
            let (records, on_disk) = (queued.batch.len() as u64, queued.batch.spooled_at().is_some());
            if queued.spooled {
                counts.spooled -= records;
            } else {
                counts.queued -= records;
            }
            *if on_disk { &mut counts.spooled } else { &mut counts.dropped_shutdown } += records;
            stay += if on_disk && queued.ticket.is_some() { records } else { 0 };
        }
        stay
    }
}
