//! `TraceContext`: the headers `traceparent` and `tracestate` of W3C Trace Context level 2, read strictly.
//!
//! The grammar of `traceparent` (section 3.2.2); that of `tracestate` stands in `context::trace_state_reader`:
//!
//! ```abnf
//! value    = version "-" trace-id "-" parent-id "-" flags    ; 55 characters, OWS around them
//! version  = 2HEXDIGLC                 ; never ff
//! trace-id = 32HEXDIGLC                ; never all zero
//! parent-id = 16HEXDIGLC               ; never all zero
//! flags    = 2HEXDIGLC                 ; bit 0 sampled, bit 1 random, others ignored and never sent
//! HEXDIGLC = DIGIT / %x61-66           ; lower case only
//! ```
//!
//! Version 00 ends there. A higher one is read as 00, and may go on after another `-` (section 3.2.4).

use super::{Extract, Inject, Propagator, counts};
use crate::context::ows::trim_ows;
use crate::context::{TraceStateReader, hex};
use crate::{Context, SpanContext, SpanId, TraceFlags, TraceId, TraceState};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
/// The length of version 00.
const LEN: usize = 55;
/// The flags that level 2 defines.
const KNOWN_FLAGS: u8 = TraceFlags::SAMPLED.to_u8() | TraceFlags::RANDOM.to_u8();

/// The format of W3C Trace Context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceContext;

// === impl TraceContext ===

impl Propagator for TraceContext {
    fn inject(&self, context: &Context, carrier: &mut dyn Inject) {
        if !context.is_valid() {
            return;
        }
        carrier.set(TRACEPARENT, write_traceparent(&context.span_context(), &mut [0; LEN]));
        let trace_state = context.trace_state().to_header();
        if trace_state.is_empty() {
            // A header copied from another request would be taken for ours.
            carrier.unset(TRACESTATE);
        } else {
            carrier.set(TRACESTATE, &trace_state);
        }
    }

    fn extract(&self, carrier: &dyn Extract, base: Context) -> Context {
        let (header, headers) = traceparent(carrier);
        // Of two nobody knows which one is meant.
        match header.filter(|_| headers == 1).and_then(read_traceparent) {
            Some(span_context) => {
                base.with_span_context(span_context).with_trace_state(read_tracestate(carrier))
            }
            None => {
                if headers > 0 {
                    counts::invalid(headers);
                }
                base
            }
        }
    }

    fn fields(&self) -> &[&'static str] {
        &[TRACEPARENT, TRACESTATE]
    }
}

/// The last header, and how many there are.
fn traceparent(carrier: &dyn Extract) -> (Option<&[u8]>, usize) {
    let (mut found, mut headers) = (None, 0);
    carrier.each_value(TRACEPARENT, &mut |header| {
        found = Some(header);
        headers += 1;
    });
    (found, headers)
}

fn read_traceparent(header: &[u8]) -> Option<SpanContext> {
    let (fields, rest) = trim_ows(header).split_first_chunk::<LEN>()?;
    if [fields[2], fields[35], fields[52]] != [b'-'; 3] {
        return None;
    }
    let [version] = hex::decode_lower(&fields[..2]).ok()?;
    let ends_well = match version {
        0xff => false,
        0 => rest.is_empty(),
        _ => rest.first().is_none_or(|c| *c == b'-'),
    };
    if !ends_well {
        return None;
    }
    let trace_id = TraceId::from_bytes(hex::decode_lower(&fields[3..35]).ok()?);
    let span_id = SpanId::from_bytes(hex::decode_lower(&fields[36..52]).ok()?);
    let [flags] = hex::decode_lower(&fields[53..]).ok()?;
    let span_context = SpanContext::new(trace_id, span_id, TraceFlags::from_u8(flags & KNOWN_FLAGS), true);
    span_context.is_valid().then_some(span_context)
}

/// All the headers as one list; a malformed one drops the list, never the `traceparent` (section 3.3).
fn read_tracestate(carrier: &dyn Extract) -> TraceState {
    let mut reader = TraceStateReader::new();
    carrier.each_value(TRACESTATE, &mut |header| reader.read(header));
    reader.finish().unwrap_or_else(|_| {
        counts::invalid(1);
        TraceState::EMPTY
    })
}

fn write_traceparent<'a>(span_context: &SpanContext, out: &'a mut [u8; LEN]) -> &'a str {
    *out = *b"00-00000000000000000000000000000000-0000000000000000-00";
    hex::encode_into(&span_context.trace_id().to_bytes(), &mut out[3..35]);
    hex::encode_into(&span_context.span_id().to_bytes(), &mut out[36..52]);
    // Two bits are one digit.
    out[54] = b'0' + (span_context.trace_flags().to_u8() & KNOWN_FLAGS);
    std::str::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests;
