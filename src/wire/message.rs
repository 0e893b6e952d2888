//! The OTLP trace messages as owned values: what the reader makes, what custom exporters, tests and the
//! collector see. Shapes and names follow `opentelemetry/proto/trace/v1/trace.proto`.

use crate::context::{SpanId, TraceId};

/// An `ExportTraceServiceRequest` (or `TracesData`): spans grouped by resource and scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TracesRequest {
    /// One entry for each resource, in the order received.
    pub resource_spans: Vec<ResourceSpans>,
}

/// The spans of one resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceSpans {
    /// Who made the spans; empty when the message had none.
    pub resource: Resource,
    /// One entry for each instrumentation scope.
    pub scope_spans: Vec<ScopeSpans>,
    /// The schema that the resource's attributes follow.
    pub schema_url: String,
}

/// The entity that made the telemetry, such as a service instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// `service.name` and the like.
    pub attributes: Vec<KeyValue>,
    /// How many attributes the sender dropped.
    pub dropped_attributes_count: u32,
}

/// The spans of one instrumentation scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScopeSpans {
    /// The library that made the spans; empty when the message had none.
    pub scope: Scope,
    /// The spans.
    pub spans: Vec<SpanData>,
    /// The schema that the spans follow.
    pub schema_url: String,
}

/// An instrumentation scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Name of the library or target.
    pub name: String,
    /// Its version; may be empty.
    pub version: String,
    /// Further attributes of the scope.
    pub attributes: Vec<KeyValue>,
    /// How many attributes the sender dropped.
    pub dropped_attributes_count: u32,
}

/// A finished span, decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanData {
    /// Id of the trace; [`TraceId::INVALID`] when the message had none.
    pub trace_id: TraceId,
    /// Id of the span; [`SpanId::INVALID`] when the message had none.
    pub span_id: SpanId,
    /// The W3C `tracestate` of the span; may be empty.
    pub trace_state: String,
    /// Id of the parent; [`SpanId::INVALID`] for a root.
    pub parent_span_id: SpanId,
    /// Bits 0 to 7: trace flags; 0x100: it is known whether the parent is remote; 0x200: it is.
    pub flags: u32,
    /// Name of the operation.
    pub name: String,
    /// The role of the span.
    pub kind: SpanKind,
    /// Start, nanoseconds since the Unix epoch.
    pub start_unix_nanos: u64,
    /// End, nanoseconds since the Unix epoch.
    pub end_unix_nanos: u64,
    /// Attributes in the order received, duplicates kept.
    pub attributes: Vec<KeyValue>,
    /// How many attributes were dropped by the sender's limits.
    pub dropped_attributes_count: u32,
    /// Events in the order received.
    pub events: Vec<EventData>,
    /// How many events were dropped by the sender's limits.
    pub dropped_events_count: u32,
    /// Links in the order received.
    pub links: Vec<LinkData>,
    /// How many links were dropped by the sender's limits.
    pub dropped_links_count: u32,
    /// How the operation ended.
    pub status: Status,
}

/// A span event, decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventData {
    /// When, nanoseconds since the Unix epoch.
    pub time_unix_nanos: u64,
    /// Name of the event.
    pub name: String,
    /// Attributes in the order received.
    pub attributes: Vec<KeyValue>,
    /// How many attributes were dropped by the sender's limits.
    pub dropped_attributes_count: u32,
}

/// A link to another span, decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkData {
    /// Trace of the linked span.
    pub trace_id: TraceId,
    /// The linked span.
    pub span_id: SpanId,
    /// The W3C `tracestate` of the linked span; may be empty.
    pub trace_state: String,
    /// Attributes in the order received.
    pub attributes: Vec<KeyValue>,
    /// How many attributes were dropped by the sender's limits.
    pub dropped_attributes_count: u32,
    /// As [`SpanData::flags`], of the linked span.
    pub flags: u32,
}

/// How an operation ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The code.
    pub code: StatusCode,
    /// What went wrong, for people; only meaningful with [`StatusCode::Error`].
    pub description: String,
}

/// The code of a [`Status`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StatusCode {
    /// Nothing was said (0); unknown numbers read as this.
    #[default]
    Unset = 0,
    /// Said to be good (1).
    Ok = 1,
    /// Failed (2).
    Error = 2,
}

/// The role of a span in its trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// Not said (0); unknown numbers read as this. Throughline never writes it.
    #[default]
    Unspecified = 0,
    /// Internal to an application (1).
    Internal = 1,
    /// Handles a request from a remote caller (2).
    Server = 2,
    /// Calls a remote service (3).
    Client = 3,
    /// Sends a message (4).
    Producer = 4,
    /// Receives a message (5).
    Consumer = 5,
}

/// A key and its value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyValue {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Value,
}

/// An OTLP `AnyValue`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// A value with no type set.
    #[default]
    Empty,
    /// Text.
    String(String),
    /// A truth value.
    Bool(bool),
    /// A signed 64-bit integer.
    Int(i64),
    /// A double; NaN and infinities are legal.
    Double(f64),
    /// A list; its elements may differ in type.
    Array(Vec<Value>),
    /// A map, in the order received.
    Map(Vec<KeyValue>),
    /// Raw bytes.
    Bytes(Vec<u8>),
}

// === impl StatusCode ===

impl StatusCode {
    /// The code with this number on the wire; an unknown one is [`StatusCode::Unset`].
    #[must_use]
    pub const fn from_i32(number: i32) -> Self {
        match number {
            1 => StatusCode::Ok,
            2 => StatusCode::Error,
            _ => StatusCode::Unset,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn to_i32(self) -> i32 {
        self as i32
    }
}

// === impl SpanKind ===

impl SpanKind {
    /// The kind with this number on the wire; an unknown one is [`SpanKind::Unspecified`].
    #[must_use]
    pub const fn from_i32(number: i32) -> Self {
        match number {
            1 => SpanKind::Internal,
            2 => SpanKind::Server,
            3 => SpanKind::Client,
            4 => SpanKind::Producer,
            5 => SpanKind::Consumer,
            _ => SpanKind::Unspecified,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn to_i32(self) -> i32 {
        self as i32
    }
}
