//! `Ledger`: what became of the spans, or log records, at each exporter.

use crate::export::Signal;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts of one exporter. They change together, under one lock, so that they always add up:
/// received = queued + in flight + exported + rejected + dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LaneCounts {
    pub(crate) received: u64,
    pub(crate) queued: u64,
    pub(crate) in_flight: u64,
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
    /// Attempts that were made again.
    pub(crate) retries: u64,
}

/// The counts of one exporter, shared by its lane and the guard.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) signal: Signal,
    pub(crate) name: String,
    counts: Mutex<LaneCounts>,
}

// === impl LaneCounts ===

impl LaneCounts {
    /// Spans that did not and will not arrive.
    pub(crate) fn lost(&self) -> u64 {
        self.rejected + self.dropped_queue + self.dropped_retries + self.dropped_shutdown + self.dropped_panic
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
