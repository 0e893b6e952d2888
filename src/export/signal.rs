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

    /// "1 span", "2 log records".
    pub(crate) fn counted(self, count: u64) -> String {
        let noun = match self {
            Signal::Traces => "span",
            Signal::Logs => "log record",
        };
        format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
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
