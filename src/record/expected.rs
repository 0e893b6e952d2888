//! A span of our own instrumentation, whose parent is known before it is made: one in a header, usually.
//!
//! `tracing` has no place for it. It waits in the thread's state while the span is made, so that fields are not looked at
//! in vain if the decision is not to sample, and nothing has to be looked up again.

use super::local::{self, Local};
use super::plan::Plan;
use super::recorder::Recorder;
use super::start::{First, New};
use super::visitor::FieldVisitor;
use crate::context::{Context, SpanContext};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tracing::Span;
use tracing_core::Metadata;
use tracing_core::span::Attributes;

/// What a thread knows of the span that it is about to make.
#[derive(Default)]
pub(crate) struct Expected {
    /// The span's target. While it is made another layer may make spans of its own.
    target: &'static str,
    /// The parent, if it is elsewhere and the span is made as a root.
    remote: Option<Context>,
    made: Option<Made>,
}

/// A span that is recorded.
pub(crate) struct Made {
    /// Its context: handed out.
    pub(crate) context: Context,
    pub(crate) recorder: Arc<Recorder>,
}

/// Makes a span with this target. With a `remote` context, `make` has to make it a root. `None` if it is not recorded.
pub(crate) fn make(
    target: &'static str,
    remote: Option<Context>,
    make: impl FnOnce() -> Span,
) -> (Span, Option<Made>) {
    let expected = Expected { target, remote, made: None };
    if local::with(|local| local.expect(Some(expected))).is_none() {
        return (make(), None);
    }
    let span = make();
    let expected = local::with(|local| local.expect(None)).flatten();
    (span, expected.and_then(|expected| expected.made))
}

// === impl Expected ===

impl Expected {
    pub(crate) fn is(&self, metadata: &Metadata<'_>) -> bool {
        self.target == metadata.target()
    }
}

// === impl Recorder ===

impl Recorder {
    /// The span that is expected was made. Of several recorders the first to know tells its context.
    #[cold]
    pub(super) fn start_expected(
        self: &Arc<Self>,
        local: &Local,
        plan: &'static Plan,
        attributes: &Attributes<'_>,
        id: u64,
        expected: &mut Expected,
    ) {
        let context = match attributes.is_root() || self.parent_of(local, attributes).is_none() {
            true => self.start_under(local, plan, attributes, id, expected.remote.as_ref()),
            false => {
                self.start_usual(local, plan, attributes, id);
                self.locate(local, id).and_then(|entered| self.context_of(id, entered.cell.slot()))
            }
        };
        let made = context.map(|context| Made { context, recorder: Arc::clone(self) });
        expected.made = expected.made.take().or(made);
    }

    /// Starts a root, or a span whose parent is elsewhere; hands its context out.
    fn start_under(
        &self,
        local: &Local,
        plan: &'static Plan,
        attributes: &Attributes<'_>,
        id: u64,
        remote: Option<&Context>,
    ) -> Option<Context> {
        let (trace_id, flags) = match remote.map(Context::span_context).filter(SpanContext::is_valid) {
            Some(parent) => (parent.trace_id(), parent.trace_flags()),
            None => self.new_trace_id(local),
        };
        if remote.is_some_and(Context::is_valid) && self.config.sampler.is_bare_ratio() {
            self.ratio_saw_parent.store(true, Ordering::Relaxed);
        }
        let decides = |remote: &&Context| remote.is_valid() || remote.sampling_decision().is_some();
        let decision = self.config.sampler.decide(remote.filter(decides), trace_id);
        // Of a span that is not sampled nothing is looked at.
        let mut draft = decision.sampled.then(|| local.draft());
        let (body, now) = match &mut draft {
            None => (First::Nothing, 0),
            Some(draft) => {
                let thread = self.config.settings.automatic.thread.then(|| local.thread());
                if let Some(thread) = thread {
                    draft.bytes.extend_from_slice(&thread.bytes);
                }
                draft.start = draft.bytes.len();
                let limit = self.config.limits.value_length;
                attributes.record(&mut FieldVisitor::of_span(plan, draft, limit));
                (First::Draft(draft, thread.map_or(0, |thread| thread.parts.len())), self.now(local))
            }
        };
        let mut handed_out = None;
        let new = New { plan, id, body, now, handed_out: Some(&mut handed_out) };
        self.open_with(local, new, |inner, slot| {
            inner.begin(slot, trace_id, flags);
            let span = &mut inner.slots[slot as usize];
            if let Some(remote) = remote {
                span.set_parent(remote);
            }
            span.take(decision);
        });
        if let Some(draft) = draft {
            local.put_back(draft);
        }
        handed_out
    }
}
