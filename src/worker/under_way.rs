//! `UnderWay`: a batch that a lane has taken out of its queue.

use super::lane::Lane;
use super::lane_queue::{Queued, Rest};
use super::ledger::Lies;
use crate::export::Batch;

/// Counts a batch as being in flight, until it is settled. What a panic keeps from that stays on disk, or is dropped.
pub(super) struct UnderWay<'a> {
    lane: &'a Lane,
    ticket: Option<u64>,
    lies: Lies,
    left: u64,
}

// === impl UnderWay ===

impl<'a> UnderWay<'a> {
    /// `spooled`: it was counted as being on disk. `again`: it has been under way before.
    pub(super) fn begin(
        lane: &'a Lane,
        batch: &Batch,
        ticket: Option<u64>,
        spooled: bool,
        again: bool,
    ) -> Self {
        let (left, lies) = (batch.len() as u64, Lies::of(batch));
        let mut counts = lane.ledger.lock();
        *if spooled { &mut counts.spooled } else { &mut counts.queued } -= left;
        let first = counts.in_flight == 0;
        counts.begin(left, lies);
        counts.handed += if again { 0 } else { left };
        drop(counts);
        if first {
            lane.moves();
        }
        UnderWay { lane, ticket, lies, left }
    }

    /// So many of it are settled, and counted as what became of them.
    pub(super) fn settled(&mut self, records: u64) {
        self.left -= records;
    }

    /// A part of it, which lies on disk, waits for its next turn.
    pub(super) fn set_aside(&mut self, part: Batch, rest: Rest) {
        let records = part.len() as u64;
        self.left -= records;
        let mut counts = self.lane.ledger.lock();
        counts.end(records, self.lies);
        counts.spooled += records;
        drop(counts);
        part.evict();
        self.lane.queue.set_aside(Queued {
            batch: part,
            ticket: self.ticket,
            spooled: true,
            rest: Some(rest),
        });
    }

    /// Nobody exports it.
    pub(super) fn lose(&mut self) {
        let left = std::mem::take(&mut self.left);
        let mut counts = self.lane.ledger.lock();
        counts.end(left, self.lies);
        if self.lies != Lies::InMemory {
            counts.spooled += left;
            counts.stranded += left;
        } else {
            counts.dropped_panic += left;
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        // At the end of the runtime the rest has been counted, and nobody waits.
        if self.left > 0 && std::thread::panicking() {
            self.lose();
        }
        if self.left == 0 {
            self.lane.queue.settle(self.ticket);
        }
    }
}
