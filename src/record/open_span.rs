//! `OpenSpan`: what is known of a span while it is open. Lives in a slot that is used span after span.

use super::body::Body;
use super::cell::Cell;
use super::derived::Derived;
use super::plan::Plan;
use super::special::Special;
use crate::context::{Carried, Context, SpanContext, SpanId, TraceFlags, TraceId};
use crate::sampler;
use crate::wire::{SpanKind, StatusCode};
use std::sync::Arc;

/// A slot of the open spans.
#[derive(Debug)]
pub(crate) struct OpenSpan {
    /// The registry's id of the span in the slot; 0: the slot is free.
    pub(crate) id: u64,
    pub(crate) cell: &'static Cell,
    pub(crate) plan: Option<&'static Plan>,
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent: Parent,
    /// The first ancestor in this process; [`SpanId::INVALID`]: the span itself.
    pub(crate) ancestor: SpanId,
    pub(crate) flags: TraceFlags,
    pub(crate) decision: Decision,
    /// A child was started or the context was given out: the parent can change no more.
    pub(crate) fixed: bool,
    /// It is or was recorded: it has not been known from the start not to be sampled.
    pub(crate) recorded: bool,
    /// It was exported as unfinished, at shutdown: its ids go on, nothing else does.
    pub(crate) exported: bool,
    pub(crate) carried: Option<Arc<Carried>>,
    pub(crate) start_unix_nanos: u64,
    /// Overrides the callsite's name, when `renamed`.
    pub(crate) name: String,
    pub(crate) renamed: bool,
    pub(crate) kind: SpanKind,
    pub(crate) status: StatusCode,
    pub(crate) description: String,
    /// Which of its attributes errors have made.
    pub(crate) derived: Derived,
    pub(crate) body: Body,
}

/// Whether a span goes out (DESIGN D4): a local root decides late, its children inherit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Undecided,
    Sampled,
    Unsampled,
}

/// Where a span hangs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parent {
    /// The parent's span id; [`SpanId::INVALID`]: none.
    pub(crate) span_id: SpanId,
    /// The parent is in another process.
    pub(crate) remote: bool,
    /// The parent was recorded here, so this is no local root.
    pub(crate) local: bool,
    /// The decision that came with it.
    pub(crate) sampling: Option<bool>,
}

// === impl OpenSpan ===

impl OpenSpan {
    pub(crate) fn free() -> Self {
        OpenSpan {
            id: 0,
            cell: Cell::claim(),
            plan: None,
            trace_id: TraceId::INVALID,
            span_id: SpanId::INVALID,
            parent: Parent::default(),
            ancestor: SpanId::INVALID,
            flags: TraceFlags::NONE,
            decision: Decision::Undecided,
            fixed: false,
            recorded: false,
            exported: false,
            carried: None,
            start_unix_nanos: 0,
            name: String::new(),
            renamed: false,
            kind: SpanKind::Internal,
            status: StatusCode::Unset,
            description: String::new(),
            derived: Derived::default(),
            body: Body::default(),
        }
    }

    /// A copy for a forked child, with what its children there take from it. It decides for itself: to be forked while in
    /// a span hands out nothing, so the parent of that can still change in this process.
    pub(super) fn without_content(&self) -> OpenSpan {
        OpenSpan {
            plan: self.plan,
            trace_id: self.trace_id,
            span_id: self.span_id,
            parent: self.parent,
            ancestor: self.ancestor,
            flags: self.flags,
            decision: self.decision,
            carried: self.carried.clone(),
            start_unix_nanos: self.start_unix_nanos,
            ..OpenSpan::free()
        }
    }

    /// Frees the slot of a span that was never recorded for the next one: nothing else of it was touched.
    #[inline]
    pub(crate) fn clear_ids(&mut self) {
        self.cell.close();
        self.id = 0;
        self.plan = None;
        self.parent = Parent::default();
        self.ancestor = SpanId::INVALID;
        self.decision = Decision::Undecided;
        self.fixed = false;
        self.exported = false;
        if self.carried.is_some() {
            self.carried = None;
        }
    }

    /// Frees the slot for the next span, keeping buffers of up to `keep` bytes.
    #[inline]
    pub(crate) fn clear(&mut self, keep: usize) {
        self.clear_ids();
        self.recorded = false;
        self.derived = Derived::default();
        self.renamed = false;
        self.kind = SpanKind::Internal;
        self.status = StatusCode::Unset;
        for text in [&mut self.name, &mut self.description] {
            text.clear();
            if text.capacity() > keep {
                *text = String::new();
            }
        }
        self.body.clear(keep);
    }

    /// Gives up its buffers and what is in them.
    pub(crate) fn free_buffers(&mut self) {
        self.body.clear(0);
        (self.name, self.description) = (String::new(), String::new());
    }

    /// Bytes of its buffers: all of it that grows with what is recorded.
    #[inline]
    pub(crate) fn held(&self) -> usize {
        self.body.bytes.capacity() + self.name.capacity() + self.description.capacity()
    }

