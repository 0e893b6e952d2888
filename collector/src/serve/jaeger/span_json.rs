//! A span in Jaeger's legacy shape: references, tags and logs.

use super::super::json::Json;
use super::answers::legacy_id;
use crate::analysis::Identified;
use crate::query::{base64, value_text};
use crate::store::{Log, Span, kind_name};
use throughline::wire::{EventData, KeyValue, SpanKind, StatusCode, Value};
use throughline::{SpanId, TraceId};

/// Beyond this, a number in JSON is not exact in a browser.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Writes the span, its log records among its events.
pub(super) fn put_span<'t>(
    json: &mut Json,
    span: &Identified<'_>,
    logs: impl ExactSizeIterator<Item = &'t Log>,
    process: usize,
    warnings: &[String],
) {
    let data = span.span.data();
    json.object(|json| {
        json.key("traceID").quoted(legacy_id(data.trace_id));
        json.key("spanID").quoted(span.id);
        json.key("operationName").string(&data.name);
        json.key("references").array(|json| put_references(json, span));
        json.key("startTime").plain(data.start_unix_nanos / 1000);
        json.key("duration").plain(data.end_unix_nanos.saturating_sub(data.start_unix_nanos) / 1000);
        let added = added_tags(span.span);
        // An attribute `error` gives way to the status.
        let own = data.attributes.iter().filter(|a| !(span.span.is_error() && a.key == "error"));
        put_tags(json.key("tags"), own.collect(), &added);
        json.key("logs").array(|json| put_logs(json, &data.events, logs));
        json.key("processID").quoted(format_args!("p{process}"));
        match warnings.is_empty() {
            true => json.key("warnings").plain("null"),
            false => json.key("warnings").array(|json| warnings.iter().for_each(|text| json.string(text))),
        }
    });
}

/// Writes tags sorted by key, equal keys in the order given.
pub(super) fn put_tags(json: &mut Json, own: Vec<&KeyValue>, added: &[(&str, Value)]) {
    let own = own.into_iter().map(|attribute| (attribute.key.as_str(), &attribute.value));
    let mut tags: Vec<(&str, &Value)> = own.chain(added.iter().map(|(key, value)| (*key, value))).collect();
    tags.sort_by_key(|(key, _)| *key);
    json.array(|json| tags.iter().for_each(|(key, value)| put_tag(json, key, value)));
}

fn added_tags(span: &Span) -> Vec<(&'static str, Value)> {
    let (data, scope) = (span.data(), span.scope());
    let text = |text: &str| Value::String(text.to_owned());
    let mut tags = Vec::new();
    let mut add_text = |key, value: &str| {
        if !value.is_empty() {
            tags.push((key, text(value)));
        }
    };
    add_text("otel.scope.name", &scope.name);
    add_text("otel.scope.version", &scope.version);
    add_text("otel.status_description", &data.status.description);
    add_text("w3c.tracestate", &data.trace_state);
    if data.kind != SpanKind::Unspecified {
        add_text("span.kind", kind_name(data.kind));
    }
    match data.status.code {
        StatusCode::Unset => {}
        StatusCode::Ok => add_text("otel.status_code", "OK"),
        StatusCode::Error => add_text("otel.status_code", "ERROR"),
    }
    if span.is_error() {
        tags.push(("error", Value::Bool(true)));
    }
    tags
}

/// The parent, and the links. A link to the parent takes its place, as in the real one.
fn put_references(json: &mut Json, span: &Identified<'_>) {
    let data = span.span.data();
    let parent = (data.trace_id, span.parent);
    let is_linked = data.links.iter().any(|link| (link.trace_id, link.span_id) == parent);
    if span.parent.is_valid() && !is_linked {
        put_reference(json, "CHILD_OF", parent);
    }
    for link in &data.links {
        put_reference(json, "FOLLOWS_FROM", (link.trace_id, link.span_id));
    }
}

fn put_reference(json: &mut Json, kind: &str, (trace, span): (TraceId, SpanId)) {
    json.object(|json| {
        json.key("refType").quoted(kind);
        json.key("traceID").quoted(legacy_id(trace));
        json.key("spanID").quoted(span);
    });
}

/// Writes the events as they came; if there are log records too, all in the order of time.
fn put_logs<'t>(json: &mut Json, events: &[EventData], logs: impl ExactSizeIterator<Item = &'t Log>) {
    if logs.len() == 0 {
        return events.iter().for_each(|event| put_event(json, event));
    }
    let events = events.iter().map(|event| (event.time_unix_nanos, Ok(event)));
    let mut all: Vec<(u64, Result<&EventData, &Log>)> =
        events.chain(logs.map(|log| (log.unix_nanos(), Err(log)))).collect();
    all.sort_by_key(|(time, _)| *time);
    for (_, one) in all {
        match one {
            Ok(event) => put_event(json, event),
            Err(log) => put_log(json, log),
        }
    }
}

fn put_event(json: &mut Json, event: &EventData) {
    put_entry(json, event.time_unix_nanos, &[("event", &event.name)], &event.attributes);
}

/// A log record has the fields by which OpenTracing's loggers are known.
fn put_log(json: &mut Json, log: &Log) {
    let data = log.data();
    let body = value_text(&data.body);
    let fields = [
        ("event", data.event_name.as_str()),
        ("level", log.severity()),
        ("message", &body),
        ("otel.scope.name", &log.scope().name),
    ];
    put_entry(json, log.unix_nanos(), &fields, &data.attributes);
}

/// Writes an entry of `logs`: `fields` that hold something, then attributes by key.
fn put_entry(json: &mut Json, unix_nanos: u64, fields: &[(&str, &str)], attributes: &[KeyValue]) {
    json.object(|json| {
        json.key("timestamp").plain(unix_nanos / 1000);
        let mut attributes: Vec<&KeyValue> = attributes.iter().collect();
        attributes.sort_by_key(|attribute| &attribute.key);
        json.key("fields").array(|json| {
            for (key, text) in fields.iter().filter(|(_, text)| !text.is_empty()) {
                put_tag(json, key, &Value::String((*text).to_owned()));
            }
            attributes.iter().for_each(|attribute| put_tag(json, &attribute.key, &attribute.value));
        });
    });
}

fn put_tag(json: &mut Json, key: &str, value: &Value) {
    json.object(|json| {
        json.key("key").string(key);
        let kind = match value {
            Value::Bool(_) => "bool",
            Value::Int(_) => "int64",
            Value::Double(_) => "float64",
            Value::Bytes(_) => "binary",
            Value::Empty | Value::String(_) | Value::Array(_) | Value::Map(_) => "string",
        };
        json.key("type").quoted(kind);
        put_value(json.key("value"), value);
    });
}

fn put_value(json: &mut Json, value: &Value) {
    match value {
        Value::Int(int) if int.unsigned_abs() > MAX_SAFE_INTEGER => json.quoted(int),
        // JSON has no NaN and no infinity; the real one fails the whole answer.
        Value::Double(double) if !double.is_finite() => json.string(&value_text(value)),
        Value::Bool(_) | Value::Int(_) | Value::Double(_) => json.plain(value_text(value)),
        Value::Bytes(bytes) if bytes.is_empty() => json.plain("null"),
        Value::Bytes(bytes) => json.quoted(base64(bytes)),
        Value::Empty | Value::String(_) | Value::Array(_) | Value::Map(_) => json.string(&value_text(value)),
    }
}
