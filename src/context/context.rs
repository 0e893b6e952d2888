//! `Context`: a span context and what travels with it.

use super::{
    Baggage, Carried, CorrelationId, PassThrough, SpanContext, SpanId, TraceFlags, TraceId, TraceState,
};
use std::sync::Arc;

static NO_TRACE_STATE: TraceState = TraceState::EMPTY;
static NO_BAGGAGE: Baggage = Baggage::EMPTY;
static NOTHING: PassThrough = PassThrough::EMPTY;

/// A span to continue from: its [`SpanContext`], the sampling decision that came with it, and what it
/// carries: `tracestate`, [`Baggage`], the [`CorrelationId`], and what neighbours of other makes want to find again.
///
/// The default is the context of no span. Cloning copies the ids and, where something is carried, one
/// pointer; it never allocates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    span_context: SpanContext,
    sampling: Option<bool>,
    carried: Option<Arc<Carried>>,
}

// === impl Context ===

impl Context {
    /// The context of this span, which carries nothing.
    ///
    /// The sampled flag is its sampling decision; an invalid span context brings none.
    #[must_use]
    pub const fn new(span_context: SpanContext) -> Self {
        Context { sampling: decision_of(&span_context), span_context, carried: None }
    }

    /// The ids and flags.
    #[must_use]
    pub const fn span_context(&self) -> SpanContext {
        self.span_context
    }

    /// Whether there is a span to continue from.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.span_context.is_valid()
    }

    /// Whether whoever made this context decided to sample; `None` leaves it to our sampler.
    ///
    /// Some headers bring ids without a decision, or a decision without ids.
    #[must_use]
    pub const fn sampling_decision(&self) -> Option<bool> {
        self.sampling
    }

    /// The members of `tracestate`; empty if there are none (W3C Trace Context level 2, section 3.3).
    #[must_use]
    pub fn trace_state(&self) -> &TraceState {
        self.carried.as_ref().map_or(&NO_TRACE_STATE, |carried| &carried.trace_state)
    }

    /// The same context with this trace state instead of its own.
    #[must_use]
    pub fn with_trace_state(self, trace_state: TraceState) -> Self {
        if trace_state.is_empty() && self.trace_state().is_empty() {
            return self;
        }
        self.changed(|carried| carried.trace_state = trace_state)
    }

    /// What the program sends along; empty if there is nothing.
    #[must_use]
    pub fn baggage(&self) -> &Baggage {
        self.carried.as_ref().map_or(&NO_BAGGAGE, |carried| carried.baggage())
    }

    /// The same context with this baggage instead of its own, and with the correlation id that is in it (a member
    /// `correlation.id` that cannot be one is removed).
    #[must_use]
    pub fn with_baggage(self, baggage: Baggage) -> Self {
        if baggage.is_empty() && self.carried.is_none() {
            return self;
        }
        self.changed(|carried| {
            carried.set_baggage(baggage);
        })
    }

    /// The id that follows the request, if it has one.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&CorrelationId> {
        self.carried.as_ref()?.correlation_id()
    }

    /// The same context with this correlation id, which is a member of its baggage too.
    #[must_use]
    pub fn with_correlation_id(self, id: CorrelationId) -> Self {
        self.correlated(id).0
    }

    /// As [`with_correlation_id`](Self::with_correlation_id), and how many members of baggage have made room for it.
    pub(crate) fn correlated(self, id: CorrelationId) -> (Self, usize) {
        if self.carried.is_none() {
            return (self.with_carried(Some(Arc::new(Carried::of_correlation_id(id)))), 0);
        }
        let mut dropped = 0;
        let context = self.changed(|carried| dropped = carried.set_correlation_id(id));
        (context, dropped)
    }

    /// The same context for this span: takes its sampled flag as the decision, and keeps what is carried,
    /// but drops what belongs to another trace: the trace state among it.
    #[must_use]
    pub fn with_span_context(mut self, span_context: SpanContext) -> Self {
        let same_trace = self.span_context.trace_id() == span_context.trace_id();
        self.sampling = decision_of(&span_context);
        self.span_context = span_context;
        if same_trace || self.carried.is_none() { self } else { self.changed(Carried::leave_trace) }
    }

    /// The same context with this sampling decision; see [`sampling_decision`](Self::sampling_decision).
    ///
    /// The sampled flag stays as it is.
    #[must_use]
    pub fn with_sampling_decision(mut self, decision: Option<bool>) -> Self {
        self.sampling = decision;
        self
    }

    /// The same context continued by a remote span of this trace, as a format tells that knows no random flag.
    pub(crate) fn continued(self, trace_id: TraceId, span_id: SpanId, sampling: Option<bool>) -> Self {
        // The same trace told once more, by a format that knows less, is as random as before.
        let same_trace = self.span_context.trace_id() == trace_id;
        let random = same_trace && self.span_context.trace_flags().is_random();
        let flags = TraceFlags::NONE.with_sampled(sampling == Some(true)).with_random(random);
        let span_context = SpanContext::new(trace_id, span_id, flags, true);
        self.with_span_context(span_context).with_sampling_decision(sampling)
    }

    /// What neighbours want to find again.
    pub(crate) fn pass_through(&self) -> &PassThrough {
        self.carried.as_ref().map_or(&NOTHING, |carried| &carried.pass_through)
    }

    /// The same context with what is carried changed: a copy, unless nobody shares it.
    pub(crate) fn changed(mut self, change: impl FnOnce(&mut Carried)) -> Self {
        let carried = Arc::make_mut(self.carried.get_or_insert_default());
        change(carried);
        if carried.is_empty() {
            self.carried = None;
        }
        self
    }

    /// What is carried, to be inherited by pointer.
    pub(crate) fn carried(&self) -> Option<&Arc<Carried>> {
        self.carried.as_ref()
    }

    /// What is carried, taken out.
    pub(crate) fn into_carried(self) -> Option<Arc<Carried>> {
        self.carried
    }

    /// The same context carrying this instead.
    pub(crate) fn with_carried(mut self, carried: Option<Arc<Carried>>) -> Self {
        self.carried = carried;
        self
    }
}

