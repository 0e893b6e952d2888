//! A span ends: its frame is written into the shard's segment.

use super::busy::BusyIdle;
use super::carrying::Copied;
use super::local::Local;
use super::open_span::{Decision, OpenSpan};
use super::plan::Plan;
use super::recorder::{Recorder, guarded};
use super::shard::Inner;
use crate::buffer::frame::{
    self, FLAG_ERROR, FLAG_LOCAL_ROOT, FLAG_SAMPLED, FLAG_TRACE_STATE, FLAG_UNFINISHED, HEADER_LEN, Header,
    KIND_SPAN,
};
use crate::buffer::segment::Segment;
use crate::clock::{self, LineCache};
use crate::context::Carried;
use crate::context::correlation_id::KEY;
use crate::export::Signal;
use crate::wire::{
    StatusCode, put_key_value_bool, put_len_prefix, put_string_field, put_varint_field, varint_len,
};

/// Fields of the OTLP `Span`.
const TRACE_STATE: u32 = 3;
const NAME: u32 = 5;
const ATTRIBUTES: u32 = 9;
const DROPPED_ATTRIBUTES: u32 = 10;
const DROPPED_EVENTS: u32 = 12;
const DROPPED_LINKS: u32 = 14;
const STATUS: u32 = 15;
/// Fields of its `Status`.
const MESSAGE: u32 = 2;
const CODE: u32 = 3;

/// The fields of fixed size, and the header: an upper bound of both.
const FIXED: usize = HEADER_LEN + 64;
/// Tags and lengths of name, trace state and status, the dropped counts, the mark of an unfinished span; the times
/// inside and outside.
const SMALL: usize = 120 + 2 * 24;
/// `throughline.unfinished`: the span was still open at shutdown.
const UNFINISHED: &str = "throughline.unfinished";

// === impl Recorder ===

impl Recorder {
    /// A span was closed: its last handle is gone.
    pub(crate) fn finish(&self, local: Option<&Local>, id: u64) {
        // On a thread that is ending the clock is read without the thread's own copy of its line.
        let ours = || local.map_or_else(|| clock::now(&LineCache::new()), |local| clock::now(&local.line));
        // A clock of the program's own is not read under the lock.
        let given = self.config.clock.as_ref().filter(|_| {
            let known = local.and_then(|local| local.recent(self.instance, id));
            !known.is_some_and(|known| known.cell.is_unsampled())
        });
        let now = given.map(|clock| guarded(|| clock.now_unix_nanos()).unwrap_or_else(ours));
        // The registry keeps a span open that a thread is in; other subscribers need not.
        let inside = |local: &Local| self.home.registry() == 0 && local.is_entered(self.instance, id);
        let entered = local.is_some_and(inside);
        let mut guard = self.shards.of(id);
        let Some(slot) = guard.ids.remove(id) else { return };
        // The slot keeps the span while its lock is let go: its id is out of the table, and it is not free.
        guard = self.decided(guard, slot);
        let span = &mut guard.slots[slot as usize];
        if span.exported {
            return guard.release_exported(slot);
        }
        if span.decision == Decision::Undecided {
            // A sampler of the program's own has made it, or holds it.
            self.decide_in_doubt(span);
        }
        if span.decision == Decision::Unsampled {
            guard.counts.unsampled += 1;
            return guard.release(slot);
        }
        let exited = span.cell.end_unix_nanos().filter(|_| !entered);
        let end = exited.or(now).unwrap_or_else(ours);
        let full = self.frame(&mut guard, slot, end, false);
        guard.release(slot);
        let enough = full.is_some_and(|full| self.hand_over(full));
        drop(guard);
        if enough || self.config.wake_always[Signal::Traces as usize] {
            self.wake.notify_one();
        }
    }

    /// Frames every span that is still open, as unfinished, at `now`. Their ids go on in headers and log lines; what
    /// else happens to them is not recorded, and they are never framed again.
    pub(crate) fn finish_open(&self, now: u64) {
        for shard in self.shards.all() {
            let mut guard = shard.lock();
            for slot in 0..guard.slots.len() {
                let (id, cell) = (guard.slots[slot].id, guard.slots[slot].cell);
                let end = cell.end_unix_nanos().filter(|_| !cell.is_inside());
                if id == 0 || guard.slots[slot].exported {
                    continue;
                }
                guard = self.decided(guard, slot as u32);
                if guard.slots[slot].id != id {
                    continue;
                }
                let full = self.frame(&mut guard, slot as u32, end.unwrap_or(now), true);
                guard.retain_exported(slot as u32);
                if full.is_some_and(|full| self.hand_over(full)) {
                    self.wake.notify_one();
                }
            }
        }
    }

