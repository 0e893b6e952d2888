//! Writes owned log messages as OTLP. Custom exporters, tests and the collector consume this.

use super::encode::{
    put_attributes, put_count, put_flags, put_resource, put_scope, put_span_id, put_text, put_time,
    put_trace_id, put_value,
};
use super::log_message::{LogData, LogsRequest, ResourceLogs, ScopeLogs};
use super::message::Value;
use super::writer::{put_message, put_varint_field};

/// Writes an `ExportLogsServiceRequest`.
///
/// An empty resource, scope or body is left out. A list or map that itself is 64 values deep, which no
/// receiver takes, is written without its elements.
#[must_use]
pub fn write_logs(request: &LogsRequest) -> Vec<u8> {
    let mut out = Vec::new();
    for group in &request.resource_logs {
        put_message(&mut out, 1, |out| put_resource_logs(out, group));
    }
    out
}

fn put_resource_logs(out: &mut Vec<u8>, group: &ResourceLogs) {
    put_resource(out, &group.resource);
    for scope_logs in &group.scope_logs {
        put_message(out, 2, |out| put_scope_logs(out, scope_logs));
    }
    put_text(out, 3, &group.schema_url);
}

fn put_scope_logs(out: &mut Vec<u8>, group: &ScopeLogs) {
    put_scope(out, &group.scope);
    for log in &group.logs {
        put_message(out, 2, |out| put_log(out, log));
    }
    put_text(out, 3, &group.schema_url);
}

/// Appends the content of a `LogRecord`.
fn put_log(out: &mut Vec<u8>, log: &LogData) {
    put_time(out, 1, log.time_unix_nanos);
    if log.severity_number != 0 {
        put_varint_field(out, 2, i64::from(log.severity_number) as u64);
    }
    put_text(out, 3, &log.severity_text);
    if log.body != Value::Empty {
        put_message(out, 5, |out| put_value(out, &log.body, 1));
    }
    put_attributes(out, 6, &log.attributes);
    put_count(out, 7, log.dropped_attributes_count);
    put_flags(out, 8, log.flags);
    put_trace_id(out, 9, log.trace_id);
    put_span_id(out, 10, log.span_id);
    put_time(out, 11, log.observed_unix_nanos);
    put_text(out, 12, &log.event_name);
}
