//! The oracle: the generated types of `opentelemetry-proto`, arbitrary ones, and what they are in our types.

use crate::wire;
use crate::{SpanId, TraceId};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList, any_value::Value,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use proptest::collection::vec;
use proptest::prelude::*;

// === arbitrary ===

pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(String::new()),
        4 => any::<[char; 3]>().prop_map(String::from_iter),
        1 => (0..400_usize).prop_map(|len| "ä".repeat(len)),
    ]
}

pub(super) fn id(len: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(Vec::new()), Just(vec![0; len]), vec(any::<u8>(), len)]
}

pub(super) fn number() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0..64_u32).prop_map(|(bits, shift)| bits >> shift)
}

pub(super) fn count() -> impl Strategy<Value = u32> {
    number().prop_map(|number| number as u32)
}

/// Known numbers of an enum, and others.
pub(super) fn enumerator() -> impl Strategy<Value = i32> {
    prop_oneof![4 => -1..8_i32, 1 => any::<i32>()]
}

pub(super) fn value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        Just(None),
        text().prop_map(|text| Some(Value::StringValue(text))),
        any::<bool>().prop_map(|truth| Some(Value::BoolValue(truth))),
        number().prop_map(|number| Some(Value::IntValue(number as i64))),
        any::<u64>().prop_map(|bits| Some(Value::DoubleValue(f64::from_bits(bits)))),
        vec(any::<u8>(), 0..200).prop_map(|bytes| Some(Value::BytesValue(bytes))),
        any::<i32>().prop_map(|index| Some(Value::StringValueStrindex(index))),
    ];
    leaf.prop_map(|value| AnyValue { value }).prop_recursive(4, 12, 3, |inner| {
        let entry = (text(), proptest::option::of(inner.clone()));
        let entry = entry.prop_map(|(key, value)| KeyValue { key, value, key_strindex: 0 });
        prop_oneof![
            vec(inner, 0..3).prop_map(|values| Value::ArrayValue(ArrayValue { values })),
            vec(entry, 0..3).prop_map(|values| Value::KvlistValue(KeyValueList { values })),
        ]
        .prop_map(|value| AnyValue { value: Some(value) })
    })
}

pub(super) fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let attribute = (text(), proptest::option::of(value()), 0..2_i32);
    vec(attribute.prop_map(|(key, value, key_strindex)| KeyValue { key, value, key_strindex }), 0..3)
}

fn event() -> impl Strategy<Value = Event> {
    (number(), text(), attributes(), count()).prop_map(|(time, name, attributes, dropped)| Event {
        time_unix_nano: time,
        name,
        attributes,
        dropped_attributes_count: dropped,
    })
}

fn link() -> impl Strategy<Value = Link> {
    (id(16), id(8), text(), attributes(), count(), any::<u32>()).prop_map(
        |(trace_id, span_id, trace_state, attributes, dropped, flags)| Link {
            trace_id,
            span_id,
            trace_state,
            attributes,
            dropped_attributes_count: dropped,
            flags,
        },
    )
}

fn status() -> impl Strategy<Value = Option<Status>> {
    proptest::option::of((text(), enumerator()).prop_map(|(message, code)| Status { message, code }))
}

pub(super) fn span() -> impl Strategy<Value = Span> {
    let head = (id(16), id(8), text(), id(8), any::<u32>(), text(), enumerator(), number(), number());
    let tail = (attributes(), vec(event(), 0..3), vec(link(), 0..3), status(), [count(), count(), count()]);
    (head, tail).prop_map(|(head, (attributes, events, links, status, dropped))| Span {
        trace_id: head.0,
        span_id: head.1,
        trace_state: head.2,
        parent_span_id: head.3,
        flags: head.4,
        name: head.5,
        kind: head.6,
        start_time_unix_nano: head.7,
        end_time_unix_nano: head.8,
        attributes,
        dropped_attributes_count: dropped[0],
        events,
        dropped_events_count: dropped[1],
        links,
        dropped_links_count: dropped[2],
        status,
    })
}

pub(super) fn scope() -> impl Strategy<Value = InstrumentationScope> {
    (text(), text(), attributes(), count()).prop_map(|(name, version, attributes, dropped)| {
        InstrumentationScope { name, version, attributes, dropped_attributes_count: dropped }
    })
}

fn scope_spans() -> impl Strategy<Value = ScopeSpans> {
    (proptest::option::of(scope()), vec(span(), 0..3), text())
        .prop_map(|(scope, spans, schema_url)| ScopeSpans { scope, spans, schema_url })
}

pub(super) fn resource() -> impl Strategy<Value = Resource> {
    let entity = text().prop_map(|url| EntityRef { schema_url: url, ..EntityRef::default() });
    (attributes(), count(), vec(entity, 0..2)).prop_map(|(attributes, dropped, entity_refs)| Resource {
        attributes,
        dropped_attributes_count: dropped,
        entity_refs,
    })
}

fn resource_spans() -> impl Strategy<Value = ResourceSpans> {
    (proptest::option::of(resource()), vec(scope_spans(), 0..3), text())
        .prop_map(|(resource, scope_spans, schema_url)| ResourceSpans { resource, scope_spans, schema_url })
}

