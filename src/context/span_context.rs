//! `SpanContext`: the names of one span, and whether it lives in another process.

use super::{SpanId, TraceFlags, TraceId};

/// The identity of a span: its trace, itself, the flags of its trace, and whether it was read from another
/// process (OpenTelemetry trace API, "SpanContext").
///
/// What else travels with it, such as `tracestate`, is in [`Context`](crate::Context).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct SpanContext {
    trace_id: TraceId,
    span_id: SpanId,
    flags: TraceFlags,
    remote: bool,
}

// === impl SpanContext ===

impl SpanContext {
    /// The context of no span: both ids are all zero. Also the default.
    pub const INVALID: SpanContext = SpanContext {
        trace_id: TraceId::INVALID,
        span_id: SpanId::INVALID,
        flags: TraceFlags::NONE,
        remote: false,
    };

    /// The context with these parts; `remote` says that it came from another process.
    #[must_use]
    pub const fn new(trace_id: TraceId, span_id: SpanId, flags: TraceFlags, remote: bool) -> Self {
        SpanContext { trace_id, span_id, flags, remote }
    }

    /// The id of the trace.
    #[must_use]
    pub const fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The id of the span.
    #[must_use]
    pub const fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// The flags of the trace (W3C Trace Context level 2, section 3.2.2.5).
    #[must_use]
    pub const fn trace_flags(&self) -> TraceFlags {
        self.flags
    }

    /// Whether the context was read from another process's headers.
    #[must_use]
    pub const fn is_remote(&self) -> bool {
        self.remote
    }

    /// Whether the sampled flag is set.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags.is_sampled()
    }

    /// The flags on a log line or record: 00 for a span that is not sampled, whatever else is known of its trace.
    pub(crate) const fn logged_flags(&self) -> TraceFlags {
        if self.is_sampled() { self.flags } else { TraceFlags::NONE }
    }

    /// Whether neither id is all zero.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.trace_id.is_valid() && self.span_id.is_valid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_valid_only_with_both_ids() {
        let (trace, span) = (TraceId::from_u128(1), SpanId::from_u64(2));
        let valid = |t, s| SpanContext::new(t, s, TraceFlags::SAMPLED, true).is_valid();
        assert!(valid(trace, span));
        assert!(!valid(trace, SpanId::INVALID));
        assert!(!valid(TraceId::INVALID, span));
        assert_eq!(SpanContext::default(), SpanContext::INVALID);
        assert!(!SpanContext::INVALID.is_valid() && !SpanContext::INVALID.is_remote());
    }

    #[test]
    fn what_is_logged_of_an_unsampled_span_has_flags_00() {
        let logged = |flags| {
            SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), flags, false).logged_flags().to_u8()
        };
        assert_eq!(logged(TraceFlags::RANDOM), 0);
        assert_eq!(logged(TraceFlags::RANDOM.with_sampled(true)), 3);
    }
}
