//! `FieldVisitor`: each value of a call, written once into a [`Draft`] in its final form.

use super::body::{bit, find_attribute};
use super::draft::Draft;
use super::exception::Exception;
use super::plan::{EVENT_ATTRIBUTES, FieldPlan, Plan, Role, SPAN_ATTRIBUTES};
use super::redaction::{Redaction, digest};
use super::text;
use crate::wire::{Key, put_key_value_str};
use std::error::Error;
use std::fmt;
use std::io::Write;
use tracing_core::field::{Field, Visit};

/// Visits the values of one callsite.
pub(crate) struct FieldVisitor<'a> {
    pub(crate) plan: &'static Plan,
    pub(crate) draft: &'a mut Draft,
    /// The `attributes` field of the message that the values go into.
    tag: u32,
    /// Attributes that still fit; more are dropped and counted. Spans count when the draft is applied.
    room: usize,
    value_length: usize,
}

// === impl FieldVisitor ===

impl<'a> FieldVisitor<'a> {
    pub(crate) fn of_span(plan: &'static Plan, draft: &'a mut Draft, value_length: usize) -> Self {
        FieldVisitor { plan, draft, tag: SPAN_ATTRIBUTES, room: usize::MAX, value_length }
    }

    pub(crate) fn of_event(
        plan: &'static Plan,
        draft: &'a mut Draft,
        room: usize,
        value_length: usize,
    ) -> Self {
        FieldVisitor { plan, draft, tag: EVENT_ATTRIBUTES, room, value_length }
    }

    /// Writes one attribute under the field's own key; a field that is special takes its text instead.
    #[inline]
    fn put(
        &mut self,
        field: &Field,
        text: impl FnOnce(Role, &mut Vec<u8>) -> bool,
        write: impl FnOnce(&Key, &mut Vec<u8>, usize),
    ) {
        let index = field.index();
        let Some(known) = self.plan.fields.get(index) else { return };
        if known.redaction != Redaction::Keep {
            return self.redacted(field, known, text);
        }
        if known.role != Role::Attribute && self.special(known.role, text) {
            return;
        }
        if self.has_room(index, known) {
            write(&known.key, &mut self.draft.bytes, self.value_length);
        }
    }

    /// A value that the program does not want to be exported as it is.
    #[cold]
    fn redacted(&mut self, field: &Field, known: &FieldPlan, text: impl FnOnce(Role, &mut Vec<u8>) -> bool) {
        if known.redaction == Redaction::Drop || known.role == Role::Origin {
            if known.role == Role::Message {
                self.draft.special.hide_message();
            }
            return;
        }
        let mut buffer = Vec::new();
        let special = text(known.role, &mut buffer) && known.role != Role::Attribute;
        let digest = digest(&buffer);
        if special {
            self.draft.special.set(known.role, &digest, self.value_length);
        } else if self.has_room(field.index(), known) {
            known.key.put_str(&mut self.draft.bytes, text::cut(&digest, self.value_length));
        }
    }

    /// Whether one more attribute fits; it is counted, and an earlier value of its key is taken out.
    #[inline]
    fn has_room(&mut self, index: usize, known: &FieldPlan) -> bool {
        if known.search {
            self.forget(known.key.name());
        }
        if self.draft.count >= self.room {
            self.draft.dropped += 1;
            return false;
        }
        self.draft.count += 1;
        self.draft.seen |= bit(index);
        true
    }

    /// Takes an earlier value of a key that is declared twice out of the draft.
    #[cold]
    fn forget(&mut self, key: &str) {
        self.draft.search = true;
        if let Some((start, end)) = find_attribute(&self.draft.bytes, self.draft.start, self.tag, key) {
            self.draft.bytes.drain(start..end);
            self.draft.count -= 1;
        }
    }

    /// Takes the text of a special field; `false` if the value has none there. The buffer is taken out meanwhile: the
    /// value's own code may run.
    fn special(&mut self, role: Role, text: impl FnOnce(Role, &mut Vec<u8>) -> bool) -> bool {
        if role == Role::Origin {
            return true;
        }
        let mut buffer = std::mem::take(&mut self.draft.text);
        buffer.clear();
        let has_text = text(role, &mut buffer);
        if has_text {
            // Only whole strings were written: nothing is replaced, and so nothing allocated.
            self.draft.special.set(role, &String::from_utf8_lossy(&buffer), self.value_length);
        }
        self.draft.text = buffer;
        has_text
    }

