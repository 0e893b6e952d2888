//! `Datadog`: the headers `x-datadog-*`.
//!
//! ```abnf
//! x-datadog-trace-id          = 1*20DIGIT                 ; the low 64 bits of the trace id, never 0
//! x-datadog-parent-id         = 1*20DIGIT                 ; the span id; 0 or absent: none, the trace begins here
//! x-datadog-sampling-priority = "-1" / "0" / "1" / "2"    ; up to 0 drop, from 1 on keep; absent: undecided
//! x-datadog-origin            = 1*VCHAR                   ; passed on
//! x-datadog-tags              = tag *( "," tag )          ; at most 512 bytes
//! tag                         = "_dd.p." name "=" value   ; passed on; others are dropped
//! ```
//!
//! The tag `_dd.p.tid` has the high 64 bits of the trace id in exactly 16 lower-case hex digits; anything else there is
//! ignored. Where it is missing, a trace of the same low bits that another format has named is the same trace.

use super::sole::{Sole, sole};
use super::{Extract, Inject, Propagator, counts};
use crate::context::hex;
use crate::{Context, SpanId, TraceId};
use std::fmt::Write;

const TRACE_ID: &str = "x-datadog-trace-id";
const PARENT_ID: &str = "x-datadog-parent-id";
const PRIORITY: &str = "x-datadog-sampling-priority";
const ORIGIN: &str = "x-datadog-origin";
const TAGS: &str = "x-datadog-tags";
/// Tags are passed on up to this length.
const MAX_TAGS: usize = 512;
/// An origin longer than this is none.
const MAX_ORIGIN: usize = 128;
const TAG_PREFIX: &str = "_dd.p.";
const HIGH_BITS: &str = "_dd.p.tid";

/// The format of Datadog's own libraries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Datadog;

/// What valid headers say.
#[derive(Debug, Default)]
struct Read {
    low: u64,
    parent: u64,
    priority: Option<i8>,
    origin: String,
    tags: Tags,
}

/// `x-datadog-tags`, taken apart.
#[derive(Debug, Default)]
struct Tags {
    /// `_dd.p.tid`.
    high: Option<u64>,
    /// The others, as they came.
    others: String,
}

/// A header is malformed, or there twice with different values.
struct Malformed;

// === impl Datadog ===

impl Propagator for Datadog {
    fn inject(&self, context: &Context, carrier: &mut dyn Inject) {
        if !context.span_context().trace_id().is_valid() {
            return;
        }
        let (span, through) = (context.span_context(), context.pass_through());
        let mut text = String::with_capacity(48);
        let id = span.trace_id().to_u128();
        carrier.set(TRACE_ID, decimal(&mut text, id as u64));
        carrier.set(PARENT_ID, decimal(&mut text, span.span_id().to_u64()));
        match priority(context) {
            Some(priority) => carrier.set(PRIORITY, decimal(&mut text, priority)),
            None => carrier.unset(PRIORITY),
        }
        match through.origin.as_str() {
            "" => carrier.unset(ORIGIN),
            origin => carrier.set(ORIGIN, origin),
        }
        text.clear();
        text.push_str(&through.datadog_tags);
        let high = (id >> 64) as u64;
        if high != 0 {
            let separator = if text.is_empty() { "" } else { "," };
            // Writing to a string cannot fail.
            let _ = write!(text, "{separator}{HIGH_BITS}={high:016x}");
        }
        match (1..=MAX_TAGS).contains(&text.len()) {
            true => carrier.set(TAGS, &text),
            false => carrier.unset(TAGS),
        }
    }

    fn extract(&self, carrier: &dyn Extract, base: Context) -> Context {
        match read(carrier) {
            Ok(Some(read)) => read.continue_from(base),
            Ok(None) => base,
            Err(Malformed) => {
                counts::invalid(1);
                base
            }
        }
    }

    fn fields(&self) -> &[&'static str] {
        &[TRACE_ID, PARENT_ID, PRIORITY, ORIGIN, TAGS]
    }
}

// === impl Read ===

