//! Reads OTLP trace messages. Custom exporters, tests and the collector consume this.
//!
//! Lenient where protobuf is, strict where data would be misread: unknown fields are skipped, unknown enum
//! numbers read as 0, text that is not UTF-8 gets U+FFFD; a known field in a wrong wire type, an id of a wrong
//! length and anything cut short are errors. A field that occurs again merges as protobuf says: scalars are
//! replaced, repeated fields grow, embedded messages merge field by field
//! (<https://protobuf.dev/programming-guides/encoding/#last-one-wins>).

use super::attribute_reader::read_key_value;
use super::cursor::Cursor;
use super::decode_error::DecodeError;
use super::message::{
    EventData, LinkData, Resource, ResourceSpans, Scope, ScopeSpans, SpanData, SpanKind, Status, StatusCode,
    TracesRequest,
};
use crate::context::{SpanId, TraceId};

/// Reads an `ExportTraceServiceRequest` (or `TracesData`, which looks the same).
///
/// What it allocates is at most proportional to the length of `body`, but two bytes can stand for an empty
/// span: bound the body.
///
/// # Errors
///
/// When `body` is not such a message; nothing of it is returned then.
pub fn read_traces(body: &[u8]) -> Result<TracesRequest, DecodeError> {
    let mut request = TracesRequest::default();
    let mut cursor = Cursor::new(body);
    while let Some(tag) = cursor.tag("TracesData")? {
        match tag.field {
            1 => request
                .resource_spans
                .push(read_resource_spans(cursor.message(tag, "TracesData.resource_spans")?)?),
            _ => cursor.skip(tag, "TracesData")?,
        }
    }
    Ok(request)
}

/// Reads a bare `Span` message, without tag and length around it.
///
/// # Errors
///
/// When `body` is not such a message.
pub fn read_span(body: &[u8]) -> Result<SpanData, DecodeError> {
    read_span_at(Cursor::new(body))
}

fn read_resource_spans(mut cursor: Cursor<'_>) -> Result<ResourceSpans, DecodeError> {
    let mut group = ResourceSpans::default();
    while let Some(tag) = cursor.tag("ResourceSpans")? {
        match tag.field {
            1 => merge_resource(&mut group.resource, cursor.message(tag, "ResourceSpans.resource")?)?,
            2 => group.scope_spans.push(read_scope_spans(cursor.message(tag, "ResourceSpans.scope_spans")?)?),
            3 => group.schema_url = cursor.string(tag, "ResourceSpans.schema_url")?,
            _ => cursor.skip(tag, "ResourceSpans")?,
        }
    }
    Ok(group)
}

pub(super) fn merge_resource(resource: &mut Resource, mut cursor: Cursor<'_>) -> Result<(), DecodeError> {
    while let Some(tag) = cursor.tag("Resource")? {
        match tag.field {
            1 => resource.attributes.push(read_key_value(cursor.message(tag, "Resource.attributes")?)?),
            2 => {
                resource.dropped_attributes_count =
                    cursor.varint(tag, "Resource.dropped_attributes_count")? as u32;
            }
            _ => cursor.skip(tag, "Resource")?,
        }
    }
    Ok(())
}

fn read_scope_spans(mut cursor: Cursor<'_>) -> Result<ScopeSpans, DecodeError> {
    let mut group = ScopeSpans::default();
    while let Some(tag) = cursor.tag("ScopeSpans")? {
        match tag.field {
            1 => merge_scope(&mut group.scope, cursor.message(tag, "ScopeSpans.scope")?)?,
            2 => group.spans.push(read_span_at(cursor.message(tag, "ScopeSpans.spans")?)?),
            3 => group.schema_url = cursor.string(tag, "ScopeSpans.schema_url")?,
            _ => cursor.skip(tag, "ScopeSpans")?,
        }
    }
    Ok(group)
}

pub(super) fn merge_scope(scope: &mut Scope, mut cursor: Cursor<'_>) -> Result<(), DecodeError> {
    while let Some(tag) = cursor.tag("Scope")? {
        match tag.field {
            1 => scope.name = cursor.string(tag, "Scope.name")?,
            2 => scope.version = cursor.string(tag, "Scope.version")?,
            3 => scope.attributes.push(read_key_value(cursor.message(tag, "Scope.attributes")?)?),
            4 => {
                scope.dropped_attributes_count = cursor.varint(tag, "Scope.dropped_attributes_count")? as u32;
            }
            _ => cursor.skip(tag, "Scope")?,
        }
    }
    Ok(())
}

