//! An event becomes a log record: its message is put together before the lock, its ids and its frame under it.

use super::body::field_at;
use super::carrying::Copied;
use super::draft::Draft;
use super::event::Occurrence;
use super::local::{Entered, Local};
use super::log_plan::{LOG_ATTRIBUTES, LogPlan, put_scope_name};
use super::open_span::OpenSpan;
use super::recorder::Recorder;
use super::shard::Inner;
use crate::buffer::frame::{self, FLAG_SAMPLED, FLAG_VERBOSE, HEADER_LEN, Header, KIND_LOG};
use crate::buffer::segment::Segment;
use crate::context::{Carried, SpanContext, SpanId, TraceId};
use crate::export::Signal;
use crate::wire::{put_len_prefix, put_string_field, put_varint_field, varint_len};
use std::borrow::Cow;
use std::sync::Arc;
use tracing_core::Event;

/// Tags of the OTLP `LogRecord`.
const TIME: u8 = 1 << 3 | 1;
const OBSERVED_TIME: u8 = 11 << 3 | 1;
const FLAGS: u8 = 8 << 3 | 5;
const TRACE_ID: u8 = 9 << 3 | 2;
const SPAN_ID: u8 = 10 << 3 | 2;
const ATTRIBUTE: u8 = (LOG_ATTRIBUTES << 3 | 2) as u8;
/// Its other fields.
const BODY: u32 = 5;
const DROPPED_ATTRIBUTES: u32 = 7;
/// `AnyValue.string_value`.
const STRING_VALUE: u32 = 1;
/// Flags and ids with their tags.
const IDS: usize = 5 + 18 + 10;

/// What a record has from the span that it is made in.
pub(super) struct Ids {
    context: SpanContext,
    local_root: SpanId,
    carried: Option<Arc<Carried>>,
}

// === impl Recorder ===

impl Recorder {
    /// Whether an event may become a log record; one over the rate of its callsite is counted.
    #[inline]
    pub(super) fn admits(&self, local: &Local, plan: &LogPlan, now: u64) -> bool {
        if plan.rate.admits(now, self.config.logs_per_second) {
            return true;
        }
        let mut inner = self.shards.of_thread(local.number());
        inner.counts.logs.emitted += 1;
        inner.counts.logs.refused_rate += 1;
        false
    }

    /// Puts the log record of an event whose fields have been encoded together, as far as it is known before the lock.
    pub(super) fn encode_log(
        &self,
        local: &Local,
        occurrence: &Occurrence<'_>,
        event: &Event<'_>,
        log: &LogPlan,
        draft: &mut Draft,
    ) {
        let limits = &self.config.limits;
        let same = limits.log_value_length == limits.value_length || !occurrence.in_span;
        if same && draft.dropped == 0 && draft.count <= limits.log_attributes {
            return draft.put_log(log, occurrence, None, limits.log_attributes);
        }
        // Under limits that made the span's event another one the fields are visited once more.
        let mut own = local.draft();
        occurrence.put_fields(event, &mut own, limits.log_attributes, limits.log_value_length);
        draft.put_log(log, occurrence, Some(&own), limits.log_attributes);
        local.put_back(own);
    }

    /// Writes a log record: into the shard of its span, or, of no span, into the thread's.
    pub(super) fn log_in(
        &self,
        local: &Local,
        entered: Option<&Entered>,
        occurrence: &Occurrence<'_>,
        draft: &Draft,
    ) {
        self.attend();
        let (mut guard, ids) = match entered {
            None => (self.shards.of_thread(local.number()), None),
            Some(entered) => {
                let mut inner = self.shards.of(entered.id);
                if let Some(slot) = inner.locate(entered.id, entered.cell.slot()) {
                    inner = self.decided(inner, slot);
                }
                let ids = inner.find(entered.id, entered.cell.slot()).map(Ids::of);
                (inner, ids)
            }
        };
        let full = self.log(&mut guard, occurrence, draft, ids);
        let enough = full.is_some_and(|full| self.hand_over(full));
        drop(guard);
        if enough {
            self.wake.notify_one();
        }
    }

    /// Writes the frame of a log record. Returns a segment that became full.
    fn log(
        &self,
        inner: &mut Inner,
        occurrence: &Occurrence<'_>,
        draft: &Draft,
        ids: Option<Ids>,
    ) -> Option<Segment> {
        // Which trace turns out bad is known of sampled ones only.
        if occurrence.verbose && !ids.as_ref().is_some_and(|ids| ids.context.is_sampled()) {
            return None;
        }
        inner.counts.logs.emitted += 1;
        if self.is_closed() {
            inner.counts.logs.refused_shutdown += 1;
            return None;
        }
        let Some(wake) = self.admit(Signal::Logs) else {
            inner.counts.logs.refused_queue += 1;
            return None;
        };
        let scope = occurrence.scope();
        let carried = ids.as_ref().and_then(|ids| ids.carried.as_deref());
        let limits = &self.config.limits;
        let copied = Copied { names: &self.config.baggage_attributes, value_length: limits.log_value_length };
        let more = carried.map_or(0, |carried| copied.room(carried));
        let (room, mut full) = (HEADER_LEN + scope.len() + draft.log.len() + IDS + more, None);
        if !inner.logs.fits(room) && !inner.logs.make_room(room, &self.spares, &mut full) {
            inner.counts.logs.refused_memory += 1;
            self.spares.settle(Signal::Logs, 1);
            return full;
        }
        let start = inner.logs.bytes.len();
        write(&mut inner.logs.bytes, &scope, &draft.log, ids.as_ref(), occurrence);
        if let Some(carried) = carried {
            let taken = |key: &str| occurrence.plan.fields.iter().any(|field| field.key.name() == key);
            let most = limits.log_attributes.saturating_sub(draft.count + occurrence.tail().parts.len());
            copied.put(&mut inner.logs.bytes, LOG_ATTRIBUTES, carried, taken, most);
        }
        frame::close(&mut inner.logs.bytes[start..]);
        inner.logs.end_frame(start);
        inner.counts.logs.finished += 1;
        if wake || self.config.wake_always[Signal::Logs as usize] {
            self.wake.notify_one();
        }
        full
    }
}

