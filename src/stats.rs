//! `Stats`: the ledger of every span.

use crate::export::Signal;
use crate::record::{Counts, LogCounts};
use crate::worker::{LaneCounts, Ledger};
use std::fmt;

/// What became of every span and log record, at one moment. Made by [`Guard::stats`](crate::Guard::stats).
///
/// It balances: `started = open + unsampled + refused + finished`, and for each exporter
/// `finished = queued + in_flight + exported + rejected + dropped`; so do the log records. Exactly when the program is still; while it runs
/// it is off by at most the calls that are in progress.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Spans that were started and passed the spans' own filter.
    pub started: u64,
    /// Spans that are open now.
    pub open: u64,
    /// Spans that were closed and not sampled.
    pub unsampled: u64,
    /// Spans that were refused.
    pub refused: Refused,
    /// Spans that were closed and recorded.
    pub finished: u64,
    /// Of those, spans that were still open at shutdown.
    pub unfinished: u64,
    /// Of those, spans that lost attributes, events or links to [`Limits`](crate::Limits), or to the memory bound.
    pub truncated: u64,
    /// Bytes in use, out of [`queue_bytes`](crate::Builder::queue_bytes).
    pub bytes: u64,
    /// What became of the finished spans at each exporter.
    pub exporters: Vec<ExporterStats>,
    /// Log records (see [`Events`](crate::Events)).
    pub logs: LogStats,
}

/// What became of every log record: `emitted = refused + finished`, and for each exporter that takes log records
/// `finished = queued + in_flight + exported + rejected + dropped`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogStats {
    /// Events that were to become log records.
    pub emitted: u64,
    /// Those that were refused.
    pub refused: RefusedLogs,
    /// Those that became records.
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

/// Why spans were refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The memory bound was reached.
    pub memory: u64,
    /// `OTEL_BSP_MAX_QUEUE_SIZE` of them waited or were under way.
    pub queue: u64,
    /// They were started or closed after the shutdown.
    pub shutdown: u64,
    /// Their id was given to another span before they were closed.
    pub id_reused: u64,
}

/// What became of the finished spans, or log records, at one exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExporterStats {
    /// The exporter's name.
    pub name: String,
    /// Waiting to be exported.
    pub queued: u64,
    /// Being exported, or waiting for another attempt.
    pub in_flight: u64,
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
    /// The exporter panicked.
    pub panic: u64,
}

// === impl Stats ===

impl Stats {
    pub(crate) fn new((counts, open): (Counts, u64), bytes: usize, lanes: &[(&Ledger, LaneCounts)]) -> Stats {
        let finished = counts.finished;
        let of = |signal, finished| {
            let lanes = lanes.iter().filter(move |(ledger, _)| ledger.signal == signal);
            lanes.map(move |(ledger, lane)| ExporterStats::new(&ledger.name, lane, finished)).collect()
        };
        Stats {
            started: counts.started,
            open,
            unsampled: counts.unsampled,
            refused: Refused {
                memory: counts.refused_memory,
                queue: counts.refused_queue,
                shutdown: counts.refused_shutdown,
                id_reused: counts.lost_ids,
            },
            finished,
            unfinished: counts.unfinished,
            truncated: counts.truncated,
            bytes: bytes as u64,
            exporters: of(Signal::Traces, finished),
            logs: LogStats::new(counts.logs, of(Signal::Logs, counts.logs.finished)),
        }
    }

    /// Whether every started span and every log record is accounted for.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let spans = self.open + self.unsampled + self.refused.total() + self.finished;
        self.started == spans
            && self.exporters.iter().all(|exporter| exporter.total() == self.finished)
            && self.logs.is_balanced()
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refused { memory, queue, shutdown, id_reused } = self.refused;
        row(f, "spans started", self.started)?;
        row(f, "  open", self.open)?;
        row(f, "  unsampled", self.unsampled)?;
        row(f, "  refused: memory", memory)?;
        row(f, "  refused: queue", queue)?;
        row(f, "  refused: after shutdown", shutdown)?;
        row(f, "  refused: id reused", id_reused)?;
        row(f, "  finished", self.finished)?;
        self.exporters.iter().try_for_each(|exporter| exporter.write(f))?;
        if self.logs != LogStats::default() {
            self.logs.write(f)?;
        }
        write!(f, "{:<28}{:>12}", "bytes in use", self.bytes)
    }
}

fn row(f: &mut fmt::Formatter<'_>, what: &str, count: u64) -> fmt::Result {
    writeln!(f, "{what:<28}{count:>12}")
}

// === impl LogStats ===

impl LogStats {
    fn new(counts: LogCounts, exporters: Vec<ExporterStats>) -> LogStats {
        let LogCounts { emitted, finished, refused_memory, refused_queue, refused_shutdown, refused_rate } =
            counts;
        let refused = RefusedLogs {
            memory: refused_memory,
            queue: refused_queue,
            shutdown: refused_shutdown,
            rate: refused_rate,
        };
        LogStats { emitted, refused, finished, exporters }
    }

    fn is_balanced(&self) -> bool {
        self.emitted == self.refused.total() + self.finished
            && self.exporters.iter().all(|exporter| exporter.total() == self.finished)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RefusedLogs { memory, queue, shutdown, rate } = self.refused;
        row(f, "log records emitted", self.emitted)?;
        row(f, "  refused: memory", memory)?;
        row(f, "  refused: queue", queue)?;
        row(f, "  refused: after shutdown", shutdown)?;
        row(f, "  refused: rate", rate)?;
        row(f, "  finished", self.finished)?;
        self.exporters.iter().try_for_each(|exporter| exporter.write(f))
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

// === impl Refused ===

impl Refused {
    /// All refused spans.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.memory + self.queue + self.shutdown + self.id_reused
    }
}

// === impl ExporterStats ===

impl ExporterStats {
    fn new(name: &str, lane: &LaneCounts, finished: u64) -> ExporterStats {
        // What the lane has not received yet is in the segments.
        let waiting = finished.saturating_sub(lane.received);
        ExporterStats {
            name: name.to_owned(),
            queued: waiting + lane.queued,
            in_flight: lane.in_flight,
            exported: lane.exported,
            rejected: lane.rejected,
            dropped: Dropped {
                retries: lane.dropped_retries,
                shutdown: lane.dropped_shutdown,
                panic: lane.dropped_panic,
            },
            retries: lane.retries,
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exporter {}", self.name)?;
        row(f, "  queued", self.queued)?;
        row(f, "  in flight", self.in_flight)?;
        row(f, "  exported", self.exported)?;
        row(f, "  rejected", self.rejected)?;
        row(f, "  dropped: retries", self.dropped.retries)?;
        row(f, "  dropped: shutdown", self.dropped.shutdown)?;
        row(f, "  dropped: panic", self.dropped.panic)
    }

    fn total(&self) -> u64 {
        self.queued + self.in_flight + self.exported + self.rejected + self.dropped.total()
    }
}

// === impl Dropped ===

impl Dropped {
    /// All dropped spans.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.retries + self.shutdown + self.panic
    }
}
