//! `ExporterStats`: what became of what was finished, at one exporter.

use super::metric;
use super::rows::{Reason, Rows, reason};
use crate::worker::LaneCounts;

const REJECTED: Reason = reason("rejected", "rejected");
const QUEUE: Reason = reason("queue_full", "queue");
const RETRIED: Reason = reason("retries_exhausted", "retries");
const SHUTDOWN: Reason = reason("already_shutdown", "shutdown");
const PANIC: Reason = reason("panic", "panic");
const AGE: Reason = reason("too_old", "age");

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
    /// Handed to the exporter, each counted once.
    pub(super) handed: u64,
}

/// Why finished spans, or log records, were given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// As much waited as the exporter's share of [`queue_bytes`](crate::Builder::queue_bytes) allows: half of it, where
    /// there is more than one queue (each exporter has one for spans and one for log records).
    pub queue: u64,
    /// Retried until the bound.
    pub retries: u64,
    /// Not delivered when the deadline of the shutdown passed.
    pub shutdown: u64,
    /// The exporter panicked, or the worker did while they were under way.
    pub panic: u64,
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
                queue: lane.dropped_queue,
                retries: lane.dropped_retries,
                shutdown: lane.dropped_shutdown,
                panic: lane.dropped_panic,
                age: lane.dropped_age,
            },
            retries: lane.retries,
            handed: lane.handed,
        }
    }

    /// Lists the rows of exporters. Those of one name are told apart by a number.
    pub(super) fn list_all(exporters: &[ExporterStats], rows: &mut Rows) {
        for (at, exporter) in exporters.iter().enumerate() {
            let nth = exporters[..at].iter().filter(|other| other.name == exporter.name).count();
            rows.of_exporter(&exporter.name, nth);
            exporter.list(rows);
        }
    }

    fn list(&self, rows: &mut Rows) {
        rows.add(&metric::ADOPTED, "  adopted", self.adopted);
        rows.add(&metric::QUEUED, "  queued", self.queued);
        rows.add(&metric::IN_FLIGHT, "  in flight", self.in_flight);
        rows.add(&metric::SPOOLED, "  spooled", self.spooled);
        rows.add(&metric::EXPORTED, "  exported", self.exported);
        rows.because(&metric::EXPORTED, &REJECTED, "  rejected", self.rejected);
        rows.because(&metric::EXPORTED, &QUEUE, "  dropped: queue", self.dropped.queue);
        rows.because(&metric::EXPORTED, &RETRIED, "  dropped: retries", self.dropped.retries);
        rows.because(&metric::EXPORTED, &SHUTDOWN, "  dropped: shutdown", self.dropped.shutdown);
        rows.because(&metric::EXPORTED, &PANIC, "  dropped: panic", self.dropped.panic);
        rows.because(&metric::EXPORTED, &AGE, "  dropped: age", self.dropped.age);
        rows.add(&metric::PROCESSED, "", self.handed);
        rows.add(&metric::RETRIES, "  attempts made again", self.retries);
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
