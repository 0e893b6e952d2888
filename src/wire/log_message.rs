//! The OTLP log messages as owned values: what the reader makes, what custom exporters, tests and the
//! collector see. Shapes and names follow `opentelemetry/proto/logs/v1/logs.proto`.

use super::message::{KeyValue, Resource, Scope, Value};
use crate::context::{SpanId, TraceId};

/// An `ExportLogsServiceRequest` (or `LogsData`): log records grouped by resource and scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogsRequest {
    /// One entry for each resource, in the order received.
    pub resource_logs: Vec<ResourceLogs>,
}

/// The log records of one resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceLogs {
    /// Who made the records; empty when the message had none.
    pub resource: Resource,
    /// One entry for each instrumentation scope.
    pub scope_logs: Vec<ScopeLogs>,
    /// The schema that the resource's attributes follow.
    pub schema_url: String,
}

/// The log records of one instrumentation scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScopeLogs {
    /// The library or target that made the records; empty when the message had none.
    pub scope: Scope,
    /// The records.
    pub logs: Vec<LogData>,
    /// The schema that the records follow.
    pub schema_url: String,
}

/// A log record, decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogData {
    /// When it happened, nanoseconds since the Unix epoch; 0 when that is not known.
    pub time_unix_nanos: u64,
    /// When it was collected, nanoseconds since the Unix epoch.
    pub observed_unix_nanos: u64,
    /// 1 to 4 trace, 5 to 8 debug, 9 to 12 info, 13 to 16 warn, 17 to 20 error, 21 to 24 fatal; 0 when it was
    /// not said. Other numbers are kept as they came.
    pub severity_number: i32,
    /// The severity as its source calls it; may be empty.
    pub severity_text: String,
    /// What is said: text, or any other value; [`Value::Empty`] when the message had none.
    pub body: Value,
    /// Attributes in the order received, duplicates kept.
    pub attributes: Vec<KeyValue>,
    /// How many attributes were dropped by the sender's limits.
    pub dropped_attributes_count: u32,
    /// Bits 0 to 7: trace flags. The others are reserved.
    pub flags: u32,
    /// The trace in which it happened; [`TraceId::INVALID`] outside of any.
    pub trace_id: TraceId,
    /// The span in which it happened; [`SpanId::INVALID`] outside of any.
    pub span_id: SpanId,
    /// What kind of event the record is, when it is one; may be empty.
    pub event_name: String,
}
