//! `B3` and `B3Multi`: the headers of Zipkin. Both read the single header, else the several; they differ in what they
//! write.
//!
//! The grammar (github.com/openzipkin/b3-propagation; hex digits in lower case only):
//!
//! ```abnf
//! b3                = state / trace-id "-" span-id [ "-" state [ "-" parent ] ]
//! trace-id          = 32HEXDIGLC / 16HEXDIGLC   ; never all zero; 16 are the low half
//! span-id           = 16HEXDIGLC                ; never all zero
//! parent            = 16HEXDIGLC                ; read past, never sent
//! state             = "1" / "0" / "d"           ; d: debug, which implies sampled
//! X-B3-TraceId      = trace-id
//! X-B3-SpanId       = span-id
//! X-B3-ParentSpanId = parent
//! X-B3-Sampled      = "1" / "0" / "true" / "false" / "d"
//! X-B3-Flags        = "1"                       ; debug; anything else says nothing
//! ```

use super::sole::{Sole, sole};
use super::{Extract, Inject, Propagator, counts};
use crate::context::hex;
use crate::{Context, SpanId, TraceId};

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const PARENT_SPAN_ID: &str = "x-b3-parentspanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

/// Writes the single header.
#[derive(Clone, Copy, Debug)]
pub(super) struct B3;

/// Writes the several headers.
#[derive(Clone, Copy, Debug)]
pub(super) struct B3Multi;

/// A decision as B3 tells it; `None` leaves it to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    sampled: Option<bool>,
    debug: bool,
}

/// What valid headers say.
#[derive(Clone, Copy, Debug)]
struct Read {
    ids: Option<(TraceId, SpanId)>,
    state: State,
}

/// The headers are malformed, or contradict themselves.
struct Malformed;

// === impl B3 ===

impl Propagator for B3 {
    fn inject(&self, context: &Context, carrier: &mut dyn Inject) {
        if !context.is_valid() {
            return;
        }
        let span = context.span_context();
        let mut text = *b"00000000000000000000000000000000-0000000000000000-0";
        hex::encode_into(&span.trace_id().to_bytes(), &mut text[..32]);
        hex::encode_into(&span.span_id().to_bytes(), &mut text[33..49]);
        let state = State::of(context);
        text[50] = if state.debug { b'd' } else { b'0' + u8::from(state.sampled == Some(true)) };
        let text = if state.sampled.is_some() { &text[..] } else { &text[..49] };
        carrier.set(SINGLE, std::str::from_utf8(text).unwrap_or_default());
    }

    fn extract(&self, carrier: &dyn Extract, base: Context) -> Context {
        extract(carrier, base)
    }

    fn fields(&self) -> &[&'static str] {
        &[SINGLE]
    }
}

// === impl B3Multi ===

impl Propagator for B3Multi {
    fn inject(&self, context: &Context, carrier: &mut dyn Inject) {
        if !context.is_valid() {
            return;
        }
        let span = context.span_context();
        carrier.set(TRACE_ID, hex::encode(&span.trace_id().to_bytes(), &mut [0; 32]));
        carrier.set(SPAN_ID, hex::encode(&span.span_id().to_bytes(), &mut [0; 16]));
        // One that was copied from another request names a span of that one.
        carrier.unset(PARENT_SPAN_ID);
        let state = State::of(context);
        match (state.debug, state.sampled) {
            (true, _) => carrier.set(FLAGS, "1"),
            (false, Some(sampled)) => carrier.set(SAMPLED, if sampled { "1" } else { "0" }),
            (false, None) => {}
        }
        if !state.debug {
            carrier.unset(FLAGS);
        }
        if state.debug || state.sampled.is_none() {
            carrier.unset(SAMPLED);
        }
    }

    fn extract(&self, carrier: &dyn Extract, base: Context) -> Context {
        extract(carrier, base)
    }

    fn fields(&self) -> &[&'static str] {
        &[TRACE_ID, SPAN_ID, SAMPLED, FLAGS]
    }
}

// === impl State ===