// === impl Ids ===

impl Ids {
    /// Of an open span that is decided on: they are given out with that.
    #[inline]
    fn of(span: &mut OpenSpan) -> Ids {
        span.fixed = true;
        let context = SpanContext::new(span.trace_id, span.span_id, span.flags, false);
        Ids { context, local_root: span.local_root(), carried: span.carried.clone() }
    }
}

// === impl Draft ===

impl Draft {
    /// Makes the log record of an event whose fields have been encoded into `fields`; `None`: into this draft.
    fn put_log(&mut self, log: &LogPlan, occurrence: &Occurrence<'_>, fields: Option<&Draft>, most: usize) {
        let mut out = std::mem::take(&mut self.log);
        let fields = fields.unwrap_or(self);
        out.push(TIME);
        out.extend_from_slice(&occurrence.now.to_le_bytes());
        out.extend_from_slice(&log.head);
        if fields.special.has_name {
            let text = fields.special.name.as_str();
            put_len_prefix(&mut out, BODY, 1 + varint_len(text.len() as u64) + text.len());
            put_string_field(&mut out, STRING_VALUE, text);
        }
        put_attributes(&mut out, &fields.bytes[fields.start..fields.end]);
        let code = occurrence.tail();
        let fits = code.parts.len().min(most.saturating_sub(fields.count));
        let end = fits.checked_sub(1).map_or(code.start, |last| code.parts[last].end);
        put_attributes(&mut out, &code.bytes[code.start..end]);
        let dropped = fields.dropped + (code.parts.len() - fits) as u32;
        if dropped > 0 {
            put_varint_field(&mut out, DROPPED_ATTRIBUTES, u64::from(dropped));
        }
        out.push(OBSERVED_TIME);
        out.extend_from_slice(&occurrence.now.to_le_bytes());
        self.log = out;
    }
}

// === impl Occurrence ===

impl Occurrence<'_> {
    /// The scope of a record: worked out once for each callsite, but for records of the `log` crate.
    fn scope(&self) -> Cow<'_, [u8]> {
        match (self.elsewhere, &self.plan.log) {
            (None, Some(log)) => Cow::Borrowed(&log.scope),
            (elsewhere, _) => {
                let ours = self.plan.metadata.target();
                let mut scope = Vec::new();
                put_scope_name(&mut scope, elsewhere.map_or(ours, |elsewhere| elsewhere.origin.target()));
                Cow::Owned(scope)
            }
        }
    }
}

/// Copies attributes of an event, which have a tag of one byte, as those of a log record, which have another.
#[inline]
fn put_attributes(out: &mut Vec<u8>, attributes: &[u8]) {
    let start = out.len();
    out.extend_from_slice(attributes);
    let mut at = 0;
    while let Some((_, _, end)) = field_at(attributes, at) {
        out[start + at] = ATTRIBUTE;
        at = end;
    }
}

/// Writes a frame that is not closed yet.
fn write(out: &mut Vec<u8>, scope: &[u8], message: &[u8], ids: Option<&Ids>, occurrence: &Occurrence<'_>) {
    let now = occurrence.now;
    let context = ids.map_or(SpanContext::INVALID, |ids| ids.context);
    let header = Header {
        length: 0,
        kind: KIND_LOG,
        flags: if context.is_sampled() { FLAG_SAMPLED } else { 0 }
            | if occurrence.verbose { FLAG_VERBOSE } else { 0 },
        scope_length: scope.len() as u16,
        local_root: ids.map_or(0, |ids| frame::local_root_of(ids.local_root)),
        trace_id: context.trace_id(),
        span_id: context.span_id(),
        parent_span_id: SpanId::INVALID,
        start_unix_nanos: now,
        end_unix_nanos: now,
    };
    out.extend_from_slice(&[0; HEADER_LEN]);
    if let Some(bytes) = out.last_chunk_mut::<HEADER_LEN>() {
        header.write_to(bytes);
    }
    out.extend_from_slice(scope);
    out.extend_from_slice(message);
    if ids.is_some() {
        put_ids(out, context);
    }
}

/// Flags and ids.
#[inline]
fn put_ids(out: &mut Vec<u8>, context: SpanContext) {
    out.push(FLAGS);
    out.extend_from_slice(&u32::from(context.logged_flags().to_u8()).to_le_bytes());
    out.extend_from_slice(&[TRACE_ID, size_of::<TraceId>() as u8]);
    out.extend_from_slice(&context.trace_id().to_bytes());
    out.extend_from_slice(&[SPAN_ID, size_of::<SpanId>() as u8]);
    out.extend_from_slice(&context.span_id().to_bytes());
}
