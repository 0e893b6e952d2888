//! `Trace`: the spans of one trace that were there when it was asked for.

use super::Span;
use std::sync::Arc;
use throughline::TraceId;

/// The spans of one trace that were there when it was asked for; cheap to clone.
#[derive(Clone, Debug)]
pub struct Trace {
    id: TraceId,
    parts: Vec<Arc<Vec<Span>>>,
}

// === impl Trace ===

impl Trace {
    pub(super) fn new(id: TraceId, parts: Vec<Arc<Vec<Span>>>) -> Self {
        Trace { id, parts }
    }

    /// Id of the trace.
    #[must_use]
    pub fn id(&self) -> TraceId {
        self.id
    }

    /// The spans, in the order of arrival.
    pub fn spans(&self) -> impl Iterator<Item = &Span> {
        self.parts.iter().flat_map(|part| part.iter())
    }

    /// How many spans there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.len()).sum()
    }

    /// Whether there are none; the store gives no such trace.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
