//! An event is added to the span that it happened in.

use super::automatic::Block;
use super::draft::Draft;
use super::exception::type_of;
use super::local::{Entered, Local};
use super::open_span::OpenSpan;
use super::plan::{EVENT_ATTRIBUTES, Plan};
use super::recorder::Recorder;
use super::visitor::FieldVisitor;
use crate::wire::{StatusCode, put_key_value_str, put_string_field, put_varint_field};
use tracing_core::{Event, Level};

/// Fields of the OTLP `Event`.
const TIME: u8 = 1 << 3 | 1;
const NAME: u32 = 2;
const DROPPED_ATTRIBUTES: u32 = 4;
/// The name of an event that is an error (semantic conventions, "Exceptions in spans").
const EXCEPTION: &str = "exception";

// === impl Recorder ===

impl Recorder {
    /// The program logged an event. Outside a span it is a log line only.
    pub(crate) fn event(&self, local: &Local, event: &Event<'_>) {
        let Some(entered) = self.span_of(local, event).filter(|entered| !entered.cell.is_unsampled()) else {
            return;
        };
        let plan = self.plan(local, event.metadata());
        if !plan.enabled {
            return;
        }
        let mut draft = local.draft();
        self.encode(local, plan, event, &mut draft);
        self.add_event(entered, plan, &draft);
        local.put_back(draft);
    }

    #[inline]
    fn span_of(&self, local: &Local, event: &Event<'_>) -> Option<Entered> {
        match event.is_contextual() {
            true => self.current(local),
            false => event.parent().and_then(|id| self.nearest(local, id)),
        }
    }

    /// Writes the event's whole message into the draft.
    fn encode(&self, local: &Local, plan: &'static Plan, event: &Event<'_>, draft: &mut Draft) {
        let limits = &self.config.limits;
        draft.bytes.push(TIME);
        draft.bytes.extend_from_slice(&self.now(local).to_le_bytes());
        let head = put_block(draft, &plan.head, limits.event_attributes);
        draft.start = draft.bytes.len();
        let room = limits.event_attributes - head;
        event.record(&mut FieldVisitor::of_event(plan, draft, room, limits.value_length));
        if draft.special.has_error {
            put_error(draft, room);
        }
        put_tail(draft, plan, room.saturating_sub(draft.count));
        if draft.dropped > 0 {
            put_varint_field(&mut draft.bytes, DROPPED_ATTRIBUTES, u64::from(draft.dropped));
        }
    }

    fn add_event(&self, entered: Entered, plan: &Plan, draft: &Draft) {
        let mut guard = self.shards.of(entered.id);
        let inner = &mut *guard;
        let Some(span) = inner.find(entered.id, entered.cell.slot()).filter(|span| Recorder::records(span))
        else {
            return;
        };
        let before = span.held();
        span.note_failure(plan, draft);
        let (noted, limits) = (span.held(), &self.config.limits);
        let (length, body) = (span.body.bytes.len(), span.body.bytes.capacity());
        if noted != before {
            inner.resized(before, noted, &self.spares);
        }
        if length + draft.bytes.len() + 8 > body && !inner.allows(body + draft.bytes.len(), &self.spares) {
            if let Some(span) = inner.find(entered.id, entered.cell.slot()) {
                span.body.dropped_events = span.body.dropped_events.saturating_add(1);
            }
            return;
        }
        let Some(span) = inner.find(entered.id, entered.cell.slot()) else { return };
        span.body.event(&draft.bytes, limits);
        for (key, bytes) in &draft.special.exception {
            if let Some(plan) = span.plan {
                span.body.set(plan, key.as_bytes(), bytes, limits);
            }
        }
        let after = span.held();
        if after != noted {
            inner.resized(noted, after, &self.spares);
        }
    }
}

// === impl OpenSpan ===

impl OpenSpan {
    /// What an event says of its span: an error without a message is its failure; so is an event at ERROR, if
    /// nothing else has been said.
    #[inline]
    fn note_failure(&mut self, plan: &Plan, draft: &Draft) {
        if draft.special.has_error && !draft.special.has_name {
            self.set_status(StatusCode::Error, &draft.special.error);
        } else if *plan.metadata.level() == Level::ERROR && self.status == StatusCode::Unset {
            self.set_status(StatusCode::Error, "");
        }
    }
}

/// Copies automatic attributes as far as there is room; returns how many were copied.
#[inline]
fn put_block(draft: &mut Draft, block: &Block, room: usize) -> usize {
    if block.parts.len() <= room {
        draft.bytes.extend_from_slice(&block.bytes);
        return block.parts.len();
    }
    let end = room.checked_sub(1).map_or(0, |last| block.parts[last].end);
    draft.bytes.extend_from_slice(&block.bytes[..end]);
    draft.dropped += (block.parts.len() - room) as u32;
    room
}

/// Writes the name, and the attributes that come after the fields as far as there is room.
#[inline]
fn put_tail(draft: &mut Draft, plan: &Plan, room: usize) {
    let (tail, special) = (&plan.tail, &draft.special);
    if !special.any && tail.parts.len() <= room {
        draft.bytes.extend_from_slice(&tail.bytes);
        return;
    }
    match special.has_name {
        true => put_string_field(&mut draft.bytes, NAME, &special.name),
        false if special.has_error => put_string_field(&mut draft.bytes, NAME, EXCEPTION),
        false => draft.bytes.extend_from_slice(&tail.bytes[..tail.start]),
    }
    let fits = tail.parts.len().min(room);
    let end = fits.checked_sub(1).map_or(tail.start, |last| tail.parts[last].end);
    draft.bytes.extend_from_slice(&tail.bytes[tail.start..end]);
    draft.dropped += (tail.parts.len() - fits) as u32;
}

/// Writes the field `error`: as itself beside a message or a typed error, else as the exception's message.
fn put_error(draft: &mut Draft, room: usize) {
    let error = std::mem::take(&mut draft.special.error);
    if draft.special.has_name || !draft.special.exception.is_empty() {
        put_late(draft, room, "error", &error);
    } else {
        put_late(draft, room, "exception.message", &error);
        let derived = error.contains(['(', '{']);
        if let Some(kind) = type_of(&error, "").filter(|_| derived) {
            let kind = kind.to_owned();
            put_late(draft, room, "exception.type", &kind);
        }
    }
    draft.special.error = error;
}

fn put_late(draft: &mut Draft, room: usize, key: &str, value: &str) {
    if draft.count >= room {
        draft.dropped += 1;
        return;
    }
    put_key_value_str(&mut draft.bytes, EVENT_ATTRIBUTES, key, value);
    draft.count += 1;
}