    /// Counts, and writes the frame of a sampled span. Returns a segment that became full.
    fn frame(&self, inner: &mut Inner, slot: u32, end: u64, unfinished: bool) -> Option<Segment> {
        let Inner { slots, segment, counts, .. } = inner;
        let span = &mut slots[slot as usize];
        if span.decision == Decision::Unsampled {
            counts.unsampled += 1;
            return None;
        }
        let plan = span.plan?;
        let Some(wake) = self.admit(Signal::Traces) else {
            counts.refused_queue += 1;
            return None;
        };
        let mut full = None;
        let limits = &self.config.limits;
        let copied = Copied { names: &self.config.baggage_attributes, value_length: limits.value_length };
        let room = room(span, plan, copied);
        if !segment.fits(room) && !segment.make_room(room, &self.spares, &mut full) {
            counts.refused_memory += 1;
            self.spares.settle(Signal::Traces, 1);
            // What it held makes room for the next.
            inner.relieve(slot, &self.spares);
            return full;
        }
        // A clock that was set back must not make a span end before it began.
        let end = end.max(span.start_unix_nanos);
        let times = self.config.busy_idle.then(|| BusyIdle::of(span, end));
        let last = End { end, unfinished, times, copied };
        let start = segment.bytes.len();
        let whole = write(&mut segment.bytes, span, plan, limits.attributes, last);
        segment.end_frame(start);
        counts.truncated += u64::from(!whole);
        counts.finished += 1;
        counts.unfinished += u64::from(unfinished);
        if wake {
            self.wake.notify_one();
        }
        full
    }
}

/// An upper bound of the length of a span's frame.
#[inline]
fn room(span: &OpenSpan, plan: &Plan, copied: Copied<'_>) -> usize {
    let of = |carried: &Carried| carried.trace_state.length() + copied.room(carried);
    let carried = span.carried.as_deref().map_or(0, of);
    FIXED
        + SMALL
        + span.name.len()
        + plan.tail.bytes.len()
        + span.body.bytes.len()
        + span.description.len()
        + carried
}

/// How a span ends.
struct End<'a> {
    end: u64,
    unfinished: bool,
    times: Option<BusyIdle>,
    copied: Copied<'a>,
}

/// Appends the frame of a span; `false` if limits have cost it something.
#[inline]
fn write(out: &mut Vec<u8>, span: &OpenSpan, plan: &Plan, limit: usize, last: End<'_>) -> bool {
    let End { end, unfinished, times, copied } = last;
    let start = out.len();
    let error = span.status == StatusCode::Error;
    let header = Header {
        length: 0,
        kind: KIND_SPAN,
        flags: FLAG_SAMPLED
            | if span.parent.local { 0 } else { FLAG_LOCAL_ROOT }
            | if error { FLAG_ERROR } else { 0 }
            | if unfinished { FLAG_UNFINISHED } else { 0 }
            | if has_trace_state(span) { FLAG_TRACE_STATE } else { 0 },
        scope_length: 0,
        local_root: frame::local_root_of(span.local_root()),
        trace_id: span.trace_id,
        span_id: span.span_id,
        parent_span_id: span.parent.span_id,
        start_unix_nanos: span.start_unix_nanos,
        end_unix_nanos: end,
    };
    put_fixed(out, &header, span);
    let mut dropped = put_name_and_automatic(out, span, plan, limit);
    out.extend_from_slice(&span.body.bytes);
    if let Some(times) = times {
        let room = limit.saturating_sub(span.body.attributes + plan.tail.parts.len());
        dropped += times.put(out, &span.body, room);
    }
    if let Some(carried) = span.carried.as_deref() {
        let room = limit.saturating_sub(span.body.attributes + plan.tail.parts.len());
        let mine = |key: &str| {
            // Looked for only where it can be.
            let may_be = key != KEY || plan.declares_correlation_id || span.body.undeclared;
            may_be && span.body.has(key)
        };
        dropped += copied.put(out, ATTRIBUTES, carried, mine, room);
    }
    if unfinished {
        put_key_value_bool(out, ATTRIBUTES, UNFINISHED, true);
    }
    let whole = put_rare(out, span, dropped);
    frame::close(&mut out[start..]);
    whole
}

