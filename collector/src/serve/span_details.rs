//! One span in full, for the viewer's side panel.

use super::json::Json;
use super::log_details::put_logs;
use crate::analysis::{LogPlaces, Row, Tree, failure};
use crate::query::value_text;
use crate::store::kind_name;
use throughline::wire::{EventData, KeyValue, LinkData, StatusCode, Value};

/// Writes all that is known of the span of the row at `at`.
pub(super) fn put_span_details(
    json: &mut Json,
    tree: &Tree<'_>,
    (at, row): (usize, &Row<'_>),
    logs: &LogPlaces<'_>,
) {
    let (data, scope) = (row.span.data(), row.span.scope());
    json.object(|json| {
        json.key("traceId").quoted(data.trace_id);
        json.key("spanId").quoted(row.id);
        json.key("parentSpanId").quoted(data.parent_span_id);
        json.key("service").string(row.span.service());
        json.key("operation").string(&data.name);
        json.key("kind").string(kind_name(data.kind));
        json.key("startUnixNanos").quoted(data.start_unix_nanos);
        json.key("offsetNanos").plain(data.start_unix_nanos.saturating_sub(tree.start_unix_nanos()));
        json.key("durationNanos").plain(data.end_unix_nanos.saturating_sub(data.start_unix_nanos));
        json.key("status").string(match data.status.code {
            StatusCode::Unset => "unset",
            StatusCode::Ok => "ok",
            StatusCode::Error => "error",
        });
        json.key("statusMessage").string(&data.status.description);
        json.key("failure").string(&failure(row.span).unwrap_or_default());
        json.key("traceState").string(&data.trace_state);
        json.key("flags").plain(data.flags);
        json.key("warnings").array(|json| row.warnings.iter().for_each(|w| json.string(&w.to_string())));
        put_attributes(json, "attributes", &data.attributes, data.dropped_attributes_count);
        json.key("events").array(|json| data.events.iter().for_each(|event| put_event(json, tree, event)));
        json.key("droppedEvents").plain(data.dropped_events_count);
        put_logs(json, tree, logs.of(at));
        json.key("links").array(|json| data.links.iter().for_each(|link| put_link(json, link)));
        json.key("droppedLinks").plain(data.dropped_links_count);
        json.key("scope").object(|json| {
            json.key("name").string(&scope.name);
            json.key("version").string(&scope.version);
            put_attributes(json, "attributes", &scope.attributes, scope.dropped_attributes_count);
        });
        let resource = row.span.source().resource();
        json.key("resource").object(|json| {
            put_attributes(json, "attributes", &resource.attributes, resource.dropped_attributes_count);
        });
    });
}

fn put_event(json: &mut Json, tree: &Tree<'_>, event: &EventData) {
    json.object(|json| {
        json.key("name").string(&event.name);
        // An event before the trace's start has a negative offset.
        let offset = i128::from(event.time_unix_nanos) - i128::from(tree.start_unix_nanos());
        json.key("offsetNanos").plain(offset);
        put_attributes(json, "attributes", &event.attributes, event.dropped_attributes_count);
    });
}

fn put_link(json: &mut Json, link: &LinkData) {
    json.object(|json| {
        json.key("traceId").quoted(link.trace_id);
        json.key("spanId").quoted(link.span_id);
        json.key("traceState").string(&link.trace_state);
        put_attributes(json, "attributes", &link.attributes, link.dropped_attributes_count);
    });
}

/// Writes `name` as a list of `[key, type, text]`, and how many the sender dropped.
pub(super) fn put_attributes(json: &mut Json, name: &str, attributes: &[KeyValue], dropped: u32) {
    json.key(name).array(|json| {
        for attribute in attributes {
            json.array(|json| {
                json.string(&attribute.key);
                json.string(type_name(&attribute.value));
                json.string(&value_text(&attribute.value));
            });
        }
    });
    json.key("droppedAttributes").plain(dropped);
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Empty => "empty",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Double(_) => "double",
        Value::Array(_) => "array",
        Value::Map(_) => "map",
        Value::Bytes(_) => "bytes",
    }
}
