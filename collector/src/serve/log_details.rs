//! Log records for the viewer: those of one span, and a page of those of a trace.

use super::json::Json;
use super::span_details::put_attributes;
use crate::analysis::{LogPlaces, Tree};
use crate::query::value_text;
use crate::store::{Log, Trace};
use std::collections::HashMap;
use throughline::SpanId;

/// Log records given at a time.
pub(super) const MAX_LOGS: usize = 1_000;
/// Characters of what a log record says.
const MAX_BODY: usize = 32 * 1024;

/// Writes the log records as fields `logs`, the first of them if there are many, and `logCount`.
pub(super) fn put_logs<'t>(json: &mut Json, tree: &Tree<'_>, logs: impl ExactSizeIterator<Item = &'t Log>) {
    json.key("logCount").plain(logs.len());
    json.key("logs").array(|json| {
        for log in logs.take(MAX_LOGS) {
            json.object(|json| put_log(json, tree, log));
        }
    });
}

/// Writes the log records of a trace in the order of time, from number `from` on, each with its span as the viewer
/// names it.
pub(super) fn put_trace_logs(json: &mut Json, trace: &Trace, from: usize) {
    let tree = Tree::new(trace);
    let places = LogPlaces::new(trace, tree.rows().iter().map(|row| row.span));
    let nth = number_rows(&tree);
    json.object(|json| {
        json.key("traceId").quoted(trace.id());
        json.key("logCount").plain(trace.log_count());
        json.key("droppedLogs").plain(trace.dropped_logs());
        json.key("logs").array(|json| {
            for (place, log) in places.by_time().skip(from).take(MAX_LOGS) {
                json.object(|json| {
                    put_log(json, &tree, log);
                    match place.and_then(|at| Some((tree.rows().get(at)?, nth.get(at)?))) {
                        Some((row, n)) => {
                            json.key("row").object(|json| {
                                json.key("spanId").quoted(row.id);
                                json.key("n").plain(n);
                                json.key("operation").string(&row.span.data().name);
                            });
                        }
                        None => json.key("row").plain("null"),
                    }
                });
            }
        });
    });
}

/// Which row of its id each row is, from 0.
fn number_rows(tree: &Tree<'_>) -> Vec<usize> {
    let mut seen: HashMap<SpanId, usize> = HashMap::with_capacity(tree.rows().len());
    let number = |id| {
        let next = seen.entry(id).or_insert(0);
        *next += 1;
        *next - 1
    };
    tree.rows().iter().map(|row| row.id).map(number).collect()
}

fn put_log(json: &mut Json, tree: &Tree<'_>, log: &Log) {
    let (data, scope) = (log.data(), log.scope());
    json.key("timeUnixNanos").quoted(log.unix_nanos());
    match log.unix_nanos() {
        0 => json.key("offsetNanos").plain("null"),
        // A log record before the trace's start has a negative offset.
        time => json.key("offsetNanos").plain(i128::from(time) - i128::from(tree.start_unix_nanos())),
    }
    json.key("level").plain(log.level() as u8);
    json.key("severity").string(log.severity());
    json.key("severityNumber").plain(data.severity_number);
    let body = value_text(&data.body);
    let end = body.char_indices().nth(MAX_BODY).map_or(body.len(), |(at, _)| at);
    json.key("body").string(&body[..end]);
    json.key("bodyBytesLeftOut").plain(body.len() - end);
    json.key("eventName").string(&data.event_name);
    match data.span_id.is_valid() {
        true => json.key("spanId").quoted(data.span_id),
        false => json.key("spanId").plain("null"),
    }
    json.key("service").string(log.service());
    json.key("scope").string(&scope.name);
    put_attributes(json, "attributes", &data.attributes, data.dropped_attributes_count);
}
