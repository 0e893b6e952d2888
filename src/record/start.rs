//! A span starts, and takes what is recorded on it.

use super::automatic::Block;
use super::draft::Draft;
use super::fork;
use super::local::{Entered, Local};
use super::open_span::{Decision, OpenSpan};
use super::plan::Plan;
use super::recorder::Recorder;
use super::shard::{Inner, Shards};
use super::visitor::FieldVisitor;
use crate::context::{Carried, Context, SpanId, TraceFlags, TraceId};
use std::sync::{Arc, MutexGuard};
use tracing_core::span::{Attributes, Id, Record};

/// What a span begins with.
pub(super) struct New<'a> {
    pub(super) plan: &'static Plan,
    pub(super) id: u64,
    pub(super) body: First<'a>,
    pub(super) now: u64,
    /// Where the context goes of one that is handed out at once.
    pub(super) handed_out: Option<&'a mut Option<Context>>,
}

/// What a span's body begins with.
pub(super) enum First<'a> {
    Nothing,
    /// The attributes of the thread, if they are on.
    Automatic(Option<&'a Block>),
    /// Values of the program, after so many attributes of the thread.
    Draft(&'a mut Draft, usize),
}

/// What a child takes from a parent that is recorded here.
struct Inherited {
    trace_id: TraceId,
    span_id: SpanId,
    local_root: SpanId,
    flags: TraceFlags,
    sampled: bool,
    carried: Option<Arc<Carried>>,
}

// === impl Recorder ===

impl Recorder {
    /// A span was made by the program, or by our own instrumentation, which then expects it.
    #[inline]
    pub(crate) fn start(
        self: &Arc<Self>,
        local: &Local,
        plan: &'static Plan,
        attributes: &Attributes<'_>,
        id: u64,
    ) {
        self.attend();
        match local.expected(attributes.metadata()) {
            None => self.start_usual(local, plan, attributes, id),
            Some(mut expected) => {
                self.start_expected(local, plan, attributes, id, &mut expected);
                local.expect(Some(expected));
            }
        }
    }

    #[inline]
    pub(super) fn start_usual(
        &self,
        local: &Local,
        plan: &'static Plan,
        attributes: &Attributes<'_>,
        id: u64,
    ) {
        let parent = self.parent_of(local, attributes);
        // An unsampled span is there for its ids only: its fields are not looked at, the clock is not read.
        if let Some(parent) = parent.filter(|parent| parent.cell.is_unsampled()) {
            if !self.open_unsampled(local, plan, id, parent) {
                let new = New { plan, id, body: First::Nothing, now: 0, handed_out: None };
                self.open(local, new, Some(parent));
            }
            return;
        }
        let thread = self.config.settings.automatic.thread.then(|| local.thread());
        if attributes.is_empty() {
            let now = self.now(local);
            return self.open(
                local,
                New { plan, id, body: First::Automatic(thread), now, handed_out: None },
                parent,
            );
        }
        let mut draft = local.draft();
        if let Some(thread) = thread {
            draft.bytes.extend_from_slice(&thread.bytes);
        }
        draft.start = draft.bytes.len();
        attributes.record(&mut FieldVisitor::of_span(plan, &mut draft, self.config.limits.value_length));
        let now = self.now(local);
        let body = First::Draft(&mut draft, thread.map_or(0, |thread| thread.parts.len()));
        self.open(local, New { plan, id, body, now, handed_out: None }, parent);
        local.put_back(draft);
    }

    /// The recorded span that a new one hangs under.
    #[inline]
    pub(super) fn parent_of(&self, local: &Local, attributes: &Attributes<'_>) -> Option<Entered> {
        if attributes.is_contextual() {
            self.current(local)
        } else {
            attributes.parent().and_then(|parent| self.nearest(local, parent))
        }
    }

    /// An explicit parent, or, if a filter hid it from this layer, its nearest ancestor that was recorded.
    pub(crate) fn nearest(&self, local: &Local, id: &Id) -> Option<Entered> {
        self.locate(local, id.into_u64())
            .or_else(|| self.home.find_ancestor(id, |ancestor| self.locate(local, ancestor)))
    }

    /// Opens a span under its parent. Ids are made before the lock: a generator may be the program's own.
    #[inline]
    fn open(&self, local: &Local, new: New<'_>, parent: Option<Entered>) {
        let Some(parent) = parent else {
            let (trace_id, flags) = self.new_trace_id(local);
            return self.open_with(local, new, |inner, slot| inner.begin(slot, trace_id, flags));
        };
        if Shards::index(parent.id) != Shards::index(new.id) {
            return self.open_far(local, new, parent);
        }
        let span_id = self.new_span_id(local);
        let mut guard = self.shards.of(new.id);
        let Some(slot) = guard.locate(parent.id, parent.cell.slot()) else {
            return self.open_in(guard, local, new, span_id, |inner, slot| self.orphan(local, inner, slot));
        };
        guard = self.decided(guard, slot);
        self.open_in(guard, local, new, span_id, |inner, child| match inner.locate(parent.id, slot) {
            Some(parent) => inner.inherit(child, parent),
            None => self.orphan(local, inner, child),
        });
    }

    /// Opens a span whose parent is in another shard.
    fn open_far(&self, local: &Local, new: New<'_>, parent: Entered) {
        let inherited = self.with_decided(parent.id, parent.cell.slot(), Inherited::from);
        self.open_with(local, new, |inner, slot| match inherited {
            Some(inherited) => inherited.give(&mut inner.slots[slot as usize]),
            None => self.orphan(local, inner, slot),
        });
    }

    /// A parent that is gone by now (its id was given without a handle) leaves the span a root.
    #[cold]
    fn orphan(&self, local: &Local, inner: &mut Inner, slot: u32) {
        let id = local.rng(fork::count()).trace_id();
        inner.begin(slot, id, TraceFlags::NONE.with_random(self.config.random_flag));
    }

    #[inline]
    pub(super) fn open_with(&self, local: &Local, new: New<'_>, place: impl FnOnce(&mut Inner, u32)) {
        let span_id = self.new_span_id(local);
        self.open_in(self.shards.of(new.id), local, new, span_id, place);
    }

    /// As [`open_with`](Self::open_with), under the lock of the new span's shard.
    #[inline]
    fn open_in(
        &self,
        mut guard: MutexGuard<'_, Inner>,
        local: &Local,
        new: New<'_>,
        span_id: SpanId,
        place: impl FnOnce(&mut Inner, u32),
    ) {
        let New { plan, id, body, now, handed_out } = new;
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
        place(inner, slot);
        let span = &mut inner.slots[slot as usize];
        span.plan = Some(plan);
        span.span_id = span_id;
        if self.config.passes_on {
            span.pass_on();
        }
        span.start_unix_nanos = now;
        let cell = span.cell;
        cell.open(id, local.address(), span.decision == Decision::Unsampled);
        if self.config.busy_idle {
            cell.count_busy();
        }
        if Recorder::records(span) {
            span.recorded = true;
            let before = span.held();
            match body {
                First::Draft(draft, automatic) => {
                    span.body.start(plan, draft, automatic, &self.config.limits);
                    if draft.special.any {
                        span.apply(&draft.special);
                        span.put_exception(&draft.special, &self.config.limits);
                    }
                }
                First::Automatic(Some(block)) => span.body.start_bare(block, &self.config.limits),
                First::Automatic(None) | First::Nothing => {}
            }
            let after = span.held();
            if after != before && !inner.resized(before, after, &self.spares) {
                inner.ids.remove(id);
                inner.release(slot);
                inner.counts.refused_memory += 1;
                return;
            }
        }
        if let Some(place) = handed_out {
            *place = Some(inner.slots[slot as usize].hand_out());
        }
        drop(guard);
        local.touch(Entered { instance: self.instance, tenancy: cell.tenancy(), id, cell, plan });
    }

    /// Values were recorded on an open span.
    pub(crate) fn record(&self, local: &Local, id: u64, values: &Record<'_>) {
        let Some(entered) = self.locate(local, id).filter(|entered| !entered.cell.is_unsampled()) else {
            return;
        };
        let mut draft = local.draft();
        let limits = &self.config.limits;
        values.record(&mut FieldVisitor::of_span(entered.plan, &mut draft, limits.value_length));
        let more = draft.bytes.len() + draft.special.name.len() + draft.special.description.len();
        self.amend(id, entered.cell.slot(), more, |span| {
            span.body.record(entered.plan, &draft, limits);
            span.derived.remove_all(entered.plan.declared);
            span.apply(&draft.special);
            span.put_exception(&draft.special, limits);
        });
        local.put_back(draft);
    }

    /// Adds up to `more` bytes to the body of an open span. Over the memory bound nothing is added, and the span
    /// counts a dropped attribute.
    pub(crate) fn amend(&self, id: u64, hint: u32, more: usize, f: impl FnOnce(&mut OpenSpan)) {
        let mut guard = self.shards.of(id);
        let refused = self.amend_in(&mut guard, id, hint, more, f);
        if let Some(span) = refused {
            span.body.dropped_attributes = span.body.dropped_attributes.saturating_add(1);
        }
    }

    /// As [`amend`](Self::amend), under a lock that is held. Over the memory bound the span is given back as it was.
    pub(crate) fn amend_in<'a>(
        &self,
        inner: &'a mut Inner,
        id: u64,
        hint: u32,
        more: usize,
        f: impl FnOnce(&mut OpenSpan),
    ) -> Option<&'a mut OpenSpan> {
        let span = inner.find(id, hint).filter(|span| Recorder::records(span))?;
        let (before, body) = (span.held(), span.body.bytes.capacity());
        let grows = span.body.bytes.len() + more > body;
        if grows && !inner.allows(more.max(body), &self.spares) {
            return inner.find(id, hint);
        }
        let span = inner.find(id, hint)?;
        f(span);
        let after = span.held();
        if after != before {
            inner.resized(before, after, &self.spares);
        }
        None
    }
}

// === impl Inherited ===

impl Inherited {
    /// Fixes the parent, which is decided on: it now has a child.
    #[inline]
    fn from(parent: &mut OpenSpan) -> Inherited {
        parent.fixed = true;
        Inherited {
            trace_id: parent.trace_id,
            span_id: parent.span_id,
            local_root: parent.local_root(),
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
        child.hang_under(self.span_id, self.local_root, self.sampled);
    }
}
