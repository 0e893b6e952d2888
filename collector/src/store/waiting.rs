//! `Waiting`: the traces of which only log records have arrived, in the order of arrival.
//!
//! Log lines of unsampled spans name traces whose spans never come. They wait for them in a share of the memory, so
//! that they push out each other rather than whole traces.

use std::collections::BTreeMap;
use throughline::TraceId;

/// The traces that wait for their spans.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    turns: BTreeMap<u64, TraceId>,
    next: u64,
    /// What they take, shared resources and scopes aside.
    pub(super) bytes: usize,
}

// === impl Waiting ===

impl Waiting {
    /// Puts a trace at the end of the line; gives its turn, by which it leaves.
    pub(super) fn join(&mut self, id: TraceId) -> u64 {
        self.next += 1;
        self.turns.insert(self.next, id);
        self.next
    }

    /// Takes a trace of `bytes` out of the line.
    pub(super) fn leave(&mut self, turn: u64, bytes: usize) {
        self.turns.remove(&turn);
        self.bytes -= bytes;
    }

    /// The one that has waited longest; it stays in the line.
    pub(super) fn first(&self) -> Option<TraceId> {
        self.turns.values().next().copied()
    }
}
