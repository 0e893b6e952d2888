//! What an OTLP request will take in memory once it is decoded, found without decoding it.
//!
//! The reader allocates at most in proportion to the body, but the proportion can be 150: an empty span takes
//! two bytes on the wire and some hundred in memory. This walk finds the number first; `receive` refuses the body
//! if it is too high. It follows the messages that nest and ignores everything else; where the body is not well
//! formed it stops, and the reader finds the fault.

use std::mem::size_of;
use throughline::wire::{
    EventData, KeyValue, LinkData, LogData, ResourceLogs, ResourceSpans, ScopeLogs, ScopeSpans, SpanData,
    Value,
};

/// The most that a request may take once it is decoded.
pub(crate) const MAX_DECODED_BYTES: usize = 384 * 1024 * 1024;

/// Messages within messages, more than the reader allows.
const MAX_DEPTH: usize = 512;

/// The messages that nest.
#[derive(Clone, Copy)]
enum Message {
    Traces,
    ResourceSpans,
    ScopeSpans,
    Span,
    Logs,
    ResourceLogs,
    ScopeLogs,
    Log,
    Resource,
    Scope,
    Event,
    Link,
    KeyValue,
    Value,
    /// The value of a log record, which lies within it.
    Body,
    Array,
    Map,
}

// === impl Message ===

impl Message {
    /// The message in a field of this one.
    fn child(self, field: u64) -> Option<Message> {
        Some(match (self, field) {
            (Message::Traces, 1) => Message::ResourceSpans,
            (Message::Logs, 1) => Message::ResourceLogs,
            (Message::ResourceSpans | Message::ResourceLogs, 1) => Message::Resource,
            (Message::ResourceSpans, 2) => Message::ScopeSpans,
            (Message::ResourceLogs, 2) => Message::ScopeLogs,
            (Message::ScopeSpans | Message::ScopeLogs, 1) => Message::Scope,
            (Message::ScopeSpans, 2) => Message::Span,
            (Message::ScopeLogs, 2) => Message::Log,
            (Message::Log, 5) => Message::Body,
            (Message::Log, 6) => Message::KeyValue,
            (Message::Resource, 1) | (Message::Scope, 3) | (Message::Span, 9) => Message::KeyValue,
            (Message::Event, 3) | (Message::Link, 4) | (Message::Map, 1) => Message::KeyValue,
            (Message::Span, 11) => Message::Event,
            (Message::Span, 13) => Message::Link,
            (Message::KeyValue, 2) | (Message::Array, 1) => Message::Value,
            (Message::Value | Message::Body, 5) => Message::Array,
            (Message::Value | Message::Body, 6) => Message::Map,
            _ => return None,
        })
    }

    /// What one takes as an element of the list that holds it.
    fn size(self) -> usize {
        match self {
            Message::ResourceSpans => size_of::<ResourceSpans>(),
            Message::ScopeSpans => size_of::<ScopeSpans>(),
            Message::Span => size_of::<SpanData>(),
            Message::ResourceLogs => size_of::<ResourceLogs>(),
            Message::ScopeLogs => size_of::<ScopeLogs>(),
            Message::Log => size_of::<LogData>(),
            Message::Event => size_of::<EventData>(),
            Message::Link => size_of::<LinkData>(),
            Message::KeyValue => size_of::<KeyValue>(),
            Message::Value => size_of::<Value>(),
            Message::Traces | Message::Logs | Message::Resource | Message::Scope => 0,
            Message::Body | Message::Array | Message::Map => 0,
        }
    }
}

/// The memory that a request of spans takes once it is decoded, give or take the slack of growing lists.
pub(crate) fn decoded_bytes(body: &[u8]) -> usize {
    decoded_as(Message::Traces, body)
}

/// As [`decoded_bytes`], of a request of log records.
pub(crate) fn decoded_log_bytes(body: &[u8]) -> usize {
    decoded_as(Message::Logs, body)
}

