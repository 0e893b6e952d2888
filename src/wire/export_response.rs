//! `ExportResponse`: what a collector answers to an export. The OTLP exporter and the collector consume this.

use super::cursor::Cursor;
use super::decode_error::DecodeError;
use super::writer::{put_message, put_string_field, put_varint_field};

/// An `ExportTraceServiceResponse`, or an `ExportLogsServiceResponse`: it looks the same, with log records in
/// place of spans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportResponse {
    /// How many spans (or log records) the receiver refused; should not be negative, but nothing checks it.
    pub rejected_spans: i64,
    /// Why, for people; with nothing rejected it is a warning. May be empty.
    pub error_message: String,
    /// Whether the answer held a `partial_success` at all, be it an empty one.
    pub has_partial_success: bool,
}

/// Reads an `ExportTraceServiceResponse` or `ExportLogsServiceResponse`; an empty body is full success.
///
/// # Errors
///
/// When `body` is not such a message.
pub fn read_export_response(body: &[u8]) -> Result<ExportResponse, DecodeError> {
    let mut response = ExportResponse::default();
    let mut cursor = Cursor::new(body);
    while let Some(tag) = cursor.tag("ExportResponse")? {
        match tag.field {
            1 => {
                response.has_partial_success = true;
                let partial = cursor.message(tag, "ExportResponse.partial_success")?;
                merge_partial_success(&mut response, partial)?;
            }
            _ => cursor.skip(tag, "ExportResponse")?,
        }
    }
    Ok(response)
}

/// Writes an `ExportTraceServiceResponse` or `ExportLogsServiceResponse`.
///
/// Without [`has_partial_success`](ExportResponse::has_partial_success) the body is empty, which is full
/// success, whatever the other fields say.
#[must_use]
pub fn write_export_response(response: &ExportResponse) -> Vec<u8> {
    let mut out = Vec::new();
    if response.has_partial_success {
        put_message(&mut out, 1, |out| {
            if response.rejected_spans != 0 {
                put_varint_field(out, 1, response.rejected_spans as u64);
            }
            if !response.error_message.is_empty() {
                put_string_field(out, 2, &response.error_message);
            }
        });
    }
    out
}

fn merge_partial_success(response: &mut ExportResponse, mut cursor: Cursor<'_>) -> Result<(), DecodeError> {
    while let Some(tag) = cursor.tag("PartialSuccess")? {
        match tag.field {
            1 => response.rejected_spans = cursor.varint(tag, "PartialSuccess.rejected_spans")? as i64,
            2 => response.error_message = cursor.string(tag, "PartialSuccess.error_message")?,
            _ => cursor.skip(tag, "PartialSuccess")?,
        }
    }
    Ok(())
}
