//! `UnderWay`: a batch that a lane has taken out of its queue.

use super::lane::Lane;
use crate::export::Batch;

/// Counts a batch as being in flight, until it is settled. What a panic keeps from that stays on disk, or is dropped.
pub(super) struct UnderWay<'a> {
    lane: &'a Lane,
    ticket: Option<u64>,
    on_disk: bool,
    left: u64,
}

// === impl UnderWay ===

impl<'a> UnderWay<'a> {
    /// `spooled`: it was counted as being on disk.
    pub(super) fn begin(lane: &'a Lane, batch: &Batch, ticket: Option<u64>, spooled: bool) -> Self {
        let (left, on_disk) = (batch.len() as u64, batch.spooled_at().is_some());
        let mut counts = lane.ledger.lock();
        *if spooled { &mut counts.spooled } else { &mut counts.queued } -= left;
        let first = counts.in_flight == 0;
        counts.begin(left, on_disk);
        drop(counts);
        if first {
            lane.moves();
        }
        UnderWay { lane, ticket, on_disk, left }
    }

    /// So many of it are settled, and counted as what became of them.
    pub(super) fn settled(&mut self, records: u64) {
        self.left -= records;
    }

    /// Nobody exports it.
    pub(super) fn lose(&mut self) {
        let left = std::mem::take(&mut self.left);
        let mut counts = self.lane.ledger.lock();
        counts.end(left, self.on_disk);
        if self.on_disk {
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
