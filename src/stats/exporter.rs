//! `ExporterStats`: what became of what was finished, at one exporter.

use super::stats::row;
use crate::worker::LaneCounts;
use std::fmt;

/// What became of the finished spans, or log records, at one exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExporterStats {
    /// The exporter's name.
    pub name: String,
    /// Left behind in the spool's folder by other processes, and delivered by this one.
    pub adopted: u64,
    /// Waiting to be exported.
    pub queued: u64,
    /// Being exported, or waiting for another attempt.
    pub in_flight: u64,
    /// Waiting on disk. After a shutdown: until the next start.
    pub spooled: u64,
    /// Taken by the receiver.
    pub exported: u64,
    /// Refused by the receiver for good.
    pub rejected: u64,
    /// Given up.
    pub dropped: Dropped,
    /// Attempts that were made again.
    pub retries: u64,
}

/// Why finished spans, or log records, were given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// Retried until the bound.
    pub retries: u64,
    /// Not delivered when the deadline of the shutdown passed.
    pub shutdown: u64,
    /// The exporter panicked, or the worker did while they were under way.
    pub panic: u64,
    /// Older batches filled the exporter's share of [`queue_bytes`](crate::Builder::queue_bytes).
    pub queue: u64,
    /// They had waited on disk for longer than they may.
    pub age: u64,
}

// === impl ExporterStats ===

impl ExporterStats {
    pub(super) fn new(name: &str, lane: &LaneCounts, finished: u64) -> ExporterStats {
        // What the lane has not received yet is in the segments.
        let waiting = finished.saturating_sub(lane.received);
        ExporterStats {
            name: name.to_owned(),
            adopted: lane.adopted,
            queued: waiting + lane.queued,
            in_flight: lane.in_flight,
            spooled: lane.spooled,
            exported: lane.exported,
            rejected: lane.rejected,
            dropped: Dropped {
                retries: lane.dropped_retries,
                shutdown: lane.dropped_shutdown,
                panic: lane.dropped_panic,
                queue: lane.dropped_queue,
                age: lane.dropped_age,
            },
            retries: lane.retries,
        }
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exporter {}", self.name)?;
        row(f, "  adopted", self.adopted)?;
        row(f, "  queued", self.queued)?;
        row(f, "  in flight", self.in_flight)?;
        row(f, "  spooled", self.spooled)?;
        row(f, "  exported", self.exported)?;
        row(f, "  rejected", self.rejected)?;
        row(f, "  dropped: retries", self.dropped.retries)?;
        row(f, "  dropped: shutdown", self.dropped.shutdown)?;
        row(f, "  dropped: panic", self.dropped.panic)?;
        row(f, "  dropped: queue", self.dropped.queue)?;
        row(f, "  dropped: age", self.dropped.age)
    }

    /// Whether all of so many that were finished are accounted for.
    pub(super) fn is_balanced(&self, finished: u64) -> bool {
        let waiting = self.queued + self.in_flight + self.spooled;
        finished + self.adopted == waiting + self.exported + self.rejected + self.dropped.total()
    }
}

// === impl Dropped ===

impl Dropped {
    /// All dropped spans.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.retries + self.shutdown + self.panic + self.queue + self.age
    }
}