    /// A number that OTLP has no type for.
    fn wide(&mut self, field: &Field, small: Option<i64>, value: &dyn fmt::Debug) {
        match small {
            Some(value) => self.record_i64(field, value),
            None => self.record_debug(field, value),
        }
    }

    /// `exception.*` attributes; those of an event are set on its span too.
    fn exception(&mut self, exception: &Exception) {
        let (event, plan) = (self.tag == EVENT_ATTRIBUTES, self.plan);
        for (key, value) in exception.attributes() {
            // Of an event only: nobody reads, or clears, the type of an error that a span begins with.
            if event && key == "exception.type" {
                self.draft.special.set_error_type(plan, text::cut(value, self.value_length));
            }
            let Some(value) = plan.derived(key, value) else { continue };
            let value = text::cut(&value, self.value_length);
            self.put_derived(key, value);
            if event {
                self.put_on_span(key, value);
            }
        }
    }

    /// An attribute that an error makes. A field of the program's own with that key wins.
    fn put_derived(&mut self, key: &'static str, value: &str) {
        if self.plan.fields.iter().any(|field| field.key.name() == key) {
            if self.tag == SPAN_ATTRIBUTES {
                // Whether there is such a value only the span knows.
                return self.put_on_span(key, value);
            }
            if find_attribute(&self.draft.bytes, self.draft.start, self.tag, key).is_some() {
                return;
            }
        }
        if self.tag == SPAN_ATTRIBUTES {
            self.draft.special.any = true;
            self.draft.special.derived.add(key);
        }
        self.forget(key);
        if self.draft.count >= self.room {
            self.draft.dropped += 1;
        } else {
            put_key_value_str(&mut self.draft.bytes, self.tag, key, value);
            self.draft.count += 1;
        }
    }

    fn put_on_span(&mut self, key: &'static str, value: &str) {
        let mut bytes = Vec::new();
        put_key_value_str(&mut bytes, SPAN_ATTRIBUTES, key, value);
        self.draft.special.any = true;
        self.draft.special.exception.push((key, bytes));
    }
}

impl Visit for FieldVisitor<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, |role, out| plain(role, value, out), |key, out, _| key.put_f64(out, value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, |role, out| plain(role, value, out), |key, out, _| key.put_i64(out, value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.wide(field, i64::try_from(value).ok(), &value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.wide(field, i64::try_from(value).ok(), &value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.wide(field, i64::try_from(value).ok(), &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, |role, out| plain(role, value, out), |key, out, _| key.put_bool(out, value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(
            field,
            |_, out| {
                out.extend_from_slice(value.as_bytes());
                true
            },
            |key, out, limit| key.put_str(out, text::cut(value, limit)),
        );
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.put(
            field,
            |_, out| {
                text::format(out, usize::MAX, &value);
                true
            },
            |key, out, limit| key.put_bytes(out, &value[..value.len().min(limit)]),
        );
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let exception = Exception::of(value, self.value_length);
        let known = self.plan.fields.get(field.index());
        let kept = known.is_some_and(|known| known.redaction == Redaction::Keep);
        self.record_str(field, exception.message());
        if kept
            && matches!(known.map(|known| known.role), Some(Role::Attribute | Role::Error | Role::Message))
        {
            self.exception(&exception);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Names and messages are not attributes: the limit on values does not cut them.
        self.put(
            field,
            |_, out| {
                text::format(out, usize::MAX, value);
                true
            },
            |key, out, limit| key.put_text(out, |out| text::format(out, limit, value)),
        );
    }
}

/// The text of a number or truth value, and whether it has a meaning; as `error` it is an attribute like any other: it
/// says that there was one, not what it was.
fn plain(role: Role, value: impl fmt::Display, out: &mut Vec<u8>) -> bool {
    write!(out, "{value}").is_ok() && role != Role::Error
}
