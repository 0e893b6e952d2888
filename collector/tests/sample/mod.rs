//! Spans and requests to send, and a collector on free ports to send them to.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use std::net::{Ipv4Addr, SocketAddr};
use throughline::wire::{
    KeyValue, Resource, ResourceSpans, Scope, ScopeSpans, SpanData, SpanKind, TracesRequest, Value,
    write_traces,
};
use throughline::{SpanId, TraceId};
use throughline_collector::{Builder, Collector};

/// The start of every sample: 2026-02-02 02:40:00 UTC.
pub const T0: u64 = 1_770_000_000_000_000_000;
pub const MILLI: u64 = 1_000_000;

pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub fn collector() -> Collector {
    configured(|builder| builder)
}

pub fn configured(configure: impl FnOnce(Builder) -> Builder) -> Collector {
    configure(Collector::builder().otlp_http(ANY_PORT).http(ANY_PORT))
        .start()
        .expect("loopback has free ports")
}

pub fn attribute(key: &str, value: impl Into<Option<Value>>) -> KeyValue {
    KeyValue { key: key.to_owned(), value: value.into().unwrap_or(Value::Empty) }
}

pub fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// A span of `length` ms that starts `start` ms after [`T0`]; parent 0 for a root.
pub fn span(trace: u128, id: u64, parent: u64, name: &str, start: u64, length: u64) -> SpanData {
    SpanData {
        trace_id: TraceId::from_u128(trace),
        span_id: SpanId::from_u64(id),
        parent_span_id: SpanId::from_u64(parent),
        name: name.to_owned(),
        kind: SpanKind::Internal,
        start_unix_nanos: T0 + start * MILLI,
        end_unix_nanos: T0 + (start + length) * MILLI,
        ..SpanData::default()
    }
}

pub fn group(service: &str, spans: Vec<SpanData>) -> ResourceSpans {
    ResourceSpans {
        resource: Resource {
            attributes: vec![attribute("service.name", text(service))],
            ..Resource::default()
        },
        scope_spans: vec![ScopeSpans {
            scope: Scope { name: "sample".to_owned(), ..Scope::default() },
            spans,
            ..ScopeSpans::default()
        }],
        ..ResourceSpans::default()
    }
}

pub fn body(groups: Vec<ResourceSpans>) -> Vec<u8> {
    write_traces(&TracesRequest { resource_spans: groups })
}
