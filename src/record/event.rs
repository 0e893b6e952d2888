//! An event is added to the span that it happened in, becomes a log record, or both.

use super::automatic::Block;
use super::body::find_attribute;
use super::derived::KEYS;
use super::draft::Draft;
use super::exception::type_of;
use super::limits::Limits;
use super::local::{Entered, Local};
use super::open_span::OpenSpan;
use super::origin::{Origin, origin_of};
use super::plan::{EVENT_ATTRIBUTES, Plan, SPAN_ATTRIBUTES};
use super::recorder::Recorder;
use super::special::Special;
use super::visitor::FieldVisitor;
use crate::wire::{StatusCode, put_key_value_str, put_string_field, put_varint_field};
use std::borrow::Cow;
use tracing_core::{Event, Level};

/// Fields of the OTLP `Event`.
const TIME: u8 = 1 << 3 | 1;
const NAME: u32 = 2;
const DROPPED_ATTRIBUTES: u32 = 4;
/// The name of an event that is an error (semantic conventions, "Exceptions in spans").
const EXCEPTION: &str = "exception";
/// What a failed span failed of (semantic conventions, "error.type").
const ERROR_TYPE: &str = "error.type";

/// An event that happens.
pub(super) struct Occurrence<'a> {
    pub(super) plan: &'static Plan,
    /// Of a record of the `log` crate: where it comes from.
    pub(super) elsewhere: Option<&'a Elsewhere<'a>>,
    pub(super) now: u64,
    /// It is added to its span.
    pub(super) in_span: bool,
    /// It is for the flight recorder.
    pub(super) verbose: bool,
}

/// Where it happens.
struct Place {
    entered: Option<Entered>,
    /// Whether that span is recorded.
    recorded: bool,
}

/// What stands in for the callsite of a record of the `log` crate, and what that makes of its automatic attributes.
pub(super) struct Elsewhere<'a> {
    pub(super) origin: Origin<'a>,
    head: Block,
    /// With the callsite's name before it, as a plan's.
    pub(super) tail: Block,
    wanted: bool,
    verbose: bool,
}

// === impl Recorder ===

impl Recorder {
    /// The program logged an event.
    pub(crate) fn event(&self, local: &Local, event: &Event<'_>) {
        let entered = self.span_of(local, event);
        // An unsampled span is there for its ids only.
        let recorded = entered.is_some_and(|entered| !entered.cell.is_unsampled());
        if !recorded && !self.config.events.in_logs() {
            return;
        }
        let plan = self.plan(local, event.metadata());
        if !plan.enabled {
            return;
        }
        let place = Place { entered, recorded };
        match plan.of_log_crate {
            false => self.happened(local, event, &place, plan, None),
            true => self.happened_elsewhere(local, event, &place, plan),
        }
    }

    #[inline]
    fn span_of(&self, local: &Local, event: &Event<'_>) -> Option<Entered> {
        match event.is_contextual() {
            true => self.current(local),
            false => event.parent().and_then(|id| self.nearest(local, id)),
        }
    }

    /// A record of the `log` crate. The filter is asked with its own target.
    #[cold]
    fn happened_elsewhere(&self, local: &Local, event: &Event<'_>, place: &Place, plan: &'static Plan) {
        let Some(origin) = origin_of(event) else { return };
        let settings = &self.config.settings;
        let wanted = settings.filter.would_enable(origin.target(), origin.level());
        let verbose = settings.is_verbose(origin.target(), origin.level());
        if wanted || verbose {
            let (head, tail) = settings.automatic.of_origin(&origin);
            let tail = tail.after(&plan.tail.bytes[..plan.tail.start]);
            self.happened(
                local,
                event,
                place,
                plan,
                Some(&Elsewhere { origin, head, tail, wanted, verbose }),
            );
        }
    }

    #[inline]
    fn happened(
        &self,
        local: &Local,
        event: &Event<'_>,
        place: &Place,
        plan: &'static Plan,
        elsewhere: Option<&Elsewhere<'_>>,
    ) {
        let usual = (plan.wanted, plan.verbose);
        let (wanted, verbose) = elsewhere.map_or(usual, |elsewhere| (elsewhere.wanted, elsewhere.verbose));
        if verbose && !place.recorded {
            return;
        }
        let in_span = place.recorded && !verbose && self.config.events.in_spans();
        let occurrence = Occurrence { plan, elsewhere, now: self.now(local), in_span, verbose };
        let log = plan.log.as_ref().filter(|_| verbose || self.config.events.in_logs());
        let log = log.filter(|log| self.admits(local, log, occurrence.now));
        if !place.recorded && log.is_none() {
            return;
        }
        let mut draft = local.draft();
        self.encode(&occurrence, event, &mut draft);
        if let Some(log) = log {
            self.encode_log(local, &occurrence, event, log, &mut draft);
            self.log_in(local, place.entered.as_ref(), &occurrence, &draft);
        }
        if let Some(entered) = place.entered.as_ref().filter(|_| place.recorded && wanted) {
            self.add_event_to(entered, &occurrence, &draft);
        }
        local.put_back(draft);
    }

