//! `XRay`: the header `X-Amzn-Trace-Id` of AWS X-Ray.
//!
//! The grammar (AWS X-Ray developer guide, "Tracing header"; names and hex digits in any case):
//!
//! ```abnf
//! header = field *( ";" field )              ; in any order, blanks around the parts are cut
//! field  = "Root=1-" 8HEXDIG "-" 24HEXDIG    ; all zero only where Sampled=0
//!        / "Parent=" 16HEXDIG                ; all zero only where Sampled=0
//!        / "Sampled=" ( "1" / "0" / "?" )    ; `?` as if absent: we decide
//!        / "Self=" *VCHAR                    ; of a load balancer, dropped
//!        / name "=" *VCHAR                   ; such as `Lineage`, passed on
//! ```
//!
//! A load balancer sends `Root` without `Parent`, and has it in its own log: the trace has that id, and begins here. X-Ray's
//! own SDKs have no ids in an unsampled trace and send zeros: the trace begins here too, and is unsampled.

use super::sole::{Sole, sole};
use super::{Extract, Inject, Propagator, counts};
use crate::context::hex;
use crate::context::ows::trim_ows;
use crate::{Context, SpanId, TraceId};

const HEADER: &str = "x-amzn-trace-id";
/// Unknown fields are passed on up to so many bytes in all; over it, none of those that come later.
const MAX_OTHERS: usize = 512;
/// Where `Root` and `Parent` end in what we write.
const ROOT_END: usize = 40;
const PARENT_END: usize = 64;

/// The format of AWS X-Ray.
#[derive(Clone, Copy, Debug)]
pub(super) struct XRay;

/// What a header says.
#[derive(Debug, Default)]
struct Read {
    root: Option<TraceId>,
    parent: Option<SpanId>,
    sampled: Option<bool>,
    others: String,
}

// === impl XRay ===

impl Propagator for XRay {
    fn inject(&self, context: &Context, carrier: &mut dyn Inject) {
        let span = context.span_context();
        if !span.trace_id().is_valid() {
            return;
        }
        const LEN: usize = 74;
        let mut text = *b"Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0";
        let _: &[u8; LEN] = &text;
        let (trace_id, others) = (span.trace_id().to_bytes(), &context.pass_through().xray);
        hex::encode_into(&trace_id[..4], &mut text[7..15]);
        hex::encode_into(&trace_id[4..], &mut text[16..40]);
        hex::encode_into(&span.span_id().to_bytes(), &mut text[48..64]);
        text[73] = if span.is_sampled() { b'1' } else { b'0' };
        // Undecided: who comes next decides.
        let known = if context.sampling_decision().is_some() { LEN } else { PARENT_END };
        let text = std::str::from_utf8(&text[..known]).unwrap_or_default();
        match (others.is_empty(), span.span_id().is_valid()) {
            (true, true) => carrier.set(HEADER, text),
            (false, true) => carrier.set(HEADER, &format!("{text};{others}")),
            // No span here has taken part in the trace: it goes on as it came.
            (_, false) => carrier.set(HEADER, &without_parent(text, others)),
        }
    }

    fn extract(&self, carrier: &dyn Extract, base: Context) -> Context {
        let read = match sole(carrier, HEADER) {
            Sole::Absent => return base,
            Sole::One(header) => Read::from(header),
            Sole::Several => None,
        };
        let Some(read) = read else {
            counts::invalid(1);
            return base;
        };
        let context = match (read.root, read.parent) {
            (Some(root), Some(parent)) => base.continued(root, parent, read.sampled),
            _ if base.is_valid() => base,
            (Some(root), None) => base.continued(root, SpanId::INVALID, read.sampled),
            (None, _) => base.with_sampling_decision(read.sampled),
        };
        if read.others == context.pass_through().xray {
            return context;
        }
        context.changed(|carried| carried.pass_through.xray = read.others)
    }

    fn fields(&self) -> &[&'static str] {
        &[HEADER]
    }
}

// === impl Read ===

impl Read {
    /// `None`: it is malformed.
    fn from(header: &[u8]) -> Option<Read> {
        let (mut read, mut full) = (Read::default(), false);
        for field in header.split(|byte| *byte == b';').map(trim_ows).filter(|field| !field.is_empty()) {
            let at = field.iter().position(|byte| *byte == b'=')?;
            let (name, value) = (trim_ows(&field[..at]), trim_ows(&field[at + 1..]));
            let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
            let is_new = if is("Root") {
                read.root.replace(read_root(value)?).is_none()
            } else if is("Parent") {
                read.parent.replace(SpanId::from_bytes(hex::decode(value).ok()?)).is_none()
            } else if is("Sampled") {
                read.sampled = read_sampled(value)?;
                true
            } else {
                full |= !is("Self") && !read.keep(name, value, full);
                true
            };
            if !is_new {
                return None;
            }
        }
        read.without_zeros()
    }

    /// Ids that are zeros are those of an unsampled trace, or malformed.
    fn without_zeros(self) -> Option<Read> {
        let (root, parent) = (self.root.filter(|id| id.is_valid()), self.parent.filter(|id| id.is_valid()));
        let any = root != self.root || parent != self.parent;
        (!any || self.sampled == Some(false)).then_some(Read { root, parent, ..self })
    }

    /// Keeps a field that is not known here; `false` if there is no room.
    fn keep(&mut self, name: &[u8], value: &[u8], full: bool) -> bool {
        let visible = |text: &[u8]| text.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
        if name.is_empty() || !visible(name) || !visible(value) {
            return true;
        }
        if full || self.others.len() + name.len() + value.len() + 2 > MAX_OTHERS {
            return false;
        }
        if !self.others.is_empty() {
            self.others.push(';');
        }
        self.others.extend(name.iter().chain(b"=").chain(value).map(|byte| char::from(*byte)));
        true
    }
}

/// The same with `Root` and `Sampled` only, and what is passed on.
fn without_parent(text: &str, others: &str) -> String {
    let mut out = text[..ROOT_END].to_owned();
    out.push_str(&text[PARENT_END..]);
    if !others.is_empty() {
        out.push(';');
        out.push_str(others);
    }
    out
}

fn read_root(value: &[u8]) -> Option<TraceId> {
    let rest = value.strip_prefix(b"1-").filter(|rest| rest.len() == 33 && rest[8] == b'-')?;
    let mut digits = [0; 32];
    digits[..8].copy_from_slice(&rest[..8]);
    digits[8..].copy_from_slice(&rest[9..]);
    hex::decode(&digits).map(TraceId::from_bytes).ok()
}

/// `Some(None)`: we decide.
fn read_sampled(value: &[u8]) -> Option<Option<bool>> {
    match value {
        b"1" => Some(Some(true)),
        b"0" => Some(Some(false)),
        b"?" | b"" => Some(None),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
