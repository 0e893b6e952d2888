//! `Trace`: the spans and log records of one trace that were there when it was asked for.

use super::{Log, Span};
use std::sync::Arc;
use throughline::TraceId;

/// The spans and log records of one trace that were there when it was asked for; cheap to clone.
#[derive(Clone, Debug)]
pub struct Trace {
    id: TraceId,
    parts: Vec<Arc<Vec<Span>>>,
    logs: Vec<Arc<Vec<Log>>>,
    dropped_logs: u64,
}

// === impl Trace ===

impl Trace {
    pub(super) fn new(
        id: TraceId,
        parts: Vec<Arc<Vec<Span>>>,
        logs: Vec<Arc<Vec<Log>>>,
        dropped_logs: u64,
    ) -> Self {
        Trace { id, parts, logs, dropped_logs }
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

    /// Whether there are none: then only log records have arrived.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The log records, in the order of arrival.
    pub fn logs(&self) -> impl Iterator<Item = &Log> {
        self.logs.iter().flat_map(|part| part.iter())
    }

    /// How many log records there are.
    #[must_use]
    pub fn log_count(&self) -> usize {
        self.logs.iter().map(|part| part.len()).sum()
    }

    /// How many log records more had arrived, over what is kept of a trace.
    #[must_use]
    pub fn dropped_logs(&self) -> u64 {
        self.dropped_logs
    }
}
