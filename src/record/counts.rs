//! `Counts`: a shard's part of the ledger.

use std::ops::AddAssign;

/// What became of the spans and log records of a shard. Plain numbers: they change under the shard's lock only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) started: u64,
    pub(crate) finished: u64,
    pub(crate) unsampled: u64,
    /// Refused because the memory bound was reached.
    pub(crate) refused_memory: u64,
    /// Refused because too many waited.
    pub(crate) refused_queue: u64,
    /// Refused because the recorder was shut down.
    pub(crate) refused_shutdown: u64,
    /// Refused because an id was used again before its span was closed.
    pub(crate) lost_ids: u64,
    /// Finished while still open, at shutdown.
    pub(crate) unfinished: u64,
    /// Finished without some of their attributes, events or links.
    pub(crate) truncated: u64,
    pub(crate) logs: LogCounts,
}

/// What became of log records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogCounts {
    pub(crate) emitted: u64,
    pub(crate) finished: u64,
    /// Refused because the memory bound was reached.
    pub(crate) refused_memory: u64,
    /// Refused because too many waited.
    pub(crate) refused_queue: u64,
    /// Refused because the recorder was shut down.
    pub(crate) refused_shutdown: u64,
    /// Their callsite was over its rate.
    pub(crate) refused_rate: u64,
}

// === impl Counts ===

impl Counts {
    pub(crate) fn add(&mut self, other: &Counts) {
        self.started += other.started;
        self.finished += other.finished;
        self.unsampled += other.unsampled;
        self.refused_memory += other.refused_memory;
        self.refused_queue += other.refused_queue;
        self.refused_shutdown += other.refused_shutdown;
        self.lost_ids += other.lost_ids;
        self.unfinished += other.unfinished;
        self.truncated += other.truncated;
        self.logs += other.logs;
    }
}

// === impl LogCounts ===

impl AddAssign for LogCounts {
    fn add_assign(&mut self, other: LogCounts) {
        self.emitted += other.emitted;
        self.finished += other.finished;
        self.refused_memory += other.refused_memory;
        self.refused_queue += other.refused_queue;
        self.refused_shutdown += other.refused_shutdown;
        self.refused_rate += other.refused_rate;
    }
}