impl Read {
    fn continue_from(self, base: Context) -> Context {
        let known = base.span_context().trace_id().to_u128();
        // Without the high bits it is the trace that another format has named in full, if the low ones agree.
        let same = known as u64 == self.low && base.is_valid();
        let high = self.tags.high.unwrap_or(if same { (known >> 64) as u64 } else { 0 });
        let sampling = self.priority.map(|priority| priority > 0);
        let trace_id = TraceId::from_u128(u128::from(high) << 64 | u128::from(self.low));
        let context = match (self.low, self.parent) {
            (1.., 1..) => base.continued(trace_id, SpanId::from_u64(self.parent), sampling),
            // Without a span to continue it is for a trace that begins here, and that nobody else has named.
            _ if base.is_valid() => return base,
            // A test from outside names it: its results are found by that.
            (1.., 0) => base.continued(trace_id, SpanId::INVALID, sampling),
            (0, _) => base.with_sampling_decision(sampling),
        };
        if self.priority.is_none() && self.origin.is_empty() && self.tags.others.is_empty() {
            return context;
        }
        context.changed(|carried| {
            carried.pass_through.priority = self.priority;
            carried.pass_through.origin = self.origin;
            carried.pass_through.datadog_tags = self.tags.others;
        })
    }
}

/// The priority to send: what came, as long as it agrees with the decision.
pub(super) fn priority(context: &Context) -> Option<i8> {
    let sampled = context.sampling_decision()?;
    Some(context.pass_through().priority_if(sampled).unwrap_or(i8::from(sampled)))
}

/// A priority as libraries know them.
pub(super) fn read_priority(text: &[u8]) -> Option<i8> {
    match text {
        b"-1" => Some(-1),
        b"0" => Some(0),
        b"1" => Some(1),
        b"2" => Some(2),
        _ => None,
    }
}

/// `None`: there is no such header.
fn read(carrier: &dyn Extract) -> Result<Option<Read>, Malformed> {
    let one = |key| match sole(carrier, key) {
        Sole::Absent => Ok(None),
        Sole::One(value) => Ok(Some(value)),
        Sole::Several => Err(Malformed),
    };
    let (trace_id, priority, origin) = (one(TRACE_ID)?, one(PRIORITY)?, one(ORIGIN)?);
    if trace_id.is_none() && priority.is_none() && origin.is_none() {
        return Ok(None);
    }
    let low = trace_id.map_or(Ok(0), |id| read_decimal(id).filter(|id| *id > 0).ok_or(Malformed))?;
    let parent = one(PARENT_ID)?.map_or(Ok(0), |id| read_decimal(id).ok_or(Malformed))?;
    let priority = priority.map(|text| read_priority(text).ok_or(Malformed)).transpose()?;
    let origin = origin.filter(|text| (1..=MAX_ORIGIN).contains(&text.len()) && is_visible(text));
    let origin = origin.map_or(String::new(), |text| String::from_utf8_lossy(text).into_owned());
    let tags = one(TAGS)?.map_or(Tags::default(), |text| {
        Tags::read(text).unwrap_or_else(|| {
            counts::invalid(1);
            Tags::default()
        })
    });
    Ok(Some(Read { low, parent, priority, origin, tags }))
}

// === impl Tags ===

impl Tags {
    /// `None`: too long, or one of them malformed: then none is known.
    fn read(text: &[u8]) -> Option<Tags> {
        let mut tags = Tags::default();
        let text = std::str::from_utf8(text)
            .ok()
            .filter(|text| text.len() <= MAX_TAGS && is_visible(text.as_bytes()))?;
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            let (name, value) = tag.split_once('=')?;
            if name == HIGH_BITS {
                let high = hex::decode_lower(value.as_bytes()).map(u64::from_be_bytes);
                if high.is_err() {
                    counts::invalid(1);
                }
                tags.high = high.ok();
            } else if name.starts_with(TAG_PREFIX) && !value.is_empty() {
                if !tags.others.is_empty() {
                    tags.others.push(',');
                }
                tags.others.push_str(tag);
            }
        }
        Some(tags)
    }
}

/// Digits only: no sign, no blanks.
fn read_decimal(text: &[u8]) -> Option<u64> {
    let digits = text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}

fn is_visible(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
}

fn decimal(text: &mut String, number: impl std::fmt::Display) -> &str {
    text.clear();
    // Writing to a string cannot fail.
    let _ = write!(text, "{number}");
    text
}

#[cfg(test)]
mod tests;
