//! `Signal`: what a batch is made of.

use std::fmt;

/// What a [`Batch`](super::Batch) holds: spans or log records, never both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Signal {
    /// Spans.
    #[default]
    Traces,
    /// Log records.
    Logs,
}

// === impl Signal ===

impl Signal {
    pub(crate) const ALL: [Signal; 2] = [Signal::Traces, Signal::Logs];

    /// "spans", "log records".
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Signal::Traces => "spans",
            Signal::Logs => "log records",
        }
    }

    /// "1 span", "2 log records".
    pub(crate) fn counted(self, count: u64) -> String {
        let nouns = self.plural();
        format!("{count} {}", if count == 1 { nouns.trim_end_matches('s') } else { nouns })
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Signal::Traces => "traces",
            Signal::Logs => "logs",
        })
    }
}
