//! What was recorded, as the OTLP JSON that should have arrived. Written by hand: our own writers are what is tested.

use serde_json::{Value as Json, json};
use throughline::SpanData;
use throughline::wire::{EventData, KeyValue, LinkData, Value};

/// A span.
pub(crate) fn span(span: &SpanData) -> Json {
    json!({
        "traceId": hex(&span.trace_id.to_bytes()),
        "spanId": hex(&span.span_id.to_bytes()),
        "traceState": span.trace_state,
        "parentSpanId": hex(&span.parent_span_id.to_bytes()),
        "flags": span.flags,
        "name": span.name,
        "kind": span.kind.to_i32(),
        "startTimeUnixNano": span.start_unix_nanos.to_string(),
        "endTimeUnixNano": span.end_unix_nanos.to_string(),
        "attributes": attributes(&span.attributes),
        "droppedAttributesCount": span.dropped_attributes_count,
        "events": span.events.iter().map(event).collect::<Vec<_>>(),
        "droppedEventsCount": span.dropped_events_count,
        "links": span.links.iter().map(link).collect::<Vec<_>>(),
        "droppedLinksCount": span.dropped_links_count,
        "status": {"code": span.status.code.to_i32(), "message": span.status.description},
    })
}

/// A list of attributes.
pub(crate) fn attributes(attributes: &[KeyValue]) -> Json {
    attributes.iter().map(|pair| json!({"key": pair.key, "value": value(&pair.value)})).collect()
}

fn event(event: &EventData) -> Json {
    json!({
        "timeUnixNano": event.time_unix_nanos.to_string(),
        "name": event.name,
        "attributes": attributes(&event.attributes),
        "droppedAttributesCount": event.dropped_attributes_count,
    })
}

fn link(link: &LinkData) -> Json {
    json!({
        "traceId": hex(&link.trace_id.to_bytes()),
        "spanId": hex(&link.span_id.to_bytes()),
        "traceState": link.trace_state,
        "attributes": attributes(&link.attributes),
        "droppedAttributesCount": link.dropped_attributes_count,
        "flags": link.flags,
    })
}

/// The value of an attribute, or the body of a log record.
pub(crate) fn value(value: &Value) -> Json {
    match value {
        Value::Empty => json!({}),
        Value::String(text) => json!({"stringValue": text}),
        Value::Bool(truth) => json!({"boolValue": truth}),
        Value::Int(number) => json!({"intValue": number.to_string()}),
        Value::Double(number) => json!({"doubleValue": double(*number)}),
        Value::Array(items) => {
            json!({"arrayValue": {"values": items.iter().map(self::value).collect::<Vec<_>>()}})
        }
        Value::Map(entries) => json!({"kvlistValue": {"values": attributes(entries)}}),
        Value::Bytes(bytes) => json!({"bytesValue": base64(bytes)}),
    }
}

/// Its digits as text; NaN and Infinity are called so in OTLP JSON too.
fn double(number: f64) -> String {
    match number.is_infinite() {
        true if number > 0.0 => "Infinity".to_owned(),
        true => "-Infinity".to_owned(),
        false => format!("{number:e}"),
    }
}

/// Lower-case hex; nothing for an id that is not there.
pub(crate) fn hex(id: &[u8]) -> String {
    if id.iter().all(|byte| *byte == 0) {
        return String::new();
    }
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits =
            group.iter().enumerate().fold(0_u32, |bits, (n, byte)| bits | u32::from(*byte) << (16 - 8 * n));
        for n in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * n) & 63) as usize];
            text.push(if n <= group.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[test]
fn the_letters_of_base64() {
    let all = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
    ];
    for (plain, coded) in all {
        assert_eq!(base64(plain.as_bytes()), coded);
    }
    assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
}
