//! `Ledger`: what became of the spans of one service, or of all.

use serde_json::{Value, json};
use throughline::Stats;

/// The figures of [`Stats`] that a table has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) started: u64,
    pub(crate) open: u64,
    pub(crate) unsampled: u64,
    pub(crate) refused: u64,
    pub(crate) finished: u64,
    pub(crate) exported: u64,
    /// Rejected by the collector, or given up.
    pub(crate) lost: u64,
    pub(crate) balanced: bool,
}

// === impl Ledger ===

impl Ledger {
    pub(crate) const EMPTY: Ledger = Ledger {
        started: 0,
        open: 0,
        unsampled: 0,
        refused: 0,
        finished: 0,
        exported: 0,
        lost: 0,
        balanced: true,
    };

    pub(crate) fn of(stats: &Stats) -> Self {
        Ledger {
            started: stats.started,
            open: stats.open,
            unsampled: stats.unsampled,
            refused: stats.refused.total(),
            finished: stats.finished,
            exported: stats.exporters.iter().map(|exporter| exporter.exported).sum(),
            lost: stats.exporters.iter().map(|exporter| exporter.rejected + exporter.dropped.total()).sum(),
            balanced: stats.is_balanced(),
        }
    }

    pub(crate) fn plus(self, other: Ledger) -> Self {
        Ledger {
            started: self.started + other.started,
            open: self.open + other.open,
            unsampled: self.unsampled + other.unsampled,
            refused: self.refused + other.refused,
            finished: self.finished + other.finished,
            exported: self.exported + other.exported,
            lost: self.lost + other.lost,
            balanced: self.balanced && other.balanced,
        }
    }

    pub(crate) fn to_json(self) -> Value {
        json!({
            "started": self.started,
            "open": self.open,
            "unsampled": self.unsampled,
            "refused": self.refused,
            "finished": self.finished,
            "exported": self.exported,
            "lost": self.lost,
            "balanced": self.balanced,
        })
    }

    pub(crate) fn from_json(json: &Value) -> Option<Self> {
        let count = |key: &str| json[key].as_u64();
        Some(Ledger {
            started: count("started")?,
            open: count("open")?,
            unsampled: count("unsampled")?,
            refused: count("refused")?,
            finished: count("finished")?,
            exported: count("exported")?,
            lost: count("lost")?,
            balanced: json["balanced"].as_bool()?,
        })
    }
}
