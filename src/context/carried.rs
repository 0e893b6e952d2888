//! `Carried`: everything that travels with a span context besides its ids, shared by pointer.

use super::TraceState;

/// What a [`Context`](super::Context) carries: inherited by pointer, copied when changed, absent when empty.
///
/// The place for baggage, correlation id, pass-through headers, debug and priority once they are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    /// The members of `tracestate`.
    pub(crate) trace_state: TraceState,
}

// === impl Carried ===

impl Carried {
    /// Whether there is nothing in it, so that a context need not hold it.
    pub(crate) fn is_empty(&self) -> bool {
        self.trace_state.is_empty()
    }
}
