//! `TailStats`: how the tail has decided.

use super::metric;
use super::rows::Rows;
use crate::tail::{Reason, TailCounts};

/// Why a local trace was decided before its end.
const EARLY_OUTGROWN: (&str, &str) = ("throughline.reason", "outgrown");
const EARLY_CROWDED: (&str, &str) = ("throughline.reason", "crowded_out");
const EARLY_TIME: (&str, &str) = ("throughline.reason", "timed_out");

/// What the tail ([`Builder::tail`](crate::Builder::tail)) has decided of local traces, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TailStats {
    /// Local traces that wait for their decision.
    pub waiting: u64,
    /// Bytes that they take, out of [`Tail::arena_bytes`](crate::Tail::arena_bytes).
    pub bytes: u64,
    /// Local traces that were kept.
    pub kept: KeptTraces,
    /// Local traces that were dropped.
    pub dropped: u64,
    /// Of those, what the ratio would have kept and the budget did not.
    pub over_budget: u64,
    /// Decided before their end: they held more than a quarter of the arena.
    pub outgrown: u64,
    /// Decided before their end: they were the oldest, and there was no more room.
    pub crowded_out: u64,
    /// Decided before their end: they had waited for [`Tail::wait_at_most`](crate::Tail::wait_at_most).
    pub timed_out: u64,
    /// Spans that had to be kept when the budget was spent.
    pub beyond_budget: u64,
    /// Spans and log records that came after the decision, and followed it.
    pub late: u64,
    /// Rules that panicked, counted each time.
    pub rule_panics: u64,
}

/// Local traces that were kept, by `sampling.reason`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptTraces {
    /// A span has the status Error.
    pub error: u64,
    /// The root took long.
    pub slow: u64,
    /// A rule said so.
    pub rule: u64,
    /// The root took longer than most.
    pub percentile: u64,
    /// Another local trace of the same trace was kept for one of these reasons.
    pub trace: u64,
    /// In the share of the rest.
    pub ratio: u64,
    /// The same while the budget was short.
    pub budget: u64,
    /// The same, decided before the end.
    pub limit: u64,
    /// The same, open at the shutdown.
    pub shutdown: u64,
}

// === impl TailStats ===

impl TailStats {
    pub(super) fn new(counts: &TailCounts) -> TailStats {
        TailStats {
            waiting: counts.waiting,
            bytes: counts.bytes,
            kept: KeptTraces::new(counts),
            dropped: counts.traces_dropped,
            over_budget: counts.over_budget,
            outgrown: counts.outgrown,
            crowded_out: counts.crowded_out,
            timed_out: counts.timed_out,
            beyond_budget: counts.beyond_budget,
            late: counts.late.iter().sum(),
            rule_panics: counts.panics,
        }
    }

    pub(super) fn list(&self, rows: &mut Rows) {
        rows.heading("tail, local traces");
        rows.add(&metric::TAIL_WAITING, "  waiting", self.waiting);
        for (reason, line, count) in self.kept.rows() {
            rows.because(&metric::TAIL_KEPT, &[("sampling.reason", reason)], line, count);
        }
        rows.add(&metric::TAIL_TRACES_DROPPED, "  dropped", self.dropped);
        rows.because(&metric::TAIL_EARLY, &[EARLY_OUTGROWN], "  early: outgrown", self.outgrown);
        rows.because(&metric::TAIL_EARLY, &[EARLY_CROWDED], "  early: crowded out", self.crowded_out);
        rows.because(&metric::TAIL_EARLY, &[EARLY_TIME], "  early: timed out", self.timed_out);
    }
}

// === impl KeptTraces ===

impl KeptTraces {
    fn new(counts: &TailCounts) -> KeptTraces {
        let of = |reason: Reason| counts.kept[reason.index()];
        KeptTraces {
            error: of(Reason::Error),
            slow: of(Reason::Slow),
            rule: of(Reason::Rule(0)),
            percentile: of(Reason::Percentile),
            trace: of(Reason::Trace),
            ratio: of(Reason::Ratio),
            budget: of(Reason::Budget),
            limit: of(Reason::Limit),
            shutdown: of(Reason::Shutdown),
        }
    }

    /// All local traces that were kept.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.rows().iter().map(|(.., count)| count).sum()
    }

    fn rows(&self) -> [(&'static str, &'static str, u64); Reason::COUNT] {
        [
            ("error", "  kept: error", self.error),
            ("slow", "  kept: slow", self.slow),
            ("rule", "  kept: rule", self.rule),
            ("percentile", "  kept: percentile", self.percentile),
            ("trace", "  kept: trace", self.trace),
            ("ratio", "  kept: ratio", self.ratio),
            ("budget", "  kept: budget", self.budget),
            ("limit", "  kept: limit", self.limit),
            ("shutdown", "  kept: shutdown", self.shutdown),
        ]
    }
}
