//! A span of our own instrumentation, whose parent is known before it is made: one in a header, usually.
//!
//! `tracing` has no place for it. It waits in the thread's state while the span is made, so that fields are not looked at
//! in vain if the decision is not to sample, and nothing has to be looked up again.

use super::draft::Draft;
use super::local::{self, Local};
use super::plan::Plan;
use super::recorder::Recorder;
use super::start::{First, New};
use super::visitor::FieldVisitor;
use crate::context::{Context, SpanContext, TraceId};
use crate::sampler::{Decision, Seen};
use crate::wire::SpanKind;
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
        let named = |context: &SpanContext| context.trace_id().is_valid();
        let (trace_id, flags) = match remote.map(Context::span_context).filter(named) {
            Some(parent) => (parent.trace_id(), parent.trace_flags()),
            None => self.new_trace_id(local),
        };
        if remote.is_some_and(Context::is_valid) && self.sampler.is_bare_ratio() {
            self.ratio_saw_parent.store(true, Ordering::Relaxed);
        }
        let mut draft = local.draft();
        let looks = self.sampler.looks();
        if looks {
            self.draft_start(local, plan, attributes, &mut draft);
        }
        let decision = self.decision_before(id, trace_id, remote, plan, &draft);
        let automatic = if self.config.settings.automatic.thread { local.thread().parts.len() } else { 0 };
        let (body, now) = match &decision {
            Some(decision) if decision.sampled => {
                if !looks {
                    self.draft_start(local, plan, attributes, &mut draft);
                }
                (First::Draft(&mut draft, automatic), self.now(local))
            }
            _ => (First::Nothing, 0),
        };
        let mut handed_out = None;
        let new = New { plan, id, body, now, handed_out: Some(&mut handed_out) };
        self.open_with(local, new, |inner, slot| {
            inner.begin(slot, trace_id, flags);
            let span = &mut inner.slots[slot as usize];
            if let Some(remote) = remote {
                span.set_parent(remote, self.sampler.asks_local());
            }
            if let Some(decision) = decision {
                let has_parent = span.has_parent();
                span.settle_as(decision, has_parent);
            }
        });
        local.put_back(draft);
        handed_out
    }

    /// Encodes what the span begins with.
    fn draft_start(
        &self,
        local: &Local,
        plan: &'static Plan,
        attributes: &Attributes<'_>,
        draft: &mut Draft,
    ) {
        if self.config.settings.automatic.thread {
            draft.bytes.extend_from_slice(&local.thread().bytes);
        }
        draft.start = draft.bytes.len();
        attributes.record(&mut FieldVisitor::of_span(plan, draft, self.config.limits.value_length));
    }

    /// The head decision, before the span is there; `None` where nothing is recorded and nobody decides.
    fn decision_before(
        &self,
        id: u64,
        trace_id: TraceId,
        remote: Option<&Context>,
        plan: &'static Plan,
        draft: &Draft,
    ) -> Option<Decision> {
        if self.config.passes_on {
            return None;
        }
        let parent = remote.filter(|remote| remote.is_valid() || remote.sampling_decision().is_some());
        // A context of this process is followed, as where one is set as the parent later.
        let context = parent.map(Context::span_context).filter(SpanContext::is_valid);
        if let Some(local) = context.filter(|it| !it.is_remote() && !self.sampler.asks_local()) {
            return Some(Decision { sampled: local.is_sampled(), carried: None });
        }
        let (metadata, special) = (plan.metadata, &draft.special);
        let seen = Seen {
            name: if special.has_name { &special.name } else { metadata.name() },
            target: metadata.target(),
            kind: special.kind.unwrap_or(SpanKind::Internal),
            body: &draft.bytes,
        };
        Some(self.decision_on(id, trace_id, parent, seen))
    }
}
