//! Reads OTLP log messages, as lenient and as strict as the reader of traces. Custom exporters, tests and the
//! collector consume this.

use super::attribute_reader::{read_key_value, read_value};
use super::cursor::Cursor;
use super::decode_error::DecodeError;
use super::log_message::{LogData, LogsRequest, ResourceLogs, ScopeLogs};
use super::reader::{merge_resource, merge_scope};
use crate::context::{SpanId, TraceId};

/// Reads an `ExportLogsServiceRequest` (or `LogsData`, which looks the same).
///
/// What it allocates is at most proportional to the length of `body`, but two bytes can stand for an empty
/// record: bound the body.
///
/// # Errors
///
/// When `body` is not such a message; nothing of it is returned then.
pub fn read_logs(body: &[u8]) -> Result<LogsRequest, DecodeError> {
    let mut request = LogsRequest::default();
    let mut cursor = Cursor::new(body);
    while let Some(tag) = cursor.tag("LogsData")? {
        match tag.field {
            1 => request
                .resource_logs
                .push(read_resource_logs(cursor.message(tag, "LogsData.resource_logs")?)?),
            _ => cursor.skip(tag, "LogsData")?,
        }
    }
    Ok(request)
}

/// Reads a bare `LogRecord` message, without tag and length around it.
///
/// # Errors
///
/// When `body` is not such a message.
pub fn read_log(body: &[u8]) -> Result<LogData, DecodeError> {
    read_log_at(Cursor::new(body))
}

fn read_resource_logs(mut cursor: Cursor<'_>) -> Result<ResourceLogs, DecodeError> {
    let mut group = ResourceLogs::default();
    while let Some(tag) = cursor.tag("ResourceLogs")? {
        match tag.field {
            1 => merge_resource(&mut group.resource, cursor.message(tag, "ResourceLogs.resource")?)?,
            2 => group.scope_logs.push(read_scope_logs(cursor.message(tag, "ResourceLogs.scope_logs")?)?),
            3 => group.schema_url = cursor.string(tag, "ResourceLogs.schema_url")?,
            _ => cursor.skip(tag, "ResourceLogs")?,
        }
    }
    Ok(group)
}

fn read_scope_logs(mut cursor: Cursor<'_>) -> Result<ScopeLogs, DecodeError> {
    let mut group = ScopeLogs::default();
    while let Some(tag) = cursor.tag("ScopeLogs")? {
        match tag.field {
            1 => merge_scope(&mut group.scope, cursor.message(tag, "ScopeLogs.scope")?)?,
            2 => group.logs.push(read_log_at(cursor.message(tag, "ScopeLogs.log_records")?)?),
            3 => group.schema_url = cursor.string(tag, "ScopeLogs.schema_url")?,
            _ => cursor.skip(tag, "ScopeLogs")?,
        }
    }
    Ok(group)
}

fn read_log_at(mut cursor: Cursor<'_>) -> Result<LogData, DecodeError> {
    let mut log = LogData::default();
    while let Some(tag) = cursor.tag("LogRecord")? {
        match tag.field {
            1 => log.time_unix_nanos = cursor.fixed64(tag, "LogRecord.time_unix_nano")?,
            2 => log.severity_number = cursor.varint(tag, "LogRecord.severity_number")? as i32,
            3 => log.severity_text = cursor.string(tag, "LogRecord.severity_text")?,
            5 => read_value(&mut log.body, cursor.message(tag, "LogRecord.body")?)?,
            6 => log.attributes.push(read_key_value(cursor.message(tag, "LogRecord.attributes")?)?),
            7 => {
                log.dropped_attributes_count =
                    cursor.varint(tag, "LogRecord.dropped_attributes_count")? as u32;
            }
            8 => log.flags = cursor.fixed32(tag, "LogRecord.flags")?,
            9 => log.trace_id = TraceId::from_bytes(cursor.id(tag, "LogRecord.trace_id")?),
            10 => log.span_id = SpanId::from_bytes(cursor.id(tag, "LogRecord.span_id")?),
            11 => log.observed_unix_nanos = cursor.fixed64(tag, "LogRecord.observed_time_unix_nano")?,
            12 => log.event_name = cursor.string(tag, "LogRecord.event_name")?,
            _ => cursor.skip(tag, "LogRecord")?,
        }
    }
    Ok(log)
}
