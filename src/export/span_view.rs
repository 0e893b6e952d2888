//! `SpanView`: a finished span where it lies.

use crate::buffer::frame::{FLAG_ERROR, FLAG_LOCAL_ROOT, FLAG_UNFINISHED, Frame};
use crate::context::{SpanId, TraceId};
use crate::wire::{DecodeError, SpanData, read_span};
use std::fmt;

/// A finished span in a [`Batch`](super::Batch). What most exporters sort by is at hand; the rest is decoded by
/// [`to_data`](SpanView::to_data).
#[derive(Clone, Copy)]
pub struct SpanView<'a>(Frame<'a>);

// === impl SpanView ===

impl<'a> SpanView<'a> {
    pub(crate) fn new(frame: Frame<'a>) -> Self {
        SpanView(frame)
    }

    /// Id of the trace.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        self.0.header().trace_id
    }

    /// Id of the span.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        self.0.header().span_id
    }

    /// Id of the parent; [`SpanId::INVALID`] for a root.
    #[must_use]
    pub fn parent_span_id(&self) -> SpanId {
        self.0.header().parent_span_id
    }

    /// Start, nanoseconds since the Unix epoch.
    #[must_use]
    pub fn start_unix_nanos(&self) -> u64 {
        self.0.header().start_unix_nanos
    }

    /// End, nanoseconds since the Unix epoch.
    #[must_use]
    pub fn end_unix_nanos(&self) -> u64 {
        self.0.header().end_unix_nanos
    }

    /// Whether the status is Error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.0.header().flags & FLAG_ERROR != 0
    }

    /// Whether the span has no parent in this process.
    #[must_use]
    pub fn is_local_root(&self) -> bool {
        self.0.header().flags & FLAG_LOCAL_ROOT != 0
    }

    /// Whether the span was still open when the program shut its tracing down.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.0.header().flags & FLAG_UNFINISHED != 0
    }

    /// The span as an OTLP `Span` message, without outer tag and length.
    #[must_use]
    pub fn message(&self) -> &'a [u8] {
        self.0.message()
    }

    /// The whole span, decoded.
    ///
    /// # Errors
    ///
    /// None for spans recorded by this crate; what is damaged in a spool does not get here.
    pub fn to_data(&self) -> Result<SpanData, DecodeError> {
        read_span(self.0.message())
    }
}

impl fmt::Debug for SpanView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanView")
            .field("trace_id", &self.trace_id())
            .field("span_id", &self.span_id())
            .finish()
    }
}