pub(super) fn request() -> impl Strategy<Value = ExportTraceServiceRequest> {
    vec(resource_spans(), 0..3).prop_map(|resource_spans| ExportTraceServiceRequest { resource_spans })
}

// === in our types ===

pub(super) fn ours(request: &ExportTraceServiceRequest) -> wire::TracesRequest {
    wire::TracesRequest { resource_spans: request.resource_spans.iter().map(our_resource_spans).collect() }
}

fn our_resource_spans(group: &ResourceSpans) -> wire::ResourceSpans {
    wire::ResourceSpans {
        resource: our_resource(group.resource.as_ref()),
        scope_spans: group.scope_spans.iter().map(our_scope_spans).collect(),
        schema_url: group.schema_url.clone(),
    }
}

pub(super) fn our_resource(resource: Option<&Resource>) -> wire::Resource {
    let resource = resource.cloned().unwrap_or_default();
    wire::Resource {
        attributes: our_attributes(&resource.attributes),
        dropped_attributes_count: resource.dropped_attributes_count,
    }
}

fn our_scope_spans(group: &ScopeSpans) -> wire::ScopeSpans {
    wire::ScopeSpans {
        scope: our_scope(group.scope.as_ref()),
        spans: group.spans.iter().map(our_span).collect(),
        schema_url: group.schema_url.clone(),
    }
}

pub(super) fn our_scope(scope: Option<&InstrumentationScope>) -> wire::Scope {
    let scope = scope.cloned().unwrap_or_default();
    wire::Scope {
        name: scope.name,
        version: scope.version,
        attributes: our_attributes(&scope.attributes),
        dropped_attributes_count: scope.dropped_attributes_count,
    }
}

pub(super) fn our_span(span: &Span) -> wire::SpanData {
    let status = span.status.clone().unwrap_or_default();
    wire::SpanData {
        trace_id: our_trace_id(&span.trace_id),
        span_id: our_span_id(&span.span_id),
        trace_state: span.trace_state.clone(),
        parent_span_id: our_span_id(&span.parent_span_id),
        flags: span.flags,
        name: span.name.clone(),
        kind: match span.kind {
            1 => wire::SpanKind::Internal,
            2 => wire::SpanKind::Server,
            3 => wire::SpanKind::Client,
            4 => wire::SpanKind::Producer,
            5 => wire::SpanKind::Consumer,
            _ => wire::SpanKind::Unspecified,
        },
        start_unix_nanos: span.start_time_unix_nano,
        end_unix_nanos: span.end_time_unix_nano,
        attributes: our_attributes(&span.attributes),
        dropped_attributes_count: span.dropped_attributes_count,
        events: span.events.iter().map(our_event).collect(),
        dropped_events_count: span.dropped_events_count,
        links: span.links.iter().map(our_link).collect(),
        dropped_links_count: span.dropped_links_count,
        status: wire::Status {
            code: match status.code {
                1 => wire::StatusCode::Ok,
                2 => wire::StatusCode::Error,
                _ => wire::StatusCode::Unset,
            },
            description: status.message,
        },
    }
}

fn our_event(event: &Event) -> wire::EventData {
    wire::EventData {
        time_unix_nanos: event.time_unix_nano,
        name: event.name.clone(),
        attributes: our_attributes(&event.attributes),
        dropped_attributes_count: event.dropped_attributes_count,
    }
}

fn our_link(link: &Link) -> wire::LinkData {
    wire::LinkData {
        trace_id: our_trace_id(&link.trace_id),
        span_id: our_span_id(&link.span_id),
        trace_state: link.trace_state.clone(),
        attributes: our_attributes(&link.attributes),
        dropped_attributes_count: link.dropped_attributes_count,
        flags: link.flags,
    }
}

pub(super) fn our_attributes(attributes: &[KeyValue]) -> Vec<wire::KeyValue> {
    let our = |attribute: &KeyValue| wire::KeyValue {
        key: attribute.key.clone(),
        value: our_value(&attribute.value.clone().unwrap_or_default()),
    };
    attributes.iter().map(our).collect()
}

pub(super) fn our_value(value: &AnyValue) -> wire::Value {
    match value.value.clone() {
        None | Some(Value::StringValueStrindex(_)) => wire::Value::Empty,
        Some(Value::StringValue(text)) => wire::Value::String(text),
        Some(Value::BoolValue(truth)) => wire::Value::Bool(truth),
        Some(Value::IntValue(number)) => wire::Value::Int(number),
        Some(Value::DoubleValue(number)) => wire::Value::Double(number),
        Some(Value::ArrayValue(array)) => wire::Value::Array(array.values.iter().map(our_value).collect()),
        Some(Value::KvlistValue(map)) => wire::Value::Map(our_attributes(&map.values)),
        Some(Value::BytesValue(bytes)) => wire::Value::Bytes(bytes),
    }
}

/// An id of a wrong length, which only a mutated message holds, is not compared.
pub(super) fn our_trace_id(bytes: &[u8]) -> TraceId {
    bytes.try_into().map_or(TraceId::INVALID, TraceId::from_bytes)
}

pub(super) fn our_span_id(bytes: &[u8]) -> SpanId {
    bytes.try_into().map_or(SpanId::INVALID, SpanId::from_bytes)
}
