//! Spans, log records and requests to send, and a collector on free ports to send them to.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use std::net::{Ipv4Addr, SocketAddr};
use throughline::wire::{
    KeyValue, LogData, LogsRequest, Resource, ResourceLogs, ResourceSpans, Scope, ScopeLogs, ScopeSpans,
    SpanData, SpanKind, TracesRequest, Value, write_logs, write_traces,
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

/// A log record `at` ms after [`T0`]; span 0 for none.
pub fn log(trace: u128, span: u64, at: u64, severity_number: i32, body: &str) -> LogData {
    LogData {
        trace_id: TraceId::from_u128(trace),
        span_id: SpanId::from_u64(span),
        time_unix_nanos: T0 + at * MILLI,
        observed_unix_nanos: T0 + at * MILLI,
        severity_number,
        body: text(body),
        ..LogData::default()
    }
}

/// A request of log records of one service.
pub fn log_body(service: &str, logs: Vec<LogData>) -> Vec<u8> {
    let ResourceSpans { resource, .. } = group(service, Vec::new());
    let scope = Scope { name: "shop::orders".to_owned(), ..Scope::default() };
    let scope_logs = vec![ScopeLogs { scope, logs, ..ScopeLogs::default() }];
    write_logs(&LogsRequest {
        resource_logs: vec![ResourceLogs { resource, scope_logs, ..ResourceLogs::default() }],
    })
}