impl From<SpanContext> for Context {
    fn from(span_context: SpanContext) -> Self {
        Context::new(span_context)
    }
}

const fn decision_of(span_context: &SpanContext) -> Option<bool> {
    if span_context.is_valid() { Some(span_context.is_sampled()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SpanId, TraceFlags, TraceId};

    fn span(trace: u128, flags: TraceFlags) -> SpanContext {
        SpanContext::new(TraceId::from_u128(trace), SpanId::from_u64(7), flags, false)
    }

    #[test]
    fn a_new_context_carries_nothing_and_decides_by_its_flag() {
        let sampled = Context::from(span(1, TraceFlags::SAMPLED));
        assert!(sampled.is_valid() && sampled.carried().is_none() && sampled.trace_state().is_empty());
        assert_eq!(sampled.sampling_decision(), Some(true));
        assert_eq!(Context::new(span(1, TraceFlags::NONE)).sampling_decision(), Some(false));
        assert_eq!(Context::default(), Context::new(SpanContext::INVALID));
        assert_eq!(Context::default().sampling_decision(), None);
        assert_eq!(Context::default().with_sampling_decision(Some(true)).sampling_decision(), Some(true));
    }

    #[test]
    fn a_trace_state_is_shared_until_it_is_changed() {
        let state: TraceState = "a=1".parse().expect("valid");
        let first = Context::new(span(1, TraceFlags::NONE)).with_trace_state(state.clone());
        let second = first.clone();
        assert!(Arc::ptr_eq(first.carried().expect("carried"), second.carried().expect("carried")));
        let third = second.with_trace_state("b=2".parse().expect("valid"));
        assert_eq!((first.trace_state(), third.trace_state().get("b")), (&state, Some("2")));
        assert!(third.with_trace_state(TraceState::EMPTY).carried().is_none());
    }

    #[test]
    fn another_trace_does_not_inherit_the_trace_state() {
        let state: TraceState = "a=1".parse().expect("valid");
        let context = Context::new(span(1, TraceFlags::NONE)).with_trace_state(state.clone());
        let same = context.clone().with_span_context(span(1, TraceFlags::SAMPLED));
        assert_eq!((same.trace_state(), same.sampling_decision()), (&state, Some(true)));
        assert!(context.with_span_context(span(2, TraceFlags::NONE)).trace_state().is_empty());
    }
}
