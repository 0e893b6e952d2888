//! What a program changes on an open span by `SpanExt`: parent, links, attributes, status, events.

use super::local::Local;
use super::open_span::Decision;
use super::plan::{EVENT_ATTRIBUTES, Role, SPAN_ATTRIBUTES};
use super::recorder::Recorder;
use super::redaction::{Redaction, digest};
use super::special::Special;
use super::text;
use crate::context::Context;
use crate::error::Error;
use crate::wire::{
    KeyValue, StatusCode, Value, put_bytes_field, put_fixed32_field, put_fixed64_field, put_key_value,
    put_string_field, put_varint_field,
};
use std::sync::atomic::Ordering;

/// The `attributes` field of `Link`.
const LINK_ATTRIBUTES: u32 = 4;
/// Fields of the OTLP `Event`.
const EVENT_TIME: u32 = 1;
const EVENT_NAME: u32 = 2;
const EVENT_DROPPED: u32 = 4;
/// The other fields of the OTLP `Link`.
const LINK_TRACE_ID: u32 = 1;
const LINK_SPAN_ID: u32 = 2;
const LINK_TRACE_STATE: u32 = 3;
const LINK_DROPPED: u32 = 5;
const LINK_FLAGS: u32 = 6;

// === impl Recorder ===

impl Recorder {
    /// Hangs an open span under another context.
    pub(crate) fn set_parent(&self, local: &Local, id: u64, parent: &Context) -> Result<(), Error> {
        let Some(entered) = self.locate(local, id) else { return Err(Error::not_recorded()) };
        if self.sampler.is_bare_ratio() && parent.is_valid() {
            self.ratio_saw_parent.store(true, Ordering::Relaxed);
        }
        let (now, asks) = (self.now(local), self.sampler.asks_local());
        // Made before the lock: a generator may be the program's own.
        let names_none = !parent.span_context().trace_id().is_valid();
        let fresh = names_none.then(|| self.new_trace_id(local));
        let outcome = self.with_span(id, entered.cell.slot(), |span| {
            if span.fixed {
                return Err(Error::too_late());
            }
            let unsampled = span.decision == Decision::Unsampled;
            // A trace is left with the parent in it.
            let left = span.parent.span_id.is_valid();
            span.set_parent(parent, asks);
            if let Some((trace_id, flags)) = fresh.filter(|_| left) {
                (span.trace_id, span.flags) = (trace_id, flags);
            }
            if self.config.passes_on {
                span.pass_on();
                return Ok(());
            }
            // A child of an unsampled span had no body, and perhaps no start; it has both from now, and what its
            // callsite declared is counted as dropped.
            if unsampled && span.decision != Decision::Unsampled {
                if span.start_unix_nanos == 0 {
                    span.start_unix_nanos = now;
                }
                if let Some(thread) = self.config.settings.automatic.thread.then(|| local.thread()) {
                    span.body.start_bare(thread, &self.config.limits);
                }
                span.body.dropped_attributes += entered.plan.fields.len() as u32;
            }
            Ok(())
        });
        outcome.unwrap_or_else(|| Err(Error::not_recorded()))
    }

    /// Links an open span to another context.
    pub(crate) fn add_link(&self, local: &Local, id: u64, to: &Context, attributes: &[KeyValue]) {
        let Some(entered) = self.locate(local, id).filter(|entered| !entered.cell.is_unsampled()) else {
            return;
        };
        let message = self.link(entered.plan.metadata.target(), to, attributes);
        self.amend(id, entered.cell.slot(), message.len() + 8, |span| {
            span.body.link(&message, &self.config.limits)
        });
    }

    /// `follows_from`: a link to a span that is still open.
    pub(crate) fn follows_from(&self, local: &Local, id: u64, follows: u64) {
        let Some(entered) = self.locate(local, follows) else { return };
        if let Some(context) = self.context_of(follows, entered.cell.slot()) {
            self.add_link(local, id, &context, &[]);
        }
    }

    /// Sets an attribute that the callsite need not have declared.
    pub(crate) fn set_attribute(&self, local: &Local, id: u64, key: &str, value: Value) {
        let Some(entered) = self.locate(local, id) else { return };
        let Some(value) = self.redacted(entered.plan.metadata.target(), key, value) else { return };
        let role = Role::of(key, true);
        if role != Role::Attribute {
            let mut special = Special::default();
            special.set(role, &text_of(&value), usize::MAX);
            let more = special.name.len() + special.description.len();
            self.amend(id, entered.cell.slot(), more, |span| span.apply(&special));
            return;
        }
        let (mut bytes, limits) = (Vec::new(), &self.config.limits);
        let value = shorten(value, limits.value_length);
        put_key_value(&mut bytes, SPAN_ATTRIBUTES, &KeyValue { key: key.to_owned(), value });
        self.amend(id, entered.cell.slot(), bytes.len(), |span| {
            span.body.set(entered.plan, key.as_bytes(), &bytes, limits);
            span.body.dynamic |= entered.plan.tail.parts.iter().any(|part| part.key == key);
            // It is the program's now.
            span.derived.remove(key);
        });
    }

