//! `SamplingParams`: what a sampler is asked about.

use super::seen::Seen;
use crate::wire::{KeyValue, SpanKind, Value};
use crate::{Context, TraceId};

/// A trace that begins or arrives here, as far as it is known when the decision on it is needed (OpenTelemetry SDK,
/// "ShouldSample").
///
/// That is when its first span here (its local root) gets a child, hands its context to a header or a log line, or
/// closes: what was recorded on it until then is known, late names and attributes among it. Attributes are those that are
/// exported: after [`Builder::attributes`](crate::Builder::attributes), without `code.*` and `target`.
#[derive(Clone, Copy)]
pub struct SamplingParams<'a> {
    trace_id: TraceId,
    parent: Option<&'a Context>,
    pub(super) seen: Seen<'a>,
    now: &'a dyn Fn() -> u64,
}

// === impl SamplingParams ===

impl<'a> SamplingParams<'a> {
    pub(crate) fn new(
        trace_id: TraceId,
        parent: Option<&'a Context>,
        seen: Seen<'a>,
        now: &'a dyn Fn() -> u64,
    ) -> Self {
        SamplingParams { trace_id, parent, seen, now }
    }

    /// The trace.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// Whom the trace came from, with the decision taken there; `None` if it begins here. One without ids brings a
    /// decision only.
    #[must_use]
    pub fn parent(&self) -> Option<&'a Context> {
        self.parent
    }

    /// The name of the span.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.seen.name
    }

    /// The target of the span's callsite: its module, unless it says otherwise.
    #[must_use]
    pub fn target(&self) -> &'a str {
        self.seen.target
    }

    /// The kind of the span.
    #[must_use]
    pub fn kind(&self) -> SpanKind {
        self.seen.kind
    }

    /// The value of an attribute, if the span has it.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<Value> {
        self.seen.attribute(key)
    }

    /// All attributes that the span has.
    #[must_use]
    pub fn attributes(&self) -> Vec<KeyValue> {
        self.seen.attributes()
    }

    /// The time, in nanoseconds since the Unix epoch.
    pub(super) fn now(&self) -> u64 {
        (self.now)()
    }
}

impl std::fmt::Debug for SamplingParams<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SamplingParams")
            .field("trace_id", &self.trace_id)
            .field("parent", &self.parent)
            .field("name", &self.name())
            .field("target", &self.target())
            .field("kind", &self.kind())
            .field("attributes", &self.attributes())
            .finish()
    }
}
