//! A generator of the trace ids that it is told.

use std::sync::Mutex;
use throughline::{IdGenerator, SpanId, TraceId};

/// Traces with these ids, one after another; the rest are random.
pub(crate) struct Traces(pub(crate) Mutex<Vec<u128>>, pub(crate) bool);

impl IdGenerator for Traces {
    fn trace_id(&self) -> TraceId {
        TraceId::from_u128(self.0.lock().expect("not poisoned").pop().unwrap_or_default())
    }

    fn span_id(&self) -> SpanId {
        SpanId::INVALID
    }

    fn random_trace_ids(&self) -> bool {
        self.1
    }
}
