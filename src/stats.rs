//! `Stats`: the ledger of every span.

use crate::record::Counts;
use crate::worker::LaneCounts;
use std::fmt;

/// What became of every span, at one moment. Made by [`Guard::stats`](crate::Guard::stats).
///
/// It balances: `started = open + unsampled + refused + finished`, and for each exporter
/// `finished = queued + in_flight + exported + rejected + dropped`. Exactly when the program is still; while it runs
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
    /// Bytes in use, out of [`queue_bytes`](crate::Builder::queue_bytes).
    pub bytes: u64,
    /// What became of the finished spans at each exporter.
    pub exporters: Vec<ExporterStats>,
}

/// Why spans were refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The memory bound was reached.
    pub memory: u64,
    /// They were started or closed after the shutdown.
    pub shutdown: u64,
    /// Their id was given to another span before they were closed.
    pub id_reused: u64,
}

/// What became of the finished spans at one exporter.
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

/// Why finished spans were given up.
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
    pub(crate) fn new<'a>(
        (counts, open): (Counts, u64),
        bytes: usize,
        lanes: impl Iterator<Item = (&'a str, LaneCounts)>,
    ) -> Stats {
        let finished = counts.finished;
        Stats {
            started: counts.started,
            open,
            unsampled: counts.unsampled,
            refused: Refused {
                memory: counts.refused_memory,
                shutdown: counts.refused_shutdown,
                id_reused: counts.lost_ids,
            },
            finished,
            unfinished: counts.unfinished,
            bytes: bytes as u64,
            exporters: lanes.map(|(name, lane)| ExporterStats::new(name, lane, finished)).collect(),
        }
    }

    /// Whether every started span is accounted for.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let spans = self.open + self.unsampled + self.refused.total() + self.finished;
        self.started == spans && self.exporters.iter().all(|exporter| exporter.total() == self.finished)
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refused { memory, shutdown, id_reused } = self.refused;
        row(f, "spans started", self.started)?;
        row(f, "  open", self.open)?;
        row(f, "  unsampled", self.unsampled)?;
        row(f, "  refused: memory", memory)?;
        row(f, "  refused: after shutdown", shutdown)?;
        row(f, "  refused: id reused", id_reused)?;
        row(f, "  finished", self.finished)?;
        for exporter in &self.exporters {
            writeln!(f, "exporter {}", exporter.name)?;
            row(f, "  queued", exporter.queued)?;
            row(f, "  in flight", exporter.in_flight)?;
            row(f, "  exported", exporter.exported)?;
            row(f, "  rejected", exporter.rejected)?;
            row(f, "  dropped: retries", exporter.dropped.retries)?;
            row(f, "  dropped: shutdown", exporter.dropped.shutdown)?;
            row(f, "  dropped: panic", exporter.dropped.panic)?;
        }
        write!(f, "{:<28}{:>12}", "bytes in use", self.bytes)
    }
}

fn row(f: &mut fmt::Formatter<'_>, what: &str, count: u64) -> fmt::Result {
    writeln!(f, "{what:<28}{count:>12}")
}

// === impl Refused ===

impl Refused {
    /// All refused spans.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.memory + self.shutdown + self.id_reused
    }
}

// === impl ExporterStats ===

impl ExporterStats {
    fn new(name: &str, lane: LaneCounts, finished: u64) -> ExporterStats {
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
