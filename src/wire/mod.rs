//! The protobuf of OTLP, by hand: the writer that the recorder uses to put each value once in its final form,
//! and the reader that custom exporters, tests and the collector use.
//!
//! ```
//! use throughline::wire::{self, SpanData};
//!
//! let body = b"\x2a\x05GET /"; // field 5, `name`, in 5 bytes
//! let span = wire::read_span(body)?;
//! assert_eq!(span, SpanData { name: "GET /".into(), ..SpanData::default() });
//! assert_eq!(wire::read_span(&body[..4]).unwrap_err().to_string(), "Span.name: cut short at byte 2");
//! # Ok::<(), wire::DecodeError>(())
//! ```
//!
//! | down to bytes | up from bytes | |
//! |---|---|---|
//! | `varint`, `wire_type` | `varint`, `wire_type`, `cursor` | numbers and fields of protobuf |
//! | `writer` | `attribute_reader` | `KeyValue` |
//! | `encode` | `reader` | requests and spans |
//! | `log_encode` | `log_reader` | the same for log records |
//! | `export_response` | `export_response` | what a collector answers |

mod attribute_reader;
mod cursor;
mod decode_error;
mod encode;
mod export_response;
mod key;
mod log_encode;
mod log_message;
mod log_reader;
mod message;
mod reader;
#[cfg(test)]
mod tests;
mod value;
mod varint;
mod wire_type;
mod writer;

pub(crate) use attribute_reader::read_key_value;
pub(crate) use cursor::Cursor;
pub use decode_error::DecodeError;
pub use encode::write_traces;
pub(crate) use encode::{put_key_value, put_resource, put_scope};
pub use export_response::{ExportResponse, read_export_response, write_export_response};
pub(crate) use key::Key;
pub use log_encode::write_logs;
pub use log_message::{LogData, LogsRequest, ResourceLogs, ScopeLogs};
pub use log_reader::{read_log, read_logs};
pub use message::{
    EventData, KeyValue, LinkData, Resource, ResourceSpans, Scope, ScopeSpans, SpanData, SpanKind, Status,
    StatusCode, TracesRequest, Value,
};
pub use reader::{read_span, read_traces};
pub(crate) use varint::{put_varint, varint_len};
pub(crate) use writer::{
    put_bytes_field, put_fixed32_field, put_fixed64_field, put_key_value_bool, put_key_value_i64,
    put_key_value_str, put_key_value_text, put_len_prefix, put_message, put_string_field, put_varint_field,
};
