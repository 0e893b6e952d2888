//! `FieldVisitor`: each value of a call, written once into a [`Draft`] in its final form.

use super::draft::{Draft, Piece, Special};
use super::exception::Exception;
use super::plan::{EVENT_ATTRIBUTES, Plan, Role, SPAN_ATTRIBUTES};
use super::text;
use crate::wire::{
    SpanKind, StatusCode, put_key_value_bool, put_key_value_bytes, put_key_value_f64, put_key_value_i64,
    put_key_value_str,
};
use std::error::Error;
use std::fmt;
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

    /// Writes one attribute under the field's own key.
    #[inline]
    fn put(&mut self, field: &Field, write: impl FnOnce(&mut Vec<u8>, u32, &str)) {
        let index = field.index();
        let Some(known) = self.plan.fields.get(index) else { return };
        self.push(index, known.key, known.search, write);
    }

    #[inline]
    fn push(&mut self, index: usize, key: &str, search: bool, write: impl FnOnce(&mut Vec<u8>, u32, &str)) {
        if search {
            self.forget(key);
            self.draft.search = true;
        }
        if self.draft.pieces.len() >= self.room {
            self.draft.dropped += 1;
            return;
        }
        write(&mut self.draft.bytes, self.tag, key);
        self.draft.pieces.push(Piece { field: index, end: self.draft.bytes.len() });
    }

    /// Takes an earlier value of a key that is declared twice out of an event; a span looks when it is applied.
    fn forget(&mut self, key: &str) {
        let twin = |piece: &Piece| self.plan.fields.get(piece.field).is_some_and(|field| field.key == key);
        let Some(at) = self.draft.pieces.iter().position(twin) else { return };
        let before = at.checked_sub(1).map_or(self.draft.start, |before| self.draft.pieces[before].end);
        let length = self.draft.pieces[at].end - before;
        self.draft.bytes.drain(before..before + length);
        self.draft.pieces.remove(at);
        self.draft.pieces[at..].iter_mut().for_each(|piece| piece.end -= length);
    }

    #[inline]
    fn text(&mut self, field: &Field, value: &str) {
        let role = self.plan.fields.get(field.index()).map_or(Role::Attribute, |known| known.role);
        match role {
            Role::Attribute => {
                let value = text::cut(value, self.value_length);
                self.put(field, |out, tag, key| put_key_value_str(out, tag, key, value));
            }
            Role::Error => {
                let special = &mut self.draft.special;
                (special.any, special.has_error) = (true, true);
                special.error.clear();
                special.error.push_str(text::cut(value, self.value_length));
            }
            role => self.draft.special.set(role, value),
        }
    }

    /// A number that OTLP has no type for.
    fn wide(&mut self, field: &Field, small: Option<i64>, value: &dyn fmt::Debug) {
        match small {
            Some(value) => self.record_i64(field, value),
            None => self.record_debug(field, value),
        }
    }

    fn exception(&mut self, exception: &Exception) {
        let event = self.tag == EVENT_ATTRIBUTES;
        for (key, value) in exception.attributes() {
            let value = text::cut(value, self.value_length);
            self.push(Piece::DYNAMIC, key, false, |out, tag, key| put_key_value_str(out, tag, key, value));
            self.draft.search |= !event;
            if event {
                let mut bytes = Vec::new();
                put_key_value_str(&mut bytes, SPAN_ATTRIBUTES, key, value);
                self.draft.special.any = true;
                self.draft.special.exception.push((key, bytes));
            }
        }
    }

    /// Whether the field is special, so that only its text counts.
    #[inline]
    fn is_special(&self, field: &Field) -> bool {
        self.plan.fields.get(field.index()).is_some_and(|known| known.role != Role::Attribute)
    }
}

impl Visit for FieldVisitor<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        match self.is_special(field) {
            true => self.record_debug(field, &value),
            false => self.put(field, |out, tag, key| put_key_value_f64(out, tag, key, value)),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        match self.is_special(field) {
            true => self.record_debug(field, &value),
            false => self.put(field, |out, tag, key| put_key_value_i64(out, tag, key, value)),
        }
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
        match self.is_special(field) {
            true => self.record_debug(field, &value),
            false => self.put(field, |out, tag, key| put_key_value_bool(out, tag, key, value)),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        let kept = &value[..value.len().min(self.value_length)];
        match self.is_special(field) {
            true => self.record_debug(field, &value),
            false => self.put(field, |out, tag, key| put_key_value_bytes(out, tag, key, kept)),
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let exception = Exception::of(value, self.value_length);
        self.text(field, exception.message());
        if !self.is_special(field) || self.draft.special.has_error {
            self.exception(&exception);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // The buffer is taken out: the value's own code may log, and so start another draft.
        let mut buffer = std::mem::take(&mut self.draft.text);
        buffer.clear();
        // Names and messages are not attributes: the limit on values does not cut them.
        let limit = if self.is_special(field) { usize::MAX } else { self.value_length };
        text::format(&mut buffer, limit, value);
        self.text(field, &buffer);
        self.draft.text = buffer;
    }
}

// === impl Special ===

impl Special {
    fn set(&mut self, role: Role, value: &str) {
        self.any = true;
        match role {
            Role::Name | Role::Message => {
                self.has_name = true;
                self.name.clear();
                self.name.push_str(value);
            }
            Role::Kind => self.kind = kind_of(value).or(self.kind),
            Role::StatusCode => self.status_code = status_of(value).or(self.status_code),
            Role::StatusDescription => {
                self.has_description = true;
                self.description.clear();
                self.description.push_str(value);
            }
            Role::Attribute | Role::Error => {}
        }
    }
}

/// `server`, `Server`, `"server"`, `SpanKind::Server`: the last word counts, in any case.
fn last_word(text: &str) -> &str {
    text.trim_matches('"').rsplit("::").next().unwrap_or_default()
}

fn kind_of(text: &str) -> Option<SpanKind> {
    let kinds = [
        ("internal", SpanKind::Internal),
        ("server", SpanKind::Server),
        ("client", SpanKind::Client),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
    ];
    let word = last_word(text);
    kinds.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, kind)| *kind)
}

fn status_of(text: &str) -> Option<StatusCode> {
    let word = last_word(text);
    let codes = [("ok", StatusCode::Ok), ("error", StatusCode::Error)];
    codes.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_codes_are_read_in_any_case_and_by_debug() {
        for text in ["server", "SERVER", "Server", "\"server\"", "SpanKind::Server"] {
            assert_eq!(kind_of(text), Some(SpanKind::Server), "{text}");
        }
        assert_eq!(kind_of("serve"), None);
        assert_eq!(status_of("OK"), Some(StatusCode::Ok));
        assert_eq!(status_of("StatusCode::Error"), Some(StatusCode::Error));
        assert_eq!(status_of("Unset"), None);
    }
}
