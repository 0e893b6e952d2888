//! The viewer's own API: short lists, a trace as rows in preorder, and one span's details when it is selected.

use super::jaeger::{error, trace_id};
use super::json::Json;
use super::query_string::QueryString;
use super::span_details::put_span_details;
use crate::analysis::{Row, Tree, failure};
use crate::http::{Answer, answer};
use crate::render;
use crate::store::{Store, Trace, TraceSummary};
use hyper::StatusCode;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

/// Traces in a list unless `limit` says otherwise, and at most.
const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 10_000;
/// Columns of a waterfall of text unless `width` says otherwise.
const DEFAULT_WIDTH: usize = 100;
const MAX_WIDTH: usize = 1_000;
/// Characters of a failure that go into a row.
const MAX_FAILURE: usize = 300;
const TYPE: &str = "application/json";

/// Names by number, so that a row holds numbers only.
#[derive(Default)]
struct Names<'n> {
    numbers: HashMap<&'n str, usize>,
    names: Vec<&'n str>,
}

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
            match otlp_http {
                Some(addr) => json.key("otlpHttp").quoted(format_args!("http://{addr}")),
                None => json.key("otlpHttp").plain("null"),
            }
        });
    });
    answer(StatusCode::OK, TYPE, body)
}

/// `/api/throughline/traces/{id}`: the rows of the waterfall in preorder.
///
/// A row is `[depth, subtree, span id, service, operation, offset ns, duration ns, kind, error, errors below]`;
/// service and operation are places in the lists of names.
pub(super) fn trace(store: &Store, id: &str) -> Answer {
    with_trace(store, id, trace_rows)
}

fn trace_rows(trace: &Trace) -> Answer {
    let tree = Tree::new(trace);
    let (mut services, mut operations) = (Names::default(), Names::default());
    let body = Json::text(|json| {
        json.object(|json| {
            json.key("traceId").quoted(trace.id());
            json.key("startUnixNanos").quoted(tree.start_unix_nanos());
            json.key("durationNanos").plain(tree.duration_nanos());
            json.key("rows").array(|json| {
                for row in tree.rows() {
                    let service = services.number(row.span.service());
                    let operation = operations.number(&row.span.data().name);
                    put_row(json, &tree, row, service, operation);
                }
            });
            json.key("services").array(|json| services.names.iter().for_each(|name| json.string(name)));
            json.key("operations").array(|json| operations.names.iter().for_each(|name| json.string(name)));
            json.key("notes").array(|json| {
                tree.rows().iter().enumerate().for_each(|(at, row)| put_notes(json, at, row));
            });
        });
    });
    answer(StatusCode::OK, TYPE, body)
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
        let wanted = span.parse().ok().and_then(|id| tree.rows().iter().filter(|row| row.id == id).nth(nth));
        match wanted {
            Some(row) => answer(StatusCode::OK, TYPE, Json::text(|json| put_span_details(json, &tree, row))),
            None => error(StatusCode::NOT_FOUND, "span not found"),
        }
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

fn put_row(json: &mut Json, tree: &Tree<'_>, row: &Row<'_>, service: usize, operation: usize) {
    let data = row.span.data();
    json.array(|json| {
        json.plain(row.depth);
        json.plain(row.subtree);
        json.quoted(row.id);
        json.plain(service);
        json.plain(operation);
        json.plain(data.start_unix_nanos.saturating_sub(tree.start_unix_nanos()));
        json.plain(data.end_unix_nanos.saturating_sub(data.start_unix_nanos));
        json.plain(data.kind as u8);
        json.plain(u8::from(row.span.is_error()));
        json.plain(row.errors_below);
    });
}

/// What is odd or wrong about a row: `[row, is it a failure, text]`.
fn put_notes(json: &mut Json, at: usize, row: &Row<'_>) {
    let failure = failure(row.span).filter(|text| !text.is_empty());
    let failure = failure.map(|text| (true, text.chars().take(MAX_FAILURE).collect()));
    let warnings = row.warnings.iter().map(|warning| (false, warning.to_string()));
    for (is_failure, text) in failure.into_iter().chain(warnings) {
        json.array(|json| {
            json.plain(at);
            json.plain(is_failure);
            json.string(&text);
        });
    }
}

// === impl Names ===

impl<'n> Names<'n> {
    fn number(&mut self, name: &'n str) -> usize {
        *self.numbers.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }
}
