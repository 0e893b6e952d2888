//! The viewer's own API: short lists, a trace as rows in preorder, and one span's details when it is selected.

use super::jaeger::{error, trace_id};
use super::json::Json;
use super::log_details::put_trace_logs;
use super::query_string::QueryString;
use super::span_details::put_span_details;
use super::trace_rows::put_trace_rows;
use crate::analysis::{LogPlaces, Tree};
use crate::http::{Answer, answer};
use crate::render;
use crate::store::{Store, Trace, TraceSummary};
use hyper::StatusCode;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

/// Traces in a list unless `limit` says otherwise, and at most.
const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 10_000;
/// Columns of a waterfall of text unless `width` says otherwise.
const DEFAULT_WIDTH: usize = 100;
const MAX_WIDTH: usize = 1_000;
const TYPE: &str = "application/json";

/// `/api/throughline/traces?limit=&service=`: summaries, newest first.
pub(super) fn traces(store: &Store, query: &QueryString) -> Answer {
    let limit = match query.get("limit").map(str::parse) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit)) if limit > 0 => MAX_LIMIT.min(limit),
        Some(_) => return error(StatusCode::BAD_REQUEST, "limit: a number from 1 on is expected"),
    };
    let service = query.get("service");
    let found = store.summaries(limit, |summary| {
        service.is_none_or(|name| summary.services.iter().any(|service| *service.name == *name))
    });
    let stats = store.stats();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos());
    let body = Json::text(|json| {
        json.object(|json| {
            json.key("nowUnixNanos").quoted(now);
            json.key("total").plain(stats.traces);
            json.key("evicted").plain(stats.evicted_traces);
            json.key("traces").array(|json| found.iter().for_each(|summary| put_summary(json, summary)));
        });
    });
    answer(StatusCode::OK, TYPE, body)
}

/// `/api/throughline/services`.
pub(super) fn services(store: &Store) -> Answer {
    let body = Json::text(|json| {
        json.object(|json| {
            json.key("services").array(|json| store.services().iter().for_each(|name| json.string(name)));
        });
    });
    answer(StatusCode::OK, TYPE, body)
}

/// `/api/throughline/stats`.
pub(super) fn stats(store: &Store, otlp_http: Option<SocketAddr>) -> Answer {
    let stats = store.stats();
    let body = Json::text(|json| {
        json.object(|json| {
            json.key("traces").plain(stats.traces);
            json.key("spans").plain(stats.spans);
            json.key("bytes").plain(stats.bytes);
            json.key("limitBytes").plain(stats.limit_bytes);
            json.key("storedSpans").plain(stats.stored_spans);
            json.key("duplicateSpans").plain(stats.duplicate_spans);
            json.key("rejectedSpans").plain(stats.rejected_spans);
            json.key("evictedTraces").plain(stats.evicted_traces);
            json.key("evictedSpans").plain(stats.evicted_spans);
            json.key("logs").plain(stats.logs);
            json.key("storedLogs").plain(stats.stored_logs);
            json.key("duplicateLogs").plain(stats.duplicate_logs);
            json.key("tracelessLogs").plain(stats.traceless_logs);
            json.key("droppedLogs").plain(stats.dropped_logs);
            json.key("evictedLogs").plain(stats.evicted_logs);
            match otlp_http {
                Some(addr) => json.key("otlpHttp").quoted(format_args!("http://{addr}")),
                None => json.key("otlpHttp").plain("null"),
            }
        });
    });
    answer(StatusCode::OK, TYPE, body)
}

/// `/api/throughline/traces/{id}`: the rows of the waterfall in preorder; none if only log records have arrived.
pub(super) fn trace(store: &Store, id: &str) -> Answer {
    with_trace(store, id, |trace| {
        answer(StatusCode::OK, TYPE, Json::text(|json| put_trace_rows(json, trace)))
    })
}

/// `/api/throughline/traces/{id}/logs?from=`: its log records in the order of time, a thousand from number `from` on.
pub(super) fn trace_logs(store: &Store, id: &str, query: &QueryString) -> Answer {
    let from = query.get("from").and_then(|from| from.parse().ok()).unwrap_or(0);
    with_trace(store, id, |trace| {
        answer(StatusCode::OK, TYPE, Json::text(|json| put_trace_logs(json, trace, from)))
    })
}

/// `/api/throughline/traces/{id}/text?width=`: the waterfall as text.
pub(super) fn trace_text(store: &Store, id: &str, query: &QueryString) -> Answer {
    let width = query.get("width").and_then(|width| width.parse().ok()).unwrap_or(DEFAULT_WIDTH);
    with_trace(store, id, |trace| {
        answer(StatusCode::OK, "text/plain; charset=utf-8", render::waterfall(trace, width.min(MAX_WIDTH)))
    })
}

/// `/api/throughline/traces/{id}/spans/{span}?n=`: all that is known of a span; `n` tells spans of one id apart,
/// from 0 in the order of the rows.
pub(super) fn span(store: &Store, id: &str, span: &str, query: &QueryString) -> Answer {
    let nth = query.get("n").and_then(|n| n.parse().ok()).unwrap_or(0);
    with_trace(store, id, |trace| {
        let tree = Tree::new(trace);
        let rows = tree.rows().iter().enumerate();
        let wanted = span.parse().ok().and_then(|id| rows.filter(|(_, row)| row.id == id).nth(nth));
        let Some(row) = wanted else { return error(StatusCode::NOT_FOUND, "span not found") };
        let logs = LogPlaces::new(trace, tree.rows().iter().map(|row| row.span));
        answer(StatusCode::OK, TYPE, Json::text(|json| put_span_details(json, &tree, row, &logs)))
    })
}

fn with_trace(store: &Store, id: &str, then: impl FnOnce(&Trace) -> Answer) -> Answer {
    match trace_id(id) {
        Err(message) => error(StatusCode::BAD_REQUEST, &message),
        Ok(id) => match store.trace(id) {
            None => error(StatusCode::NOT_FOUND, "trace not found"),
            Some(trace) => then(&trace),
        },
    }
}

fn put_summary(json: &mut Json, summary: &TraceSummary) {
    json.object(|json| {
        json.key("traceId").quoted(summary.id);
        json.key("service").string(&summary.root_service);
        json.key("operation").string(&summary.root_operation);
        json.key("hasRoot").plain(summary.has_root);
        json.key("startUnixNanos").quoted(summary.start_unix_nanos);
        json.key("durationNanos").plain(summary.duration().as_nanos());
        json.key("spanCount").plain(summary.span_count);
        json.key("errorCount").plain(summary.error_count);
        json.key("logCount").plain(summary.log_count);
        json.key("services").array(|json| {
            for service in &summary.services {
                json.object(|json| {
                    json.key("name").string(&service.name);
                    json.key("spanCount").plain(service.span_count);
                    json.key("errorCount").plain(service.error_count);
                });
            }
        });
    });
}