/// The header and the fields of fixed size in one copy: ids, times, flags, kind; the parent's last, so that a root
/// leaves it out.
#[inline]
fn put_fixed(out: &mut Vec<u8>, header: &Header, span: &OpenSpan) {
    const H: usize = HEADER_LEN;
    let flags = u32::from(span.flags.to_u8()) | 0x100 | if span.parent.remote { 0x200 } else { 0 };
    let start = out.len();
    // Stored where they stay: an array put together on the stack and copied at once would stall the processor.
    out.extend_from_slice(&[0; H + 64]);
    let Some(fixed) = out.last_chunk_mut::<{ H + 64 }>() else { return };
    header.write_to(fixed);
    fixed[H] = 0x0a;
    fixed[H + 1] = 16;
    fixed[H + 2..H + 18].copy_from_slice(&header.trace_id.to_bytes());
    fixed[H + 18] = 0x12;
    fixed[H + 19] = 8;
    fixed[H + 20..H + 28].copy_from_slice(&header.span_id.to_bytes());
    fixed[H + 28] = 0x39;
    fixed[H + 29..H + 37].copy_from_slice(&header.start_unix_nanos.to_le_bytes());
    fixed[H + 37] = 0x41;
    fixed[H + 38..H + 46].copy_from_slice(&header.end_unix_nanos.to_le_bytes());
    fixed[H + 46] = 0x85;
    fixed[H + 47] = 0x01;
    fixed[H + 48..H + 52].copy_from_slice(&flags.to_le_bytes());
    fixed[H + 52] = 0x30;
    fixed[H + 53] = span.kind.to_i32() as u8;
    fixed[H + 54] = 0x22;
    fixed[H + 55] = 8;
    fixed[H + 56..H + 64].copy_from_slice(&header.parent_span_id.to_bytes());
    out.truncate(start + if header.parent_span_id.is_valid() { H + 64 } else { H + 54 });
}

/// The name, and the callsite's automatic attributes where the limit leaves room and no value of the program has
/// their key. Returns how many did not fit.
#[inline]
fn put_name_and_automatic(out: &mut Vec<u8>, span: &OpenSpan, plan: &Plan, limit: usize) -> u32 {
    let fits = span.body.attributes + plan.tail.parts.len() <= limit;
    let whole = fits && !plan.tail.contested && !span.body.dynamic;
    if whole && !span.renamed {
        out.extend_from_slice(&plan.tail.bytes);
        return 0;
    }
    match span.renamed {
        true => put_string_field(out, NAME, &span.name),
        false => out.extend_from_slice(&plan.tail.bytes[..plan.tail.start]),
    }
    if whole {
        out.extend_from_slice(&plan.tail.bytes[plan.tail.start..]);
        return 0;
    }
    let mut room = limit.saturating_sub(span.body.attributes);
    let mut dropped = 0;
    for (_, bytes) in plan.tail.iter().filter(|(key, _)| !span.body.has(key)) {
        match room.checked_sub(1) {
            Some(left) => {
                room = left;
                out.extend_from_slice(bytes);
            }
            None => dropped += 1,
        }
    }
    dropped
}

#[inline]
fn has_trace_state(span: &OpenSpan) -> bool {
    span.carried.as_deref().is_some_and(|carried| !carried.trace_state.is_empty())
}

/// What most spans do not have: trace state, dropped counts (then it returns `false`), status.
#[inline]
fn put_rare(out: &mut Vec<u8>, span: &OpenSpan, dropped_automatic: u32) -> bool {
    if let Some(carried) = span.carried.as_deref().filter(|_| has_trace_state(span)) {
        put_string_field(out, TRACE_STATE, &carried.trace_state.to_header());
    }
    let (body, mut whole) = (&span.body, true);
    let dropped = [
        (DROPPED_ATTRIBUTES, body.dropped_attributes.saturating_add(dropped_automatic)),
        (DROPPED_EVENTS, body.dropped_events),
        (DROPPED_LINKS, body.dropped_links),
    ];
    for (field, count) in dropped.into_iter().filter(|(_, count)| *count > 0) {
        put_varint_field(out, field, u64::from(count));
        whole = false;
    }
    if span.status != StatusCode::Unset {
        put_status(out, span);
    }
    whole
}

fn put_status(out: &mut Vec<u8>, span: &OpenSpan) {
    let text = span.description.as_str();
    // Its tag is one byte; so are the tag and the number of the code.
    let message = if text.is_empty() { 0 } else { 1 + varint_len(text.len() as u64) + text.len() };
    put_len_prefix(out, STATUS, message + 2);
    if !text.is_empty() {
        put_string_field(out, MESSAGE, text);
    }
    put_varint_field(out, CODE, span.status.to_i32() as u64);
}
