//! `LogView`: a log record where it lies.

use crate::buffer::frame::Frame;
use crate::context::{SpanId, TraceId};
use crate::wire::{DecodeError, LogData, read_log};
use std::fmt;

/// A log record in a [`Batch`](super::Batch). What most exporters sort by is at hand; the rest is decoded by
/// [`to_data`](LogView::to_data).
#[derive(Clone, Copy)]
pub struct LogView<'a>(Frame<'a>);

// === impl LogView ===

impl<'a> LogView<'a> {
    pub(crate) fn new(frame: Frame<'a>) -> Self {
        LogView(frame)
    }

    /// Id of the trace; [`TraceId::INVALID`] outside of spans.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        self.0.header().trace_id
    }

    /// Id of the span; [`SpanId::INVALID`] outside of spans.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        self.0.header().span_id
    }

    /// When it was made, nanoseconds since the Unix epoch.
    #[must_use]
    pub fn time_unix_nanos(&self) -> u64 {
        self.0.header().start_unix_nanos
    }

    /// The target of the event, which is the name of the record's instrumentation scope.
    #[must_use]
    pub fn target(&self) -> &'a str {
        scope_name(self.0.scope()).unwrap_or_default()
    }

    /// The record as an OTLP `LogRecord` message, without outer tag and length.
    #[must_use]
    pub fn message(&self) -> &'a [u8] {
        self.0.message()
    }

    /// The whole record, decoded.
    ///
    /// # Errors
    ///
    /// None for records made by this crate; what is damaged in a spool does not get here.
    pub fn to_data(&self) -> Result<LogData, DecodeError> {
        read_log(self.0.message())
    }
}

impl fmt::Debug for LogView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogView")
            .field("target", &self.target())
            .field("trace_id", &self.trace_id())
            .field("span_id", &self.span_id())
            .finish()
    }
}

/// The name in a scope that the recorder wrote: nothing but field 1, a string.
fn scope_name(scope: &[u8]) -> Option<&str> {
    let (tag, rest) = scope.split_first()?;
    let length_bytes = rest.iter().position(|byte| *byte < 0x80)? + 1;
    (*tag == 1 << 3 | 2).then(|| std::str::from_utf8(&rest[length_bytes..]).ok()).flatten()
}
