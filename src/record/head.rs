//! The head decision (DESIGN D4): taken once, when a trace is first needed.
//!
//! A sampler that only computes is asked under the lock that its span is behind. One that may call the program (a sampler of
//! its own, or its clock) is asked about a copy of what is known, with no lock held; its answer counts if nobody else has
//! settled the span in between.

use super::local;
use super::open_span::{Decision, OpenSpan};
use super::recorder::Recorder;
use super::shard::Inner;
use crate::clock::{self, LineCache};
use crate::context::{Context, TraceId};
use crate::record::caught;
use crate::sampler::{self, Sampler, SamplingParams, Seen};
use crate::wire::SpanKind;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

/// What is known of an open span; its texts are in a draft.
struct Question {
    id: u64,
    tenancy: u32,
    trace_id: TraceId,
    parent: Option<Context>,
    target: &'static str,
    kind: SpanKind,
}

// === impl Recorder ===

impl Recorder {
    /// Takes the head decision of an open span, if it is still open. The lock is let go where the program is asked: then
    /// the span may be gone from its slot afterwards. Where the program, being asked, asks in turn, it stays undecided.
    #[inline]
    pub(super) fn decided<'a>(&'a self, inner: MutexGuard<'a, Inner>, slot: u32) -> MutexGuard<'a, Inner> {
        match inner.slots[slot as usize].decision {
            Decision::Undecided => self.decide(inner, slot),
            _ => inner,
        }
    }

    fn decide<'a>(&'a self, mut guard: MutexGuard<'a, Inner>, slot: u32) -> MutexGuard<'a, Inner> {
        let inner = &mut *guard;
        inner.head.keep_up(&self.sampler);
        if inner.head.calls_out {
            return self.decide_outside(guard, slot);
        }
        inner.slots[slot as usize].decide_by(&inner.head.sampler, &|| self.time());
        guard
    }

    #[cold]
    fn decide_outside<'a>(&'a self, mut guard: MutexGuard<'a, Inner>, slot: u32) -> MutexGuard<'a, Inner> {
        if local::with(local::Local::is_sampling).unwrap_or_default() {
            return guard;
        }
        let sampler = guard.head.sampler.clone();
        let span = &mut guard.slots[slot as usize];
        // What is asked about must not change meanwhile.
        span.fixed = true;
        let mut draft = local::with(local::Local::draft).unwrap_or_default();
        let question = Question::of(span);
        let seen = span.seen();
        draft.bytes.extend_from_slice(seen.body);
        draft.special.any = true;
        draft.special.name.push_str(seen.name);
        drop(guard);
        let Question { id, target, kind, .. } = question;
        let seen = Seen { name: &draft.special.name, target, kind, body: &draft.bytes };
        let decision = self.ask(&sampler, question.trace_id, question.parent.as_ref(), seen);
        local::with(|local| local.put_back(draft));
        drop(sampler);
        let mut guard = self.shards.of(id);
        let span = guard.slots.get_mut(slot as usize);
        if let Some(span) = span.filter(|span| question.is_about(span)) {
            span.settle_as(decision, question.parent.is_some());
        }
        guard
    }

    /// What the sampler says of a span that is not open yet; no lock may be held. `id` is what it will have.
    pub(super) fn decision_on(
        &self,
        id: u64,
        trace_id: TraceId,
        parent: Option<&Context>,
        seen: Seen<'_>,
    ) -> sampler::Decision {
        let mut guard = self.shards.of(id);
        guard.head.keep_up(&self.sampler);
        if !guard.head.calls_out {
            return guard.head.sampler.decide(&SamplingParams::new(trace_id, parent, seen, &|| self.time()));
        }
        let sampler = guard.head.sampler.clone();
        drop(guard);
        self.ask(&sampler, trace_id, parent, seen)
    }

    /// Asks the program. Where it panics the caller's decision holds; without one the trace is sampled.
    fn ask(
        &self,
        sampler: &Sampler,
        trace_id: TraceId,
        parent: Option<&Context>,
        seen: Seen<'_>,
    ) -> sampler::Decision {
        let now = || self.time();
        let params = SamplingParams::new(trace_id, parent, seen, &now);
        let asked = || caught::caught(|| sampler.decide(&params));
        let answer = local::with(|local| local.sampling(asked)).unwrap_or_else(asked);
        answer.unwrap_or_else(|| {
            self.sampler_panicked.store(true, Ordering::Relaxed);
            Sampler::default().decide(&params)
        })
    }

    /// Decides on a span that is done with as the caller did, where nobody else may be asked; else it is sampled.
    #[cold]
    pub(super) fn decide_in_doubt(&self, span: &mut OpenSpan) {
        span.decide_by(&Sampler::default(), &|| 0);
    }

    /// The time, wherever the thread is. A clock of the program's own is asked only where it may be.
    fn time(&self) -> u64 {
        local::with(|local| self.now(local)).unwrap_or_else(|| clock::now(&LineCache::new()))
    }
}

// === impl OpenSpan ===

impl OpenSpan {
    /// What a sampler may look at.
    fn seen(&self) -> Seen<'_> {
        let metadata = self.plan.map(|plan| plan.metadata);
        Seen {
            name: if self.renamed { &self.name } else { metadata.map_or("", |it| it.name()) },
            target: metadata.map_or("", |it| it.target()),
            kind: self.kind,
            body: &self.body.bytes,
        }
    }

    /// Asks a sampler that calls nobody.
    fn decide_by(&mut self, sampler: &Sampler, now: &dyn Fn() -> u64) {
        let carried = if self.has_parent() { self.carried.take() } else { None };
        let parent = self.asked_parent().map(|parent| parent.with_carried(carried));
        let params = SamplingParams::new(self.trace_id, parent.as_ref(), self.seen(), now);
        let decision = sampler.decide(&params);
        if let Some(parent) = parent {
            self.carried = parent.into_carried();
            return self.settle_as(decision, true);
        }
        self.settle_as(decision, false);
    }
}

// === impl Question ===

impl Question {
    fn of(span: &OpenSpan) -> Question {
        Question {
            id: span.id,
            tenancy: span.cell.tenancy(),
            trace_id: span.trace_id,
            parent: span.asked_parent().map(|parent| parent.with_carried(span.carried.clone())),
            target: span.plan.map_or("", |plan| plan.metadata.target()),
            kind: span.kind,
        }
    }

    fn is_about(&self, span: &OpenSpan) -> bool {
        span.decision == Decision::Undecided && span.cell.is_of(self.id, self.tenancy)
    }
}
