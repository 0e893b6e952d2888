//! `Bulk`: what our own instrumentation sets on a span, all of it under one look-up and one lock.
//!
//! The keys are ours and constant: nothing is looked for that cannot be there.

use super::draft::Draft;
use super::local::Local;
use super::plan::SPAN_ATTRIBUTES;
use super::recorder::Recorder;
use super::redaction::{Redaction, digest};
use super::text;
use crate::wire::{StatusCode, put_key_value_bool, put_key_value_i64, put_key_value_str};
use std::borrow::Cow;
use std::fmt;
use std::io::Write;

/// Attributes and a status on their way into a span.
pub(crate) struct Bulk<'a> {
    recorder: &'a Recorder,
    target: &'static str,
    draft: &'a mut Draft,
}

// === impl Bulk ===

impl Bulk<'_> {
    pub(crate) fn text(&mut self, key: &'static str, value: &str) {
        let limit = self.recorder.config.limits.value_length;
        match self.redaction(key) {
            Redaction::Keep => {
                self.put(|out| put_key_value_str(out, SPAN_ATTRIBUTES, key, text::cut(value, limit)))
            }
            Redaction::Hash => {
                let digest = digest(value.as_bytes());
                self.put(|out| put_key_value_str(out, SPAN_ATTRIBUTES, key, text::cut(&digest, limit)));
            }
            Redaction::Drop => {}
        }
    }

    pub(crate) fn optional(&mut self, key: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    pub(crate) fn number(&mut self, key: &'static str, value: i64) {
        match self.redaction(key) {
            Redaction::Keep => self.put(|out| put_key_value_i64(out, SPAN_ATTRIBUTES, key, value)),
            _ => self.text(key, &value.to_string()),
        }
    }

    pub(crate) fn truth(&mut self, key: &'static str, value: bool) {
        match self.redaction(key) {
            Redaction::Keep => self.put(|out| put_key_value_bool(out, SPAN_ATTRIBUTES, key, value)),
            _ => self.text(key, &value.to_string()),
        }
    }

    /// The span's name.
    pub(crate) fn name(&mut self, name: &str) {
        let special = &mut self.draft.special;
        (special.any, special.has_name) = (true, true);
        special.name.clear();
        special.name.push_str(name);
    }

    /// The status becomes Error, unless it is Ok; an empty description leaves the one that is there. As what an error says
    /// of itself it goes with `exception.message`.
    pub(crate) fn error(&mut self, description: &str) {
        let shown = match description {
            "" => Redaction::Keep,
            _ => self.redaction("exception.message"),
        };
        let description = match shown {
            Redaction::Keep => Cow::Borrowed(description),
            Redaction::Hash => Cow::Owned(digest(description.as_bytes())),
            Redaction::Drop => Cow::Borrowed(""),
        };
        let special = &mut self.draft.special;
        special.any = true;
        special.status_code = Some(StatusCode::Error);
        special.has_description = !description.is_empty();
        special.description.clear();
        special.description.push_str(&description);
    }

    /// A value that is text once it is shown.
    pub(crate) fn shown(&mut self, key: &'static str, value: &dyn fmt::Display) {
        let mut buffer = std::mem::take(&mut self.draft.text);
        buffer.clear();
        if write!(buffer, "{value}").is_ok() {
            self.text(key, &String::from_utf8_lossy(&buffer));
        }
        self.draft.text = buffer;
    }

    fn put(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.draft.bytes);
        self.draft.count += 1;
    }

    fn redaction(&self, key: &str) -> Redaction {
        let settings = &self.recorder.config.settings;
        match settings.redactor {
            None => Redaction::Keep,
            Some(_) => settings.redaction_of(self.target, key),
        }
    }
}

// === impl Recorder ===

impl Recorder {
    /// Adds what `fill` says to a span that has just been made. None of those keys may be there yet.
    pub(crate) fn add_new(&self, local: &Local, id: u64, fill: impl FnOnce(&mut Bulk<'_>)) {
        self.with_bulk(local, id, false, fill);
    }

    /// Adds what `fill` says; a key that is there already gets the new value.
    pub(crate) fn add(&self, local: &Local, id: u64, fill: impl FnOnce(&mut Bulk<'_>)) {
        self.with_bulk(local, id, true, fill);
    }

    fn with_bulk(&self, local: &Local, id: u64, search: bool, fill: impl FnOnce(&mut Bulk<'_>)) {
        let Some(entered) = self.locate(local, id).filter(|entered| !entered.cell.is_unsampled()) else {
            return;
        };
        let mut draft = local.draft();
        fill(&mut Bulk { recorder: self, target: entered.plan.metadata.target(), draft: &mut draft });
        draft.search = search;
        let more = draft.bytes.len() + draft.special.name.len() + draft.special.description.len();
        let limits = &self.config.limits;
        self.amend(id, entered.cell.slot(), more, |span| {
            span.body.record(entered.plan, &draft, limits);
            span.apply(&draft.special);
        });
        local.put_back(draft);
    }
}
