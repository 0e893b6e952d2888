//! `Ledger`: what became of the spans, or log records, at each exporter.

use crate::export::{Batch, Signal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts of one exporter. They change together, under one lock, so that they always add up:
/// received + adopted = queued + in flight + spooled + exported + rejected + dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LaneCounts {
    pub(crate) received: u64,
    /// Left behind by other processes.
    pub(crate) adopted: u64,
    /// That the exporter was handed, each counted once however often it was.
    pub(crate) handed: u64,
    pub(crate) queued: u64,
    pub(crate) in_flight: u64,
    /// Of those in flight, the ones that lie on disk.
    pub(crate) in_flight_on_disk: u64,
    /// And of those, the ones that other processes have left.
    pub(crate) in_flight_adopted: u64,
    /// Waiting on disk.
    pub(crate) spooled: u64,
    pub(crate) exported: u64,
    pub(crate) rejected: u64,
    /// As much waited as the exporter's share of the memory.
    pub(crate) dropped_queue: u64,
    /// Retried until the bound.
    pub(crate) dropped_retries: u64,
    /// Still there when the deadline of a shutdown passed.
    pub(crate) dropped_shutdown: u64,
    /// The exporter panicked.
    pub(crate) dropped_panic: u64,
    /// They waited on disk for longer than they may.
    pub(crate) dropped_age: u64,
    /// Of those on disk, the ones that a panic has left there: nobody here tries them again.
    pub(crate) stranded: u64,
    /// Attempts that were made again.
    pub(crate) retries: u64,
}

/// Where a batch under way lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lies {
    InMemory,
    OnDisk,
    /// On disk, left there by another process.
    Adopted,
}

/// The counts of one exporter, shared by its lane and the guard.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) signal: Signal,
    pub(crate) name: String,
    counts: Mutex<LaneCounts>,
}

// === impl Lies ===

impl Lies {
    pub(crate) fn of(batch: &Batch) -> Lies {
        match (batch.spooled_at(), batch.origin()) {
            (None, _) => Lies::InMemory,
            (Some(_), None) => Lies::OnDisk,
            (Some(_), Some(_)) => Lies::Adopted,
        }
    }
}

// === impl LaneCounts ===

impl LaneCounts {
    /// Spans that did not and will not arrive.
    pub(crate) fn lost(&self) -> u64 {
        self.rejected
            + self.dropped_retries
            + self.dropped_shutdown
            + self.dropped_panic
            + self.dropped_queue
            + self.dropped_age
    }

    /// So many are under way from now on.
    pub(crate) fn begin(&mut self, count: u64, lies: Lies) {
        self.in_flight += count;
        self.in_flight_on_disk += if lies == Lies::InMemory { 0 } else { count };
        self.in_flight_adopted += if lies == Lies::Adopted { count } else { 0 };
    }

    /// So many are under way no more.
    pub(crate) fn end(&mut self, count: u64, lies: Lies) {
        self.in_flight -= count;
        self.in_flight_on_disk -= if lies == Lies::InMemory { 0 } else { count };
        self.in_flight_adopted -= if lies == Lies::Adopted { count } else { 0 };
    }

    /// Nothing more is exported: what is under way stays on disk, or is lost.
    pub(crate) fn stop(&mut self) {
        let (on_disk, all) =
            (std::mem::take(&mut self.in_flight_on_disk), std::mem::take(&mut self.in_flight));
        self.in_flight_adopted = 0;
        self.spooled += on_disk;
        self.dropped_shutdown += all - on_disk;
    }
}

// === impl Ledger ===

impl Ledger {
    pub(crate) fn new(signal: Signal, name: &str) -> Arc<Ledger> {
        Arc::new(Ledger { signal, name: name.to_owned(), counts: Mutex::default() })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, LaneCounts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn counts(&self) -> LaneCounts {
        self.lock().clone()
    }
}