    /// The span id of the local root.
    pub(crate) fn local_root(&self) -> SpanId {
        if self.ancestor.is_valid() { self.ancestor } else { self.span_id }
    }

    /// The context of the span, for headers, log lines and children, once it is decided on. Fixes the parent.
    pub(crate) fn hand_out(&mut self) -> Context {
        self.fixed = true;
        let context = SpanContext::new(self.trace_id, self.span_id, self.flags, false);
        Context::new(context).with_carried(self.carried.clone())
    }

    /// Whether the trace came from elsewhere, or at least a decision on it.
    #[inline]
    pub(super) fn has_parent(&self) -> bool {
        self.parent.span_id.is_valid() || self.parent.sampling.is_some()
    }

    /// Where the trace came from, for a sampler, without what is carried.
    pub(super) fn asked_parent(&self) -> Option<Context> {
        self.has_parent().then(|| {
            let context = match self.parent.span_id.is_valid() {
                true => SpanContext::new(self.trace_id, self.parent.span_id, self.flags, self.parent.remote),
                false => SpanContext::INVALID,
            };
            Context::new(context).with_sampling_decision(self.parent.sampling)
        })
    }

    /// Notes what a sampler said, who was shown the `parent` with what it carries, or none.
    pub(super) fn settle_as(&mut self, decision: sampler::Decision, parent: bool) {
        let sampled = decision.sampled;
        self.flags = self.flags.with_sampled(sampled);
        if decision.carried.is_some() {
            self.carried = match self.carried.take() {
                // Baggage of a trace that begins here.
                Some(own) if !parent => Some(decision.carried_onto(own)),
                _ => decision.carried,
            };
        }
        self.settle(sampled);
    }

    /// Notes the decision; an unsampled span needs no body.
    #[inline]
    pub(crate) fn settle(&mut self, sampled: bool) {
        if sampled {
            self.decision = Decision::Sampled;
        } else {
            self.decision = Decision::Unsampled;
            self.cell.set_unsampled(true);
            let keep = self.body.bytes.capacity();
            self.body.clear(keep);
        }
    }

    /// Hangs the span under another context: it joins that trace, as its first span where the context names no other; or,
    /// where the context has no ids, keeps its own and takes the decision. A context of this process is followed, unless the sampler `asks` about those too.
    pub(crate) fn set_parent(&mut self, parent: &Context, asks: bool) {
        let context = parent.span_context();
        self.carried = parent.carried().cloned();
        self.decision = Decision::Undecided;
        self.recorded = true;
        self.cell.set_unsampled(false);
        self.parent = Parent { sampling: parent.sampling_decision(), ..Parent::default() };
        self.ancestor = SpanId::INVALID;
        if !context.trace_id().is_valid() {
            return;
        }
        self.trace_id = context.trace_id();
        self.flags = context.trace_flags();
        if !context.span_id().is_valid() {
            return;
        }
        self.parent.span_id = context.span_id();
        self.parent.remote = context.is_remote();
        if !context.is_remote() {
            // A span of this process, whose decision was taken when its context was given out.
            self.parent.local = true;
            if !asks {
                self.settle(context.is_sampled());
            }
        }
    }

    /// Takes the place of its parent, so that whoever is called by this span is called by that one: where nothing is
    /// recorded there is no span in between.
    #[cold]
    pub(crate) fn pass_on(&mut self) {
        self.span_id = self.parent.span_id;
        self.settle(false);
    }

    /// Notes a parent that is recorded here, and takes its decision.
    #[inline]
    pub(crate) fn hang_under(&mut self, parent: SpanId, local_root: SpanId, sampled: bool) {
        self.ancestor = local_root;
        self.parent = Parent { span_id: parent, remote: false, local: true, sampling: Some(sampled) };
        self.settle(sampled);
    }

    /// Applies what special fields said. The last word wins; Ok is final.
    pub(crate) fn apply(&mut self, special: &Special) {
        if special.has_name {
            self.renamed = true;
            self.name.clear();
            self.name.push_str(&special.name);
        }
        if let Some(kind) = special.kind {
            self.kind = kind;
        }
        match special.status_code {
            Some(StatusCode::Ok) => self.set_status(StatusCode::Ok, ""),
            Some(StatusCode::Error) if self.status != StatusCode::Error => {
                self.set_status(StatusCode::Error, "")
            }
            _ => {}
        }
        if special.has_description {
            self.set_status(StatusCode::Error, &special.description);
        }
    }

    pub(crate) fn set_status(&mut self, code: StatusCode, description: &str) {
        // Unset says nothing, and only an error has a description (OpenTelemetry trace API, "Set Status").
        if self.status == StatusCode::Ok || code == StatusCode::Unset {
            return;
        }
        self.status = code;
        self.description.clear();
        if code == StatusCode::Error {
            self.description.push_str(description);
        }
    }
}