    /// Adds an event that the program has put together itself.
    pub(crate) fn add_event(&self, local: &Local, id: u64, name: &str, attributes: &[KeyValue]) {
        let Some(entered) = self.locate(local, id).filter(|entered| !entered.cell.is_unsampled()) else {
            return;
        };
        let (limits, mut message) = (&self.config.limits, Vec::new());
        put_fixed64_field(&mut message, EVENT_TIME, self.now(local));
        put_string_field(&mut message, EVENT_NAME, name);
        let target = entered.plan.metadata.target();
        let dropped =
            self.put_attributes(&mut message, target, EVENT_ATTRIBUTES, attributes, limits.event_attributes);
        if dropped > 0 {
            put_varint_field(&mut message, EVENT_DROPPED, dropped as u64);
        }
        self.amend(id, entered.cell.slot(), message.len() + 8, |span| span.body.event(&message, limits));
    }

    /// Sets the status; Ok is final.
    pub(crate) fn set_status(&self, local: &Local, id: u64, code: StatusCode, description: &str) {
        let Some(entered) = self.locate(local, id) else { return };
        self.amend(id, entered.cell.slot(), description.len(), |span| span.set_status(code, description));
    }

    /// A span goes on under another id.
    pub(crate) fn rename(&self, old: u64, new: u64) {
        let mut guard = self.shards.of(old);
        let Some(slot) = guard.ids.remove(old) else { return };
        let span = guard.take(slot, &self.spares);
        drop(guard);
        let mut guard = self.shards.of(new);
        if !guard.adopt(new, span, &self.spares) {
            guard.counts.refused_memory += 1;
        }
    }

    /// The content of an OTLP `Link`.
    fn link(&self, target: &str, to: &Context, attributes: &[KeyValue]) -> Vec<u8> {
        let (context, limits, mut out) = (to.span_context(), &self.config.limits, Vec::new());
        put_bytes_field(&mut out, LINK_TRACE_ID, &context.trace_id().to_bytes());
        put_bytes_field(&mut out, LINK_SPAN_ID, &context.span_id().to_bytes());
        if !to.trace_state().is_empty() {
            put_string_field(&mut out, LINK_TRACE_STATE, &to.trace_state().to_header());
        }
        let dropped =
            self.put_attributes(&mut out, target, LINK_ATTRIBUTES, attributes, limits.link_attributes);
        if dropped > 0 {
            put_varint_field(&mut out, LINK_DROPPED, dropped as u64);
        }
        let flags =
            u32::from(context.trace_flags().to_u8()) | 0x100 | if context.is_remote() { 0x200 } else { 0 };
        put_fixed32_field(&mut out, LINK_FLAGS, flags);
        out
    }

    /// Appends attributes under a limit, the last value of each key; returns how many were dropped.
    fn put_attributes(
        &self,
        out: &mut Vec<u8>,
        target: &str,
        field: u32,
        attributes: &[KeyValue],
        most: usize,
    ) -> usize {
        let (mut kept, mut dropped) = (Vec::<(&str, Value)>::new(), 0);
        for KeyValue { key, value } in attributes {
            let Some(value) = self.redacted(target, key, value.clone()) else { continue };
            match kept.iter().position(|(known, _)| known == key) {
                Some(at) => kept[at].1 = value,
                None if kept.len() < most => kept.push((key, value)),
                None => dropped += 1,
            }
        }
        for (key, value) in kept {
            let value = shorten(value, self.config.limits.value_length);
            put_key_value(out, field, &KeyValue { key: key.to_owned(), value });
        }
        dropped
    }

    /// A value as the program lets it be exported; `None`: it does not.
    fn redacted(&self, target: &str, key: &str, value: Value) -> Option<Value> {
        match self.config.settings.redaction_of(target, key) {
            Redaction::Keep => Some(value),
            Redaction::Drop => None,
            Redaction::Hash => Some(Value::String(digest(text_of(&value).as_bytes()))),
        }
    }
}

/// What a special key takes: text, or the value as it prints.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Bytes(bytes) => format!("{bytes:?}"),
        other => format!("{other:?}"),
    }
}

/// Cuts texts and bytes at the limit; of a list each element, of a map each value.
fn shorten(value: Value, limit: usize) -> Value {
    match value {
        _ if limit == usize::MAX => value,
        Value::String(text) => Value::String(text::cut(&text, limit).to_owned()),
        Value::Bytes(mut bytes) => {
            bytes.truncate(limit);
            Value::Bytes(bytes)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| shorten(item, limit)).collect()),
        Value::Map(entries) => {
            let entries =
                entries.into_iter().map(|entry| KeyValue { value: shorten(entry.value, limit), ..entry });
            Value::Map(entries.collect())
        }
        other => other,
    }
}
