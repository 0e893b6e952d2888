//! `TailLedger`: the tail's part of the ledger, shared with the guard.

use super::choice::Reason;
use crate::export::Signal;
use std::sync::{Mutex, PoisonError};

/// What has become of frames and of local traces. Arrays of frames are by signal.
///
/// A frame that is none of passed, dropped, refused is held: in the arena, or in a segment that has not been looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TailCounts {
    pub(crate) passed: [u64; Signal::ALL.len()],
    pub(crate) dropped: [u64; Signal::ALL.len()],
    /// Kept, and then there was no memory.
    pub(crate) refused: [u64; Signal::ALL.len()],
    /// Those that followed a decision.
    pub(crate) late: [u64; Signal::ALL.len()],
    /// Local traces that are undecided, and what they take.
    pub(crate) waiting: u64,
    pub(crate) bytes: u64,
    /// Local traces that were kept, by [`Reason::index`].
    pub(crate) kept: [u64; Reason::COUNT],
    pub(crate) traces_dropped: u64,
    /// Of the traces, those decided before their end: too large, no room, waited too long.
    pub(crate) outgrown: u64,
    pub(crate) crowded_out: u64,
    pub(crate) timed_out: u64,
    /// Of the dropped traces, those that the budget had no room for.
    pub(crate) over_budget: u64,
    /// Spans that had to be kept when nothing was left of the budget.
    pub(crate) beyond_budget: u64,
    /// Closures of rules that panicked.
    pub(crate) panics: u64,
}

/// The counts as they stood at the end of a round.
#[derive(Debug, Default)]
pub(crate) struct TailLedger(Mutex<TailCounts>);

// === impl TailCounts ===

impl TailCounts {
    /// Frames of a signal that are not held any more.
    pub(crate) fn settled(&self, signal: Signal) -> u64 {
        let at = signal as usize;
        self.passed[at] + self.dropped[at] + self.refused[at]
    }
}

// === impl TailLedger ===

impl TailLedger {
    pub(crate) fn counts(&self) -> TailCounts {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, counts: TailCounts) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = counts;
    }
}