fn decoded_as(request: Message, body: &[u8]) -> usize {
    // Text and bytes are copied once; they cannot be longer than the body.
    let mut total = body.len();
    let mut open = vec![(request, body)];
    while let Some((message, mut rest)) = open.pop() {
        while let Some((field, inner)) = next_field(&mut rest) {
            let Some((child, inner)) = inner.and_then(|inner| Some((message.child(field)?, inner))) else {
                continue;
            };
            total += child.size();
            if open.len() > MAX_DEPTH {
                return total; // the reader refuses it
            }
            // Deeper values come first, so that the stack holds one entry a level.
            open.push((message, rest));
            open.push((child, inner));
            rest = &[];
        }
    }
    total
}

/// The next field's number, and its content if it is delimited by length.
fn next_field<'b>(rest: &mut &'b [u8]) -> Option<(u64, Option<&'b [u8]>)> {
    let key = varint(rest)?;
    let length = match key & 7 {
        0 => {
            varint(rest)?;
            return Some((key >> 3, None));
        }
        1 => 8,
        2 => usize::try_from(varint(rest)?).ok()?,
        5 => 4,
        _ => 0, // a group's bounds: its fields come one by one
    };
    let (content, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some((key >> 3, (key & 7 == 2).then_some(content)))
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use throughline::wire::{LogsRequest, TracesRequest, write_logs, write_traces};

    fn request(spans: Vec<SpanData>) -> TracesRequest {
        TracesRequest {
            resource_spans: vec![ResourceSpans {
                scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
                ..ResourceSpans::default()
            }],
        }
    }

    #[test]
    fn empty_spans_count_at_their_size_in_memory() {
        // A resource of one scope of a thousand empty spans: field 2, length 0.
        let spans = [0x12, 0].repeat(1000);
        let scope = [&[0x12, 0xd0, 0x0f][..], &spans].concat();
        let body = [&[0x0a, 0xd3, 0x0f][..], &scope].concat();
        let bytes = decoded_bytes(&body);
        assert!(bytes >= 1000 * size_of::<SpanData>(), "{bytes}");
        assert!(bytes < 1001 * size_of::<SpanData>() + 1000 + body.len(), "{bytes}");
    }

    #[test]
    fn attributes_events_links_and_nested_values_count() {
        let key_value = |value| KeyValue { key: "k".to_owned(), value };
        let list = Value::Array(vec![
            Value::Array(vec![Value::Empty; 10]),
            Value::Map(vec![key_value(Value::Int(1)); 5]),
        ]);
        let span = SpanData {
            name: "n".repeat(100),
            attributes: vec![key_value(list)],
            events: vec![EventData::default(); 3],
            links: vec![LinkData::default(); 2],
            ..SpanData::default()
        };
        let body = write_traces(&request(vec![span]));
        let least = size_of::<SpanData>()
            + 6 * size_of::<KeyValue>()
            + 12 * size_of::<Value>()
            + 3 * size_of::<EventData>()
            + 2 * size_of::<LinkData>();
        let bytes = decoded_bytes(&body);
        assert!((least..least + 2 * body.len() + 2000).contains(&bytes), "{bytes} against {least}");
    }

    #[test]
    fn log_records_with_their_bodies_and_attributes_count() {
        let list = Value::Array(vec![Value::Empty; 10]);
        let log = LogData {
            body: list.clone(),
            attributes: vec![KeyValue { key: "k".to_owned(), value: list }],
            ..LogData::default()
        };
        let scope_logs = vec![ScopeLogs { logs: vec![log; 3], ..ScopeLogs::default() }];
        let group = ResourceLogs { scope_logs, ..ResourceLogs::default() };
        let body = write_logs(&LogsRequest { resource_logs: vec![group] });
        let least = 3 * (size_of::<LogData>() + size_of::<KeyValue>() + 20 * size_of::<Value>());
        let bytes = decoded_log_bytes(&body);
        assert!((least..least + 2 * body.len() + 2000).contains(&bytes), "{bytes} against {least}");
    }

    #[test]
    fn bodies_that_are_not_well_formed_end_the_walk() {
        let body = write_traces(&request(vec![SpanData { name: "n".to_owned(), ..SpanData::default() }]));
        for end in 0..body.len() {
            assert!(decoded_bytes(&body[..end]) <= decoded_bytes(&body));
        }
        assert_eq!(decoded_bytes(&[0xff; 32]), 32);
        assert_eq!(decoded_bytes(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), 10);
    }
}
