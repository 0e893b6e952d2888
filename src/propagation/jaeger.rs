//! `Jaeger`: the header `uber-trace-id`, and baggage as headers `uberctx-*`.
//!
//! The grammar (Jaeger client libraries, "Propagation Format"; hex digits in any case):
//!
//! ```abnf
//! uber-trace-id = trace-id ":" span-id ":" parent ":" flags   ; each ":" may be "%3A"
//! trace-id      = 1*32HEXDIG    ; padded on the left, never all zero
//! span-id       = 1*16HEXDIG    ; padded on the left, never all zero
//! parent        = *HEXDIG       ; read past, sent as 0
//! flags         = 1*2HEXDIG     ; bit 0 sampled, bit 1 debug, which implies sampled
//! uberctx-NAME  = <value, URL-encoded>
//! ```

use super::sole::{Sole, sole};
use super::{Extract, Inject, Propagator, baggage, counts};
use crate::context::{hex, percent};
use crate::{Baggage, Context, SpanId, TraceId};

const HEADER: &str = "uber-trace-id";
const BAGGAGE_PREFIX: &str = "uberctx-";
const SAMPLED: u8 = 1;
const DEBUG: u8 = 2;
/// The longest name of a baggage header that is looked at.
const MAX_NAME: usize = 256;
/// More headers of baggage than this are not looked at.
const MAX_HEADERS: usize = 128;

/// The format of Jaeger's own clients.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jaeger;

// === impl Jaeger ===

impl Propagator for Jaeger {
    fn inject(&self, context: &Context, carrier: &mut dyn Inject) {
        if context.is_valid() {
            let span = context.span_context();
            let mut text = *b"00000000000000000000000000000000:0000000000000000:0:0";
            hex::encode_into(&span.trace_id().to_bytes(), &mut text[..32]);
            hex::encode_into(&span.span_id().to_bytes(), &mut text[33..49]);
            text[52] = match (span.is_sampled(), context.pass_through().debug) {
                (true, true) => b'3',
                (true, false) => b'1',
                (false, _) => b'0',
            };
            carrier.set(HEADER, std::str::from_utf8(&text).unwrap_or_default());
        }
        for (name, value) in context.baggage().iter() {
            let mut encoded = String::with_capacity(value.len());
            percent::encode_into(&mut encoded, &value, is_unreserved);
            carrier.set(&format!("{BAGGAGE_PREFIX}{}", name.to_ascii_lowercase()), &encoded);
        }
    }

    fn extract(&self, carrier: &dyn Extract, base: Context) -> Context {
        let context = match sole(carrier, HEADER) {
            Sole::Absent => base,
            Sole::One(header) => match read(header) {
                Some((trace_id, span_id, flags)) => {
                    let debug = flags & DEBUG != 0;
                    let context = base.continued(trace_id, span_id, Some(debug || flags & SAMPLED != 0));
                    match debug == context.pass_through().debug {
                        true => context,
                        false => context.changed(|carried| carried.pass_through.debug = debug),
                    }
                }
                None => invalid(base),
            },
            Sole::Several => invalid(base),
        };
        baggage::add(context, read_baggage(carrier))
    }

    fn fields(&self) -> &[&'static str] {
        &[HEADER]
    }
}

fn invalid(base: Context) -> Context {
    counts::invalid(1);
    base
}

fn read(header: &[u8]) -> Option<(TraceId, SpanId, u8)> {
    let text = std::str::from_utf8(header).ok()?;
    // Escapes of other characters make it no valid header, so none is decoded in vain.
    let decoded = if header.contains(&b'%') { percent::decode(text) } else { text.into() };
    let mut fields = decoded.split(':');
    let [trace_id, span_id, parent, flags] = std::array::from_fn(|_| fields.next());
    if fields.next().is_some() || !parent?.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let flags = flags.filter(|flags| flags.len() <= 2)?;
    let trace_id = TraceId::from_bytes(padded(trace_id?)?);
    let span_id = SpanId::from_bytes(padded(span_id?)?);
    let [flags] = padded(flags)?;
    (trace_id.is_valid() && span_id.is_valid()).then_some((trace_id, span_id, flags))
}

/// Reads up to `2 * N` digits, as if there were zeros before them.
fn padded<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut all = [b'0'; 32];
    let start = (2 * N).checked_sub(digits.len()).filter(|_| !digits.is_empty())?;
    all[start..2 * N].copy_from_slice(digits.as_bytes());
    hex::decode(&all[..2 * N]).ok()
}

fn read_baggage(carrier: &dyn Extract) -> Baggage {
    let mut names = Vec::new();
    let mut dropped = 0;
    carrier.each_name(&mut |name| {
        // Most names are told apart by their first letter.
        if !name.starts_with(['u', 'U']) || !is_of_baggage(name) {
            return;
        }
        if names.len() < MAX_HEADERS && name.len() <= MAX_NAME {
            names.push(name.to_ascii_lowercase());
        } else {
            dropped += 1;
        }
    });
    let mut baggage = Baggage::EMPTY;
    for name in &names {
        let value = match sole(carrier, name) {
            Sole::One(value) => std::str::from_utf8(value).ok(),
            _ => None,
        };
        let decoded = value.map(|value| percent::decode(&value.replace('+', " ")).into_owned());
        match decoded.map(|value| baggage.insert(&name[BAGGAGE_PREFIX.len()..], &value)) {
            Some(Ok(())) => {}
            Some(Err(error)) if error.is_full() => dropped += 1,
            _ => counts::invalid(1),
        }
    }
    if dropped > 0 {
        counts::dropped_baggage(dropped);
    }
    baggage
}

fn is_of_baggage(name: &str) -> bool {
    let start = name.as_bytes().get(..BAGGAGE_PREFIX.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(BAGGAGE_PREFIX.as_bytes()))
}

/// RFC 3986, section 2.3: nothing else survives every decoder.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests;
