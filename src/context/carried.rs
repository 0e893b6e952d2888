//! `Carried`: everything that travels with a span context besides its ids, shared by pointer.

use super::correlation_id::KEY;
use super::{Baggage, CorrelationId, PassThrough, TraceState};

/// What a [`Context`](super::Context) carries: inherited by pointer, copied when changed, absent when empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    /// The members of `tracestate`.
    pub(crate) trace_state: TraceState,
    /// What the program sends along; the correlation id is a member of it too.
    pub(crate) baggage: Baggage,
    pub(crate) correlation_id: Option<CorrelationId>,
    /// What neighbours want to find again.
    pub(crate) pass_through: PassThrough,
}

// === impl Carried ===

impl Carried {
    /// Whether there is nothing in it, so that a context need not hold it.
    pub(crate) fn is_empty(&self) -> bool {
        self.trace_state.is_empty()
            && self.baggage.is_empty()
            && self.correlation_id.is_none()
            && self.pass_through.is_empty()
    }

    /// Forgets what belongs to a trace that is left. Baggage and correlation id belong to the request.
    pub(crate) fn leave_trace(&mut self) {
        self.trace_state = TraceState::EMPTY;
        self.pass_through.leave_trace();
    }

    /// Replaces the baggage; the correlation id is the one that it has. One that cannot be an id is removed, so that it
    /// does not travel on under that name: then it returns `false`.
    pub(crate) fn set_baggage(&mut self, baggage: Baggage) -> bool {
        self.baggage = baggage;
        self.correlation_id = self.baggage.get(KEY).and_then(|id| id.parse().ok());
        self.correlation_id.is_some() || !self.baggage.remove(KEY)
    }

    /// Sets the correlation id, in the baggage too.
    pub(crate) fn set_correlation_id(&mut self, id: CorrelationId) {
        self.baggage.insert_correlation_id(&id);
        self.correlation_id = Some(id);
    }
}