fn read_span_at(mut cursor: Cursor<'_>) -> Result<SpanData, DecodeError> {
    let mut span = SpanData::default();
    while let Some(tag) = cursor.tag("Span")? {
        match tag.field {
            1 => span.trace_id = TraceId::from_bytes(cursor.id(tag, "Span.trace_id")?),
            2 => span.span_id = SpanId::from_bytes(cursor.id(tag, "Span.span_id")?),
            3 => span.trace_state = cursor.string(tag, "Span.trace_state")?,
            4 => span.parent_span_id = SpanId::from_bytes(cursor.id(tag, "Span.parent_span_id")?),
            5 => span.name = cursor.string(tag, "Span.name")?,
            6 => span.kind = SpanKind::from_i32(cursor.varint(tag, "Span.kind")? as i32),
            7 => span.start_unix_nanos = cursor.fixed64(tag, "Span.start_time_unix_nano")?,
            8 => span.end_unix_nanos = cursor.fixed64(tag, "Span.end_time_unix_nano")?,
            9 => span.attributes.push(read_key_value(cursor.message(tag, "Span.attributes")?)?),
            10 => {
                span.dropped_attributes_count = cursor.varint(tag, "Span.dropped_attributes_count")? as u32;
            }
            11 => span.events.push(read_event(cursor.message(tag, "Span.events")?)?),
            12 => span.dropped_events_count = cursor.varint(tag, "Span.dropped_events_count")? as u32,
            13 => span.links.push(read_link(cursor.message(tag, "Span.links")?)?),
            14 => span.dropped_links_count = cursor.varint(tag, "Span.dropped_links_count")? as u32,
            15 => merge_status(&mut span.status, cursor.message(tag, "Span.status")?)?,
            16 => span.flags = cursor.fixed32(tag, "Span.flags")?,
            _ => cursor.skip(tag, "Span")?,
        }
    }
    Ok(span)
}

fn read_event(mut cursor: Cursor<'_>) -> Result<EventData, DecodeError> {
    let mut event = EventData::default();
    while let Some(tag) = cursor.tag("Event")? {
        match tag.field {
            1 => event.time_unix_nanos = cursor.fixed64(tag, "Event.time_unix_nano")?,
            2 => event.name = cursor.string(tag, "Event.name")?,
            3 => event.attributes.push(read_key_value(cursor.message(tag, "Event.attributes")?)?),
            4 => {
                event.dropped_attributes_count = cursor.varint(tag, "Event.dropped_attributes_count")? as u32;
            }
            _ => cursor.skip(tag, "Event")?,
        }
    }
    Ok(event)
}

fn read_link(mut cursor: Cursor<'_>) -> Result<LinkData, DecodeError> {
    let mut link = LinkData::default();
    while let Some(tag) = cursor.tag("Link")? {
        match tag.field {
            1 => link.trace_id = TraceId::from_bytes(cursor.id(tag, "Link.trace_id")?),
            2 => link.span_id = SpanId::from_bytes(cursor.id(tag, "Link.span_id")?),
            3 => link.trace_state = cursor.string(tag, "Link.trace_state")?,
            4 => link.attributes.push(read_key_value(cursor.message(tag, "Link.attributes")?)?),
            5 => link.dropped_attributes_count = cursor.varint(tag, "Link.dropped_attributes_count")? as u32,
            6 => link.flags = cursor.fixed32(tag, "Link.flags")?,
            _ => cursor.skip(tag, "Link")?,
        }
    }
    Ok(link)
}

fn merge_status(status: &mut Status, mut cursor: Cursor<'_>) -> Result<(), DecodeError> {
    while let Some(tag) = cursor.tag("Status")? {
        match tag.field {
            2 => status.description = cursor.string(tag, "Status.message")?,
            3 => status.code = StatusCode::from_i32(cursor.varint(tag, "Status.code")? as i32),
            _ => cursor.skip(tag, "Status")?,
        }
    }
    Ok(())
}