    /// Writes the event's whole message into the draft; only its fields, if it is not to be added to a span.
    fn encode(&self, occurrence: &Occurrence<'_>, event: &Event<'_>, draft: &mut Draft) {
        let limits = &self.config.limits;
        if !occurrence.in_span {
            return occurrence.put_fields(event, draft, limits.log_attributes, limits.log_value_length);
        }
        draft.bytes.push(TIME);
        draft.bytes.extend_from_slice(&occurrence.now.to_le_bytes());
        let head = occurrence.head();
        let (written, mut dropped) = put_block(&mut draft.bytes, head, limits.event_attributes);
        let room = limits.event_attributes - written;
        occurrence.put_fields(event, draft, room, limits.value_length);
        dropped += draft.dropped + put_tail(draft, occurrence.tail(), room.saturating_sub(draft.count));
        if dropped > 0 {
            put_varint_field(&mut draft.bytes, DROPPED_ATTRIBUTES, u64::from(dropped));
        }
    }

    fn add_event_to(&self, entered: &Entered, occurrence: &Occurrence<'_>, draft: &Draft) {
        let mut guard = self.shards.of(entered.id);
        let inner = &mut *guard;
        let Some(span) = inner.find(entered.id, entered.cell.slot()).filter(|span| Recorder::records(span))
        else {
            return;
        };
        let before = span.held();
        let failed = self.config.status_from_events && span.note_failure(occurrence.plan, draft);
        let (noted, limits) = (span.held(), &self.config.limits);
        let (length, body) = (span.body.bytes.len(), span.body.bytes.capacity());
        if noted != before {
            inner.resized(before, noted, &self.spares);
        }
        // What becomes a log record only takes no room in the span.
        let more = if occurrence.in_span { draft.bytes.len() + 8 } else { 0 };
        if length + more > body && !inner.allows(body + more, &self.spares) {
            if let Some(span) = inner.find(entered.id, entered.cell.slot()) {
                span.body.dropped_events = span.body.dropped_events.saturating_add(1);
            }
            return;
        }
        let Some(span) = inner.find(entered.id, entered.cell.slot()) else { return };
        // An exception that has become no log record would be told nowhere else.
        let told_elsewhere =
            !self.config.exception_events && !draft.log.is_empty() && draft.special.is_exception();
        if occurrence.in_span && !told_elsewhere {
            span.body.event(&draft.bytes, limits);
        }
        if draft.special.any {
            self.put_exception(span, draft, failed);
        }
        let after = span.held();
        if after != noted {
            inner.resized(noted, after, &self.spares);
        }
    }

    /// What an error in an event says of its span.
    #[cold]
    fn put_exception(&self, span: &mut OpenSpan, draft: &Draft, failed: bool) {
        let Some(plan) = span.plan else { return };
        let limits = &self.config.limits;
        if self.config.exception_attributes {
            span.put_exception(&draft.special, limits);
        }
        if failed {
            span.put_error_type(plan, &draft.special, limits);
        }
    }
}

// === impl Occurrence ===

impl Occurrence<'_> {
    #[inline]
    fn head(&self) -> &Block {
        self.elsewhere.map_or(&self.plan.head, |elsewhere| &elsewhere.head)
    }

    /// Its `code.*`, with the callsite's name before them.
    #[inline]
    pub(super) fn tail(&self) -> &Block {
        self.elsewhere.map_or(&self.plan.tail, |elsewhere| &elsewhere.tail)
    }

    /// Writes the fields into a draft, as attributes of a span event.
    #[inline]
    pub(super) fn put_fields(&self, event: &Event<'_>, draft: &mut Draft, room: usize, value_length: usize) {
        draft.start = draft.bytes.len();
        event.record(&mut FieldVisitor::of_event(self.plan, draft, room, value_length));
        if draft.special.has_error {
            put_error(self.plan, draft, room);
        }
        draft.end = draft.bytes.len();
    }
}

// === impl OpenSpan ===

impl OpenSpan {
    /// Sets what an error says of the span, in place of what an earlier one said, but for what the program has said of it
    /// in fields of its own.
    pub(super) fn put_exception(&mut self, special: &Special, limits: &Limits) {
        self.derived.add_all(special.derived);
        let Some(plan) = self.plan.filter(|_| !special.exception.is_empty()) else { return };
        for key in KEYS.into_iter().filter(|key| *key != ERROR_TYPE) {
            let ours = self.derived.has(key);
            match special.exception.iter().rfind(|(known, _)| *known == key) {
                Some(_) if plan.declared.has(key) && !ours && self.body.has(key) => {}
                Some((_, bytes)) => {
                    self.body.set(plan, key.as_bytes(), bytes, limits);
                    self.derived.add(key);
                }
                None if ours => {
                    self.body.unset(key);
                    self.derived.remove(key);
                }
                None => {}
            }
        }
    }

