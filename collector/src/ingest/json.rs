//! Reads OTLP JSON (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>): ids in hex, 64-bit
//! numbers as numbers or text, names in camelCase or snake_case, enums as numbers or names, unknown fields
//! ignored, `null` as the default.

use super::json_value::{Fields, list, object, read_attributes};
use serde_json::Value as Json;
use throughline::wire::{
    EventData, LinkData, Resource, ResourceSpans, Scope, ScopeSpans, SpanData, SpanKind, Status, StatusCode,
    TracesRequest,
};
use throughline::{SpanId, TraceId};

/// What a byte of JSON can take as a tree of values: `[],` is three bytes and one value in a list that grew.
const BYTES_PER_BYTE: usize = 16;

const KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];
const STATUS_CODES: [&str; 3] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

/// The memory that reading the body takes at most.
pub(crate) fn json_bytes(body: &[u8]) -> usize {
    body.len().saturating_mul(BYTES_PER_BYTE)
}

/// Reads an `ExportTraceServiceRequest`; what follows the first JSON value is ignored, as other receivers do.
///
/// # Errors
///
/// Says for people what is wrong.
pub(crate) fn read_json(body: &[u8]) -> Result<TracesRequest, String> {
    let resource_spans = read_request(body, "resourceSpans", read_resource_spans)?;
    Ok(TracesRequest { resource_spans })
}

/// Reads a request that holds nothing but a list, which is its field `name`.
pub(super) fn read_request<T>(
    body: &[u8],
    name: &str,
    read: impl Fn(&Json) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let text = String::from_utf8_lossy(body);
    let mut values = serde_json::Deserializer::from_str(&text).into_iter::<Json>();
    let json = values.next().ok_or("the body is empty")?.map_err(|e| e.to_string())?;
    if json.is_null() {
        return Ok(Vec::new());
    }
    let request = Fields::of(&json, "the request")?;
    list(request.get(name), name, read)
}

fn read_resource_spans(json: &Json) -> Result<ResourceSpans, String> {
    let fields = Fields::of(json, "resourceSpans")?;
    Ok(ResourceSpans {
        resource: object(fields.get("resource"), read_resource)?,
        scope_spans: list(fields.get("scopeSpans"), "scopeSpans", read_scope_spans)?,
        schema_url: fields.string("schemaUrl")?,
    })
}

pub(super) fn read_resource(json: &Json) -> Result<Resource, String> {
    let fields = Fields::of(json, "resource")?;
    Ok(Resource {
        attributes: read_attributes(fields.get("attributes"))?,
        dropped_attributes_count: fields.number("droppedAttributesCount")?,
    })
}

fn read_scope_spans(json: &Json) -> Result<ScopeSpans, String> {
    let fields = Fields::of(json, "scopeSpans")?;
    Ok(ScopeSpans {
        scope: object(fields.get("scope"), read_scope)?,
        spans: list(fields.get("spans"), "spans", read_span)?,
        schema_url: fields.string("schemaUrl")?,
    })
}

pub(super) fn read_scope(json: &Json) -> Result<Scope, String> {
    let fields = Fields::of(json, "scope")?;
    Ok(Scope {
        name: fields.string("name")?,
        version: fields.string("version")?,
        attributes: read_attributes(fields.get("attributes"))?,
        dropped_attributes_count: fields.number("droppedAttributesCount")?,
    })
}

fn read_span(json: &Json) -> Result<SpanData, String> {
    let fields = Fields::of(json, "spans")?;
    Ok(SpanData {
        trace_id: fields.id("traceId", TraceId::INVALID)?,
        span_id: fields.id("spanId", SpanId::INVALID)?,
        trace_state: fields.string("traceState")?,
        parent_span_id: fields.id("parentSpanId", SpanId::INVALID)?,
        flags: fields.number("flags")?,
        name: fields.string("name")?,
        kind: span_kind(fields.code("kind", &KINDS)?),
        start_unix_nanos: fields.number("startTimeUnixNano")?,
        end_unix_nanos: fields.number("endTimeUnixNano")?,
        attributes: read_attributes(fields.get("attributes"))?,
        dropped_attributes_count: fields.number("droppedAttributesCount")?,
        events: list(fields.get("events"), "events", read_event)?,
        dropped_events_count: fields.number("droppedEventsCount")?,
        links: list(fields.get("links"), "links", read_link)?,
        dropped_links_count: fields.number("droppedLinksCount")?,
        status: object(fields.get("status"), read_status)?,
    })
}

