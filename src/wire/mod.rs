//! The protobuf of OTLP, by hand: the writer that the recorder uses to put each value once in its final form,
//! and the reader that custom exporters, tests and the collector use.

mod message;

pub use message::{
    EventData, KeyValue, LinkData, Resource, ResourceSpans, Scope, ScopeSpans, SpanData, SpanKind, Status,
    StatusCode, TracesRequest, Value,
};
