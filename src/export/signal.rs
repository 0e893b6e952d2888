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
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Signal::Traces => "traces",
            Signal::Logs => "logs",
        })
    }
}
