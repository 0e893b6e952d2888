//! A span starts, and takes what is recorded on it.

use super::draft::Draft;
use super::local::{Entered, Local};
use super::open_span::{Decision, OpenSpan};
use super::plan::Plan;
use super::recorder::Recorder;
use super::shard::Shards;
use super::visitor::FieldVisitor;
use crate::context::{Carried, SpanId, TraceFlags, TraceId};
use std::sync::Arc;
use tracing_core::span::{Attributes, Id, Record};

/// What a child takes from a parent that is recorded here.
struct Inherited {
    trace_id: TraceId,
    span_id: SpanId,
    flags: TraceFlags,
    sampled: bool,
    carried: Option<Arc<Carried>>,
}

// === impl Recorder ===

impl Recorder {
    /// A span was made by the program.
    pub(crate) fn start(&self, local: &Local, plan: &'static Plan, attributes: &Attributes<'_>, id: u64) {
        let parent = self.parent_of(local, attributes);
        // An unsampled span is there for its ids only: its fields are not looked at, the clock is not read.
        if parent.is_some_and(|parent| parent.cell.is_unsampled()) {
            return self.open(local, plan, id, parent, &mut Draft::default(), 0, 0);
        }
        let mut draft = local.draft();
        let mut automatic = 0;
        if self.config.settings.automatic.thread {
            let thread = local.thread();
            draft.bytes.extend_from_slice(&thread.bytes);
            automatic = thread.parts.len();
        }
        draft.start = draft.bytes.len();
        attributes.record(&mut FieldVisitor::of_span(plan, &mut draft, self.config.limits.value_length));
        let now = self.now(local);
        self.open(local, plan, id, parent, &mut draft, automatic, now);
        local.put_back(draft);
    }

    /// The recorded span that a new one hangs under.
    #[inline]
    fn parent_of(&self, local: &Local, attributes: &Attributes<'_>) -> Option<Entered> {
        if attributes.is_contextual() {
            self.current(local)
        } else {
            attributes.parent().and_then(|parent| self.nearest(local, parent))
        }
    }

    /// An explicit parent, or, if a filter hid it from this layer, its nearest ancestor that was recorded.
    fn nearest(&self, local: &Local, id: &Id) -> Option<Entered> {
        self.locate(local, id.into_u64())
            .or_else(|| self.home.ancestors(id).into_iter().find_map(|ancestor| self.locate(local, ancestor)))
    }

    #[expect(clippy::too_many_arguments, reason = "the one place where all that makes a span meets")]
    fn open(
        &self,
        local: &Local,
        plan: &'static Plan,
        id: u64,
        parent: Option<Entered>,
        draft: &mut Draft,
        automatic: usize,
        now: u64,
    ) {
        // Ids are made before the lock: a generator may be the program's own.
        let span_id = self.new_span_id(local);
        let same_shard = |parent: &Entered| Shards::index(parent.id) == Shards::index(id);
        let elsewhere = match &parent {
            Some(parent) if !same_shard(parent) => {
                let mut shard = self.shards.of(parent.id);
                shard.find(parent.id, parent.slot).map(|span| Inherited::from(span, self))
            }
            _ => None,
        };
        let root = if parent.is_none() { Some(self.new_trace_id(local)) } else { None };

        let mut guard = self.shards.of(id);
        let inner = &mut *guard;
        inner.counts.started += 1;
        if self.is_closed() {
            inner.counts.refused_shutdown += 1;
            return;
        }
        let Some(slot) = inner.open(id, &self.spares) else {
            inner.counts.refused_memory += 1;
            return;
        };
        let beside = parent.filter(same_shard).and_then(|parent| inner.locate(parent.id, parent.slot));
        match (beside, elsewhere, root) {
            (Some(parent), _, _) => inner.inherit(slot, parent, &self.config.sampler),
            (None, Some(inherited), _) => inherited.give(&mut inner.slots[slot as usize]),
            // A parent that is gone by now (its id given without a handle) leaves the span a root.
            (None, None, root) => {
                let span = &mut inner.slots[slot as usize];
                (span.trace_id, span.flags) = root.unwrap_or_else(|| self.new_trace_id(local));
            }
        }
        let span = &mut inner.slots[slot as usize];
        span.plan = Some(plan);
        span.span_id = span_id;
        span.start_unix_nanos = now;
        let cell = span.cell;
        cell.open(id, span.decision == Decision::Unsampled);
        let before = span.body.bytes.capacity();
        if Recorder::records(span) {
            span.body.start(plan, draft, automatic, &self.config.limits);
            span.apply(&draft.special);
        }
        let after = span.body.bytes.capacity();
        if after != before && !inner.resized(before, after, &self.spares) {
            inner.ids.remove(id);
            inner.release(slot);
            inner.counts.refused_memory += 1;
            return;
        }
        drop(guard);
        local.touch(Entered { instance: self.instance, slot, id, cell, plan });
    }

    /// Values were recorded on an open span.
    pub(crate) fn record(&self, local: &Local, id: u64, values: &Record<'_>) {
        let Some(entered) = self.locate(local, id).filter(|entered| !entered.cell.is_unsampled()) else {
            return;
        };
        let mut draft = local.draft();
        let limits = &self.config.limits;
        values.record(&mut FieldVisitor::of_span(entered.plan, &mut draft, limits.value_length));
        self.amend(id, entered.slot, draft.bytes.len(), |span| {
            span.body.record(entered.plan, &draft, limits);
            span.apply(&draft.special);
        });
        local.put_back(draft);
    }

    /// Adds up to `more` bytes to the body of an open span. Over the memory bound nothing is added, and the span
    /// counts a dropped attribute.
    pub(crate) fn amend(&self, id: u64, hint: u32, more: usize, f: impl FnOnce(&mut OpenSpan)) -> bool {
        let mut guard = self.shards.of(id);
        let inner = &mut *guard;
        let Some(span) = inner.find(id, hint) else { return false };
        if !Recorder::records(span) {
            return true;
        }
        let before = span.body.bytes.capacity();
        let grows = span.body.bytes.len() + more > before;
        if grows && !inner.allows(more.max(before), &self.spares) {
            if let Some(span) = inner.find(id, hint) {
                span.body.dropped_attributes = span.body.dropped_attributes.saturating_add(1);
            }
            return true;
        }
        let Some(span) = inner.find(id, hint) else { return false };
        f(span);
        let after = span.body.bytes.capacity();
        if after != before {
            inner.resized(before, after, &self.spares);
        }
        true
    }
}

// === impl Inherited ===

impl Inherited {
    /// Fixes the parent: it now has a child.
    #[inline]
    fn from(parent: &mut OpenSpan, recorder: &Recorder) -> Inherited {
        parent.fixed = true;
        parent.decide(&recorder.config.sampler);
        Inherited {
            trace_id: parent.trace_id,
            span_id: parent.span_id,
            flags: parent.flags,
            sampled: parent.decision == Decision::Sampled,
            carried: parent.carried.clone(),
        }
    }

    #[inline]
    fn give(self, child: &mut OpenSpan) {
        child.trace_id = self.trace_id;
        child.flags = self.flags;
        child.carried = self.carried;
        child.hang_under(self.span_id, self.sampled);
    }
}