fn read_event(json: &Json) -> Result<EventData, String> {
    let fields = Fields::of(json, "events")?;
    Ok(EventData {
        time_unix_nanos: fields.number("timeUnixNano")?,
        name: fields.string("name")?,
        attributes: read_attributes(fields.get("attributes"))?,
        dropped_attributes_count: fields.number("droppedAttributesCount")?,
    })
}

fn read_link(json: &Json) -> Result<LinkData, String> {
    let fields = Fields::of(json, "links")?;
    Ok(LinkData {
        trace_id: fields.id("traceId", TraceId::INVALID)?,
        span_id: fields.id("spanId", SpanId::INVALID)?,
        trace_state: fields.string("traceState")?,
        attributes: read_attributes(fields.get("attributes"))?,
        dropped_attributes_count: fields.number("droppedAttributesCount")?,
        flags: fields.number("flags")?,
    })
}

fn read_status(json: &Json) -> Result<Status, String> {
    let fields = Fields::of(json, "status")?;
    let code = match fields.code("code", &STATUS_CODES)? {
        1 => StatusCode::Ok,
        2 => StatusCode::Error,
        _ => StatusCode::Unset,
    };
    Ok(Status { code, description: fields.string("message")? })
}

fn span_kind(number: i64) -> SpanKind {
    match number {
        1 => SpanKind::Internal,
        2 => SpanKind::Server,
        3 => SpanKind::Client,
        4 => SpanKind::Producer,
        5 => SpanKind::Consumer,
        _ => SpanKind::Unspecified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(fields: &str) -> Result<SpanData, String> {
        let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{fields}}}]}}]}}]}}"#);
        let mut request = read_json(body.as_bytes())?;
        Ok(request.resource_spans.remove(0).scope_spans.remove(0).spans.remove(0))
    }

    #[test]
    fn both_spellings_and_both_forms_of_numbers_are_read() {
        let id = r#""traceId":"0AF7651916CD43DD8448EB211C80319C""#;
        let one = span(&format!(r#"{id},"startTimeUnixNano":"17","kind":3,"status":{{"code":2}}"#));
        let two = span(&format!(
            r#"{},"start_time_unix_nano":17,"kind":"SPAN_KIND_CLIENT","status":{{"code":"STATUS_CODE_ERROR"}}"#,
            id.replace("traceId", "trace_id")
        ));
        assert_eq!(one, two);
        let span = one.expect("a valid span");
        assert_eq!(span.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!((span.start_unix_nanos, span.kind), (17, SpanKind::Client));
    }

    #[test]
    fn null_and_unknown_fields_do_not_matter() {
        assert_eq!(
            span(r#""name":null,"traceId":"","spanId":null,"status":null,"more":[{}],"flags":null"#),
            Ok(SpanData::default())
        );
        assert_eq!(read_json(b"null"), Ok(TracesRequest::default()));
        assert_eq!(read_json(br#"{"resourceSpans":null} trailing"#), Ok(TracesRequest::default()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (fields, named) in [
            (r#""traceId":"0af7""#, "traceId"),
            (r#""spanId":"zzzzzzzzzzzzzzzz""#, "spanId"),
            (r#""startTimeUnixNano":"-1""#, "startTimeUnixNano"),
            (r#""startTimeUnixNano":1.5"#, "startTimeUnixNano"),
            (r#""kind":"NOPE""#, "kind"),
            (r#""flags":4294967296"#, "flags"),
            (r#""name":5"#, "name"),
            (r#""attributes":{}"#, "attributes"),
        ] {
            let error = span(fields).expect_err(fields);
            assert!(error.contains(named), "{fields}: {error}");
        }
        for body in ["", " \n", "[]", "\"x\"", "{", "nonsense"] {
            assert!(read_json(body.as_bytes()).is_err(), "{body:?}");
        }
    }
}
