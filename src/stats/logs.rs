//! `LogStats`: what became of every log record.

use super::exporter::ExporterStats;
use super::metric;
use super::rows::{Reason, Rows, reason};
use super::stats::{MEMORY, QUEUE, SHUTDOWN, Sifted};
use crate::export::Signal;
use crate::record::LogCounts;

const RATE: Reason = reason("rate_limited", "rate");

/// What became of every log record: `emitted = refused + held + tail_dropped + finished`, and for each exporter that takes log
/// records `finished + adopted = queued + in_flight + spooled + exported + rejected + dropped`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogStats {
    /// Events that were to become log records.
    pub emitted: u64,
    /// Those that were refused.
    pub refused: RefusedLogs,
    /// Those that wait for what the tail decides of their traces ([`Builder::tail`](crate::Builder::tail)).
    pub held: u64,
    /// Those that it has dropped.
    pub tail_dropped: u64,
    /// Those that became records, and were kept by the tail, if there is one.
    pub finished: u64,
    /// What became of them at each exporter.
    pub exporters: Vec<ExporterStats>,
}

/// Why log records were refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedLogs {
    /// The memory bound was reached.
    pub memory: u64,
    /// `OTEL_BLRP_MAX_QUEUE_SIZE` of them waited or were under way.
    pub queue: u64,
    /// They were made after the shutdown.
    pub shutdown: u64,
    /// Their callsite made more than [`logs_per_second`](crate::Builder::logs_per_second).
    pub rate: u64,
}

// === impl LogStats ===

impl LogStats {
    pub(super) fn new(counts: LogCounts, sifted: Sifted, exporters: Vec<ExporterStats>) -> LogStats {
        let LogCounts { emitted, refused_memory, refused_queue, refused_shutdown, refused_rate, .. } = counts;
        let refused = RefusedLogs {
            memory: refused_memory + sifted.refused,
            queue: refused_queue,
            shutdown: refused_shutdown,
            rate: refused_rate,
        };
        let Sifted { passed, held, dropped, .. } = sifted;
        LogStats { emitted, refused, held, tail_dropped: dropped, finished: passed, exporters }
    }

    pub(super) fn is_balanced(&self) -> bool {
        self.emitted == self.refused.total() + self.held + self.tail_dropped + self.finished
            && self.exporters.iter().all(|exporter| exporter.is_balanced(self.finished))
    }

    pub(super) fn list(&self, tail: bool, rows: &mut Rows) {
        let RefusedLogs { memory, queue, shutdown, rate } = self.refused;
        rows.of(Signal::Logs);
        rows.add(&metric::CREATED, "log records emitted", self.emitted);
        rows.because(&metric::PROCESSED, &MEMORY, "  refused: memory", memory);
        rows.because(&metric::PROCESSED, &QUEUE, "  refused: queue", queue);
        rows.because(&metric::PROCESSED, &SHUTDOWN, "  refused: after shutdown", shutdown);
        rows.because(&metric::PROCESSED, &RATE, "  refused: rate", rate);
        if tail {
            rows.add(&metric::HELD, "  held", self.held);
            rows.add(&metric::TAIL_DROPPED, "  dropped by the tail", self.tail_dropped);
        }
        rows.add(&metric::FINISHED, "  finished", self.finished);
        ExporterStats::list_all(&self.exporters, rows);
    }
}

// === impl RefusedLogs ===

impl RefusedLogs {
    /// All refused log records.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.memory + self.queue + self.shutdown + self.rate
    }
}
