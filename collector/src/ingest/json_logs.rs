//! Reads log records in OTLP JSON, as `json` reads spans.

use super::json::{read_request, read_resource, read_scope};
use super::json_value::{Fields, list, object, read_attributes, read_value};
use serde_json::Value as Json;
use throughline::wire::{LogData, LogsRequest, ResourceLogs, ScopeLogs};
use throughline::{SpanId, TraceId};

const SEVERITIES: [&str; 25] = [
    "SEVERITY_NUMBER_UNSPECIFIED",
    "SEVERITY_NUMBER_TRACE",
    "SEVERITY_NUMBER_TRACE2",
    "SEVERITY_NUMBER_TRACE3",
    "SEVERITY_NUMBER_TRACE4",
    "SEVERITY_NUMBER_DEBUG",
    "SEVERITY_NUMBER_DEBUG2",
    "SEVERITY_NUMBER_DEBUG3",
    "SEVERITY_NUMBER_DEBUG4",
    "SEVERITY_NUMBER_INFO",
    "SEVERITY_NUMBER_INFO2",
    "SEVERITY_NUMBER_INFO3",
    "SEVERITY_NUMBER_INFO4",
    "SEVERITY_NUMBER_WARN",
    "SEVERITY_NUMBER_WARN2",
    "SEVERITY_NUMBER_WARN3",
    "SEVERITY_NUMBER_WARN4",
    "SEVERITY_NUMBER_ERROR",
    "SEVERITY_NUMBER_ERROR2",
    "SEVERITY_NUMBER_ERROR3",
    "SEVERITY_NUMBER_ERROR4",
    "SEVERITY_NUMBER_FATAL",
    "SEVERITY_NUMBER_FATAL2",
    "SEVERITY_NUMBER_FATAL3",
    "SEVERITY_NUMBER_FATAL4",
];

/// Reads an `ExportLogsServiceRequest`; what follows the first JSON value is ignored, as other receivers do.
///
/// # Errors
///
/// Says for people what is wrong.
pub(crate) fn read_json_logs(body: &[u8]) -> Result<LogsRequest, String> {
    let resource_logs = read_request(body, "resourceLogs", read_resource_logs)?;
    Ok(LogsRequest { resource_logs })
}

fn read_resource_logs(json: &Json) -> Result<ResourceLogs, String> {
    let fields = Fields::of(json, "resourceLogs")?;
    Ok(ResourceLogs {
        resource: object(fields.get("resource"), read_resource)?,
        scope_logs: list(fields.get("scopeLogs"), "scopeLogs", read_scope_logs)?,
        schema_url: fields.string("schemaUrl")?,
    })
}

fn read_scope_logs(json: &Json) -> Result<ScopeLogs, String> {
    let fields = Fields::of(json, "scopeLogs")?;
    Ok(ScopeLogs {
        scope: object(fields.get("scope"), read_scope)?,
        logs: list(fields.get("logRecords"), "logRecords", read_log)?,
        schema_url: fields.string("schemaUrl")?,
    })
}

fn read_log(json: &Json) -> Result<LogData, String> {
    let fields = Fields::of(json, "logRecords")?;
    Ok(LogData {
        time_unix_nanos: fields.number("timeUnixNano")?,
        observed_unix_nanos: fields.number("observedTimeUnixNano")?,
        severity_number: severity(&fields)?,
        severity_text: fields.string("severityText")?,
        body: object(fields.get("body"), read_value)?,
        attributes: read_attributes(fields.get("attributes"))?,
        dropped_attributes_count: fields.number("droppedAttributesCount")?,
        flags: fields.number("flags")?,
        trace_id: fields.id("traceId", TraceId::INVALID)?,
        span_id: fields.id("spanId", SpanId::INVALID)?,
        event_name: fields.string("eventName")?,
    })
}

fn severity(fields: &Fields<'_>) -> Result<i32, String> {
    let number = fields.code("severityNumber", &SEVERITIES)?;
    i32::try_from(number).map_err(|_| "severityNumber: a number in its range is expected".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use throughline::wire::Value;

    fn log(fields: &str) -> Result<LogData, String> {
        let body = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{{fields}}}]}}]}}]}}"#);
        let mut request = read_json_logs(body.as_bytes())?;
        Ok(request.resource_logs.remove(0).scope_logs.remove(0).logs.remove(0))
    }

    #[test]
    fn both_spellings_and_both_forms_of_numbers_are_read() {
        let one = log(
            r#""traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"00F067AA0BA902B7","timeUnixNano":"17",
            "observedTimeUnixNano":"18","severityNumber":13,"severityText":"warn","body":{"stringValue":"b"},
            "eventName":"e","flags":1,"droppedAttributesCount":2,"attributes":[{"key":"k","value":{"intValue":"1"}}]"#,
        );
        let two = log(
            r#""trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"00f067aa0ba902b7","time_unix_nano":17,
            "observed_time_unix_nano":18,"severity_number":"SEVERITY_NUMBER_WARN","severity_text":"warn",
            "body":{"string_value":"b"},"event_name":"e","flags":1,"dropped_attributes_count":"2",
            "attributes":[{"key":"k","value":{"int_value":1}}]"#,
        );
        assert_eq!(one, two);
        let log = one.expect("a valid log record");
        assert_eq!((log.time_unix_nanos, log.observed_unix_nanos, log.severity_number), (17, 18, 13));
        assert_eq!((log.body, log.event_name.as_str()), (Value::String("b".to_owned()), "e"));
    }

    #[test]
    fn null_and_unknown_fields_do_not_matter() {
        assert_eq!(log(r#""body":null,"traceId":"","spanId":null,"more":[{}]"#), Ok(LogData::default()));
        assert_eq!(read_json_logs(b"null"), Ok(LogsRequest::default()));
        assert_eq!(read_json_logs(br#"{"resourceSpans":[{}]}"#), Ok(LogsRequest::default()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (fields, named) in [
            (r#""traceId":"0af7""#, "traceId"),
            (r#""spanId":"zzzzzzzzzzzzzzzz""#, "spanId"),
            (r#""timeUnixNano":"-1""#, "timeUnixNano"),
            (r#""severityNumber":"LOUD""#, "severityNumber"),
            (r#""severityNumber":2147483648"#, "severityNumber"),
            (r#""body":"text""#, "value"),
        ] {
            let error = log(fields).expect_err(fields);
            assert!(error.contains(named), "{fields}: {error}");
        }
        assert!(read_json_logs(b"").is_err() && read_json_logs(b"[]").is_err());
    }
}