impl State {
    fn of(context: &Context) -> State {
        let sampled = context.sampling_decision();
        State { sampled, debug: sampled == Some(true) && context.pass_through().debug }
    }

    fn read(text: &[u8]) -> Result<State, Malformed> {
        let (sampled, debug) = match text {
            b"1" => (true, false),
            b"0" => (false, false),
            b"d" => (true, true),
            // What clients of old sent.
            _ if text.eq_ignore_ascii_case(b"true") => (true, false),
            _ if text.eq_ignore_ascii_case(b"false") => (false, false),
            _ => return Err(Malformed),
        };
        Ok(State { sampled: Some(sampled), debug })
    }
}

fn extract(carrier: &dyn Extract, base: Context) -> Context {
    let read = match sole(carrier, SINGLE) {
        Sole::Absent => read_several(carrier),
        Sole::One(header) => match read_single(header) {
            Ok(read) => Ok(Some(read)),
            Err(Malformed) => {
                counts::invalid(1);
                read_several(carrier)
            }
        },
        Sole::Several => {
            counts::invalid(1);
            read_several(carrier)
        }
    };
    match read {
        Ok(Some(read)) => continued(read, base),
        Ok(None) => base,
        Err(Malformed) => {
            counts::invalid(1);
            base
        }
    }
}

fn continued(read: Read, base: Context) -> Context {
    let State { sampled, debug } = read.state;
    let context = match read.ids {
        Some((trace_id, span_id)) => base.continued(trace_id, span_id, sampled),
        // A decision without ids says nothing of a trace that another format has named.
        None if base.is_valid() => return base,
        None => base.with_sampling_decision(sampled),
    };
    if debug == context.pass_through().debug {
        return context;
    }
    context.changed(|carried| carried.pass_through.debug = debug)
}

fn read_single(header: &[u8]) -> Result<Read, Malformed> {
    if header.len() <= 1 {
        return Ok(Read { ids: None, state: State::read(header)? });
    }
    let mut fields = header.split(|byte| *byte == b'-');
    let mut next = || fields.next();
    let ids = (read_trace_id(next().unwrap_or_default())?, read_span_id(next().unwrap_or_default())?);
    let state = next().map_or(Ok(State::default()), |state| match state {
        [_] => State::read(state),
        _ => Err(Malformed),
    })?;
    if next().is_some_and(|parent| hex::decode_lower::<8>(parent).is_err()) || next().is_some() {
        return Err(Malformed);
    }
    Ok(Read { ids: Some(ids), state })
}

/// `None`: there is no such header.
fn read_several(carrier: &dyn Extract) -> Result<Option<Read>, Malformed> {
    let one = |key| match sole(carrier, key) {
        Sole::Absent => Ok(None),
        Sole::One(value) => Ok(Some(value)),
        Sole::Several => Err(Malformed),
    };
    let ids = match (one(TRACE_ID)?, one(SPAN_ID)?) {
        (Some(trace_id), Some(span_id)) => Some((read_trace_id(trace_id)?, read_span_id(span_id)?)),
        (None, None) => None,
        _ => return Err(Malformed),
    };
    let sampled = one(SAMPLED)?.map(State::read).transpose()?;
    let debug = one(FLAGS)? == Some(b"1");
    let state = match debug {
        true => State { sampled: Some(true), debug },
        false => sampled.unwrap_or_default(),
    };
    Ok((ids.is_some() || state.sampled.is_some()).then_some(Read { ids, state }))
}

fn read_trace_id(digits: &[u8]) -> Result<TraceId, Malformed> {
    let id = match digits.len() {
        16 => hex::decode_lower(digits).map(|low| TraceId::from_u128(u64::from_be_bytes(low).into())),
        _ => hex::decode_lower(digits).map(TraceId::from_bytes),
    };
    id.ok().filter(|id| id.is_valid()).ok_or(Malformed)
}

fn read_span_id(digits: &[u8]) -> Result<SpanId, Malformed> {
    hex::decode_lower(digits).map(SpanId::from_bytes).ok().filter(|id| id.is_valid()).ok_or(Malformed)
}

#[cfg(test)]
mod tests;
