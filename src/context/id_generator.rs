//! `IdGenerator`: where ids come from when a program brings its own.

use super::{SpanId, TraceId};

/// Makes the ids of the traces and spans begun here (OpenTelemetry SDK, "Id Generators").
///
/// Called on the thread that starts the span; it must be quick and must not block. An all-zero id is
/// replaced by one of our own.
pub trait IdGenerator: Send + Sync + 'static {
    /// The id of a new trace.
    fn trace_id(&self) -> TraceId;

    /// The id of a new span.
    fn span_id(&self) -> SpanId;

    /// Whether at least the right-most 7 bytes of every trace id are random, so that the random flag may be
    /// set (W3C Trace Context level 2, section 3.2.2.5.2). `false` unless overridden.
    fn random_trace_ids(&self) -> bool {
        false
    }
}
