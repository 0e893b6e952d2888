//! Writes owned messages as OTLP. Custom exporters, tests and the collector consume this, and the OTLP exporter
//! for the resource and scope around the spans; the spans themselves the recorder has long written.
//!
//! Fields come in the order of their numbers and zero ones are left out, as the official encoders do it.

use super::attribute_reader::MAX_VALUE_DEPTH;
use super::message::{
    EventData, KeyValue, LinkData, Resource, ResourceSpans, Scope, ScopeSpans, SpanData, Status, StatusCode,
    TracesRequest, Value,
};
use super::writer::{
    put_bytes_field, put_double_field, put_fixed32_field, put_fixed64_field, put_key_value_bool,
    put_key_value_bytes, put_key_value_f64, put_key_value_i64, put_key_value_str, put_message,
    put_string_field, put_varint_field,
};
use crate::context::{SpanId, TraceId};

/// Writes an `ExportTraceServiceRequest`.
///
/// An empty resource, scope or status is left out; [`Value::Empty`] is written as an `AnyValue` with nothing
/// in it. A list or map that itself is 64 values deep, which no receiver takes, is written without its elements.
#[must_use]
pub fn write_traces(request: &TracesRequest) -> Vec<u8> {
    let mut out = Vec::new();
    for group in &request.resource_spans {
        put_message(&mut out, 1, |out| put_resource_spans(out, group));
    }
    out
}

/// Appends `resource` as field 1 of `ResourceSpans` (and of `ResourceLogs`), or nothing when it is empty.
pub(crate) fn put_resource(out: &mut Vec<u8>, resource: &Resource) {
    if *resource == Resource::default() {
        return;
    }
    put_message(out, 1, |out| {
        put_attributes(out, 1, &resource.attributes);
        put_count(out, 2, resource.dropped_attributes_count);
    });
}

/// Appends `scope` as field 1 of `ScopeSpans` (and of `ScopeLogs`), or nothing when it is empty.
pub(crate) fn put_scope(out: &mut Vec<u8>, scope: &Scope) {
    if *scope == Scope::default() {
        return;
    }
    put_message(out, 1, |out| {
        put_text(out, 1, &scope.name);
        put_text(out, 2, &scope.version);
        put_attributes(out, 3, &scope.attributes);
        put_count(out, 4, scope.dropped_attributes_count);
    });
}

fn put_resource_spans(out: &mut Vec<u8>, group: &ResourceSpans) {
    put_resource(out, &group.resource);
    for scope_spans in &group.scope_spans {
        put_message(out, 2, |out| put_scope_spans(out, scope_spans));
    }
    put_text(out, 3, &group.schema_url);
}

fn put_scope_spans(out: &mut Vec<u8>, group: &ScopeSpans) {
    put_scope(out, &group.scope);
    for span in &group.spans {
        put_message(out, 2, |out| put_span(out, span));
    }
    put_text(out, 3, &group.schema_url);
}

/// Appends the content of a `Span`.
fn put_span(out: &mut Vec<u8>, span: &SpanData) {
    put_trace_id(out, 1, span.trace_id);
    put_span_id(out, 2, span.span_id);
    put_text(out, 3, &span.trace_state);
    put_span_id(out, 4, span.parent_span_id);
    put_text(out, 5, &span.name);
    put_count(out, 6, span.kind.to_i32() as u32);
    put_time(out, 7, span.start_unix_nanos);
    put_time(out, 8, span.end_unix_nanos);
    put_attributes(out, 9, &span.attributes);
    put_count(out, 10, span.dropped_attributes_count);
    for event in &span.events {
        put_message(out, 11, |out| put_event(out, event));
    }
    put_count(out, 12, span.dropped_events_count);
    for link in &span.links {
        put_message(out, 13, |out| put_link(out, link));
    }
    put_count(out, 14, span.dropped_links_count);
    put_status(out, &span.status);
    put_flags(out, 16, span.flags);
}

fn put_event(out: &mut Vec<u8>, event: &EventData) {
    put_time(out, 1, event.time_unix_nanos);
    put_text(out, 2, &event.name);
    put_attributes(out, 3, &event.attributes);
    put_count(out, 4, event.dropped_attributes_count);
}