    /// Tells the type of the error that the status speaks of: of the last failure, as its description, else of the first
    /// error. The program's own word counts.
    fn put_error_type(&mut self, plan: &Plan, special: &Special, limits: &Limits) {
        let ours = self.derived.has(ERROR_TYPE);
        if self.body.has(ERROR_TYPE) && !(ours && special.is_failure()) {
            return;
        }
        if special.error_type.is_empty() {
            self.derived.remove(ERROR_TYPE);
            return self.body.unset(ERROR_TYPE);
        }
        let mut bytes = Vec::new();
        put_key_value_str(&mut bytes, SPAN_ATTRIBUTES, ERROR_TYPE, &special.error_type);
        self.body.set(plan, ERROR_TYPE.as_bytes(), &bytes, limits);
        self.derived.add(ERROR_TYPE);
    }

    /// What an event says of its span: an error without a message is its failure; so is an event at ERROR, if
    /// nothing else has been said. Returns whether the event says so, and the span agrees.
    #[inline]
    fn note_failure(&mut self, plan: &Plan, draft: &Draft) -> bool {
        if draft.special.is_failure() {
            self.set_status(StatusCode::Error, &draft.special.error);
        } else if *plan.metadata.level() != Level::ERROR {
            return false;
        } else if self.status == StatusCode::Unset {
            self.set_status(StatusCode::Error, "");
        }
        self.status == StatusCode::Error
    }
}

/// Copies automatic attributes as far as there is room; returns how many were copied, and how many dropped.
#[inline]
fn put_block(out: &mut Vec<u8>, block: &Block, room: usize) -> (usize, u32) {
    if block.parts.len() <= room {
        out.extend_from_slice(&block.bytes);
        return (block.parts.len(), 0);
    }
    let end = room.checked_sub(1).map_or(0, |last| block.parts[last].end);
    out.extend_from_slice(&block.bytes[..end]);
    (room, (block.parts.len() - room) as u32)
}

/// Writes the name, and the attributes that come after the fields as far as there is room; returns how many were
/// dropped.
#[inline]
fn put_tail(draft: &mut Draft, tail: &Block, room: usize) -> u32 {
    let special = &draft.special;
    if !special.any && tail.parts.len() <= room {
        draft.bytes.extend_from_slice(&tail.bytes);
        return 0;
    }
    match special.has_name {
        true => put_string_field(&mut draft.bytes, NAME, &special.name),
        false if special.is_failure() => put_string_field(&mut draft.bytes, NAME, EXCEPTION),
        false => draft.bytes.extend_from_slice(&tail.bytes[..tail.start]),
    }
    let fits = tail.parts.len().min(room);
    let end = fits.checked_sub(1).map_or(tail.start, |last| tail.parts[last].end);
    draft.bytes.extend_from_slice(&tail.bytes[tail.start..end]);
    (tail.parts.len() - fits) as u32
}

/// Writes the field `error`: as itself beside a message or a typed error, else as the exception's message, which the
/// status then has too.
fn put_error(plan: &Plan, draft: &mut Draft, room: usize) {
    let error = std::mem::take(&mut draft.special.error);
    if !draft.special.is_failure() || !draft.special.exception.is_empty() {
        put_late(draft, room, "error", &error);
    } else {
        put_derived(plan, draft, room, "exception.message", &error);
        let derived = error.contains(['(', '{']);
        if let Some(kind) = type_of(&error, "").filter(|_| derived) {
            put_derived(plan, draft, room, "exception.type", kind);
            draft.special.set_error_type(plan, kind);
        }
    }
    let shown = match plan.derived("exception.message", &error) {
        Some(Cow::Borrowed(_)) => None,
        redacted => Some(redacted.unwrap_or_default().into_owned()),
    };
    draft.special.error = shown.unwrap_or(error);
}

fn put_derived(plan: &Plan, draft: &mut Draft, room: usize, key: &str, value: &str) {
    if let Some(value) = plan.derived(key, value) {
        put_late(draft, room, key, &value);
    }
}

/// Writes an attribute, unless a field of the program's own has its key.
fn put_late(draft: &mut Draft, room: usize, key: &str, value: &str) {
    if find_attribute(&draft.bytes, draft.start, EVENT_ATTRIBUTES, key).is_some() {
        return;
    }
    if draft.count >= room {
        draft.dropped += 1;
        return;
    }
    put_key_value_str(&mut draft.bytes, EVENT_ATTRIBUTES, key, value);
    draft.count += 1;
}