fn put_link(out: &mut Vec<u8>, link: &LinkData) {
    put_trace_id(out, 1, link.trace_id);
    put_span_id(out, 2, link.span_id);
    put_text(out, 3, &link.trace_state);
    put_attributes(out, 4, &link.attributes);
    put_count(out, 5, link.dropped_attributes_count);
    put_flags(out, 6, link.flags);
}

fn put_status(out: &mut Vec<u8>, status: &Status) {
    if status.code == StatusCode::Unset && status.description.is_empty() {
        return;
    }
    put_message(out, 15, |out| {
        put_text(out, 2, &status.description);
        put_count(out, 3, status.code.to_i32() as u32);
    });
}

pub(super) fn put_attributes(out: &mut Vec<u8>, field: u32, attributes: &[KeyValue]) {
    for attribute in attributes {
        put_deep_key_value(out, field, attribute, 1);
    }
}

/// Appends a whole `KeyValue` as field `field` of the message around it.
pub(crate) fn put_key_value(out: &mut Vec<u8>, field: u32, attribute: &KeyValue) {
    put_deep_key_value(out, field, attribute, 1);
}

fn put_deep_key_value(out: &mut Vec<u8>, field: u32, KeyValue { key, value }: &KeyValue, depth: usize) {
    match value {
        Value::String(text) => put_key_value_str(out, field, key, text),
        Value::Bool(truth) => put_key_value_bool(out, field, key, *truth),
        Value::Int(number) => put_key_value_i64(out, field, key, *number),
        Value::Double(number) => put_key_value_f64(out, field, key, *number),
        Value::Bytes(bytes) => put_key_value_bytes(out, field, key, bytes),
        Value::Empty | Value::Array(_) | Value::Map(_) => put_message(out, field, |out| {
            put_text(out, 1, key);
            put_message(out, 2, |out| put_value(out, value, depth));
        }),
    }
}

/// Appends the content of an `AnyValue`; as a member of a oneof it is written even when it is zero.
pub(super) fn put_value(out: &mut Vec<u8>, value: &Value, depth: usize) {
    let has_room = depth < MAX_VALUE_DEPTH;
    match value {
        Value::Empty => {}
        Value::String(text) => put_string_field(out, 1, text),
        Value::Bool(truth) => put_varint_field(out, 2, u64::from(*truth)),
        Value::Int(number) => put_varint_field(out, 3, *number as u64),
        Value::Double(number) => put_double_field(out, 4, *number),
        Value::Array(elements) => put_message(out, 5, |out| {
            for element in elements.iter().filter(|_| has_room) {
                put_message(out, 1, |out| put_value(out, element, depth + 1));
            }
        }),
        Value::Map(entries) => put_message(out, 6, |out| {
            for entry in entries.iter().filter(|_| has_room) {
                put_deep_key_value(out, 1, entry, depth + 1);
            }
        }),
        Value::Bytes(bytes) => put_bytes_field(out, 7, bytes),
    }
}

pub(super) fn put_text(out: &mut Vec<u8>, field: u32, text: &str) {
    if !text.is_empty() {
        put_string_field(out, field, text);
    }
}

pub(super) fn put_count(out: &mut Vec<u8>, field: u32, count: u32) {
    if count != 0 {
        put_varint_field(out, field, u64::from(count));
    }
}

pub(super) fn put_time(out: &mut Vec<u8>, field: u32, unix_nanos: u64) {
    if unix_nanos != 0 {
        put_fixed64_field(out, field, unix_nanos);
    }
}

pub(super) fn put_flags(out: &mut Vec<u8>, field: u32, flags: u32) {
    if flags != 0 {
        put_fixed32_field(out, field, flags);
    }
}

pub(super) fn put_trace_id(out: &mut Vec<u8>, field: u32, id: TraceId) {
    if id.is_valid() {
        put_bytes_field(out, field, &id.to_bytes());
    }
}

pub(super) fn put_span_id(out: &mut Vec<u8>, field: u32, id: SpanId) {
    if id.is_valid() {
        put_bytes_field(out, field, &id.to_bytes());
    }
}
