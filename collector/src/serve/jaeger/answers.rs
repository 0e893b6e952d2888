//! The answers of each path of Jaeger's legacy API.

use super::super::json::Json;
use super::super::query_string::QueryString;
use super::params::{Search, raw, trace_id, trace_options};
use super::trace_json::put_trace;
use crate::http::{Answer, answer};
use crate::query::search;
use crate::store::{Store, Trace, kind_name};
use hyper::StatusCode;
use throughline::TraceId;
use throughline::wire::SpanKind;

/// A search's answer ends once it is this long, and says so.
const MAX_ANSWER_BYTES: usize = 128 * 1024 * 1024;
const TYPE: &str = "application/json";
/// What the real one gives its errors for a content type.
const ERROR_TYPE: &str = "text/plain; charset=utf-8";

/// `/api/services`.
pub(crate) fn services(store: &Store) -> Answer {
    let names = store.services();
    envelope(names.len(), |json| match names.is_empty() {
        true => json.plain("null"),
        false => json.array(|json| names.iter().for_each(|name| json.string(name))),
    })
}

/// `/api/services/{service}/operations`.
pub(crate) fn operation_names(store: &Store, service: &str) -> Answer {
    let mut names: Vec<String> = store.operations(service).into_iter().map(|(name, _)| name).collect();
    names.dedup();
    envelope(names.len(), |json| match names.is_empty() {
        true => json.plain("null"),
        false => json.array(|json| names.iter().for_each(|name| json.string(name))),
    })
}

/// `/api/operations?service=&spanKind=`.
pub(crate) fn operations(store: &Store, query: &QueryString) -> Answer {
    let Some(service) = query.get("service") else {
        return error(StatusCode::BAD_REQUEST, "parameter 'service' is required");
    };
    let mut found = store.operations(service);
    if let Some(kind) = query.get("spanKind") {
        found.retain(|(_, k)| *k != SpanKind::Unspecified && kind_name(*k) == kind);
    }
    envelope(found.len(), |json| {
        json.array(|json| {
            for (name, kind) in &found {
                json.object(|json| {
                    json.key("name").string(name);
                    json.key("spanKind").string(if *kind == SpanKind::Unspecified {
                        ""
                    } else {
                        kind_name(*kind)
                    });
                });
            }
        });
    })
}

/// `/api/traces?service=...`, and `/api/traces?traceID=...`.
pub(crate) fn search_traces(store: &Store, query: &QueryString) -> Answer {
    let mut ids = query.all("traceID").peekable();
    if ids.peek().is_some() {
        let ids: Result<Vec<TraceId>, String> = ids.map(trace_id).collect();
        return match (ids, raw(query)) {
            (Ok(ids), Ok(raw)) => traces_by_id(store, &ids, raw),
            (Err(e), _) => error(StatusCode::BAD_REQUEST, &format!("cannot parse traceID param: {e}")),
            (_, Err(e)) => error(StatusCode::BAD_REQUEST, &e),
        };
    }
    let (wanted, raw) = match Search::read(query).and_then(|search| Ok((search, raw(query)?))) {
        Ok(wanted) => wanted,
        Err(message) => return error(StatusCode::BAD_REQUEST, &message),
    };
    let (mut left, mut cut) = (wanted.limit, false);
    let body = Json::text(|json| {
        json.object(|json| {
            json.key("data").array(|json| {
                search(store, &wanted.conditions, |trace| {
                    cut = json.len() > MAX_ANSWER_BYTES;
                    if !cut {
                        put_trace(json, &trace, raw);
                    }
                    left -= 1;
                    left > 0 && !cut
                });
            });
            let note =
                cut.then(|| format!("the answer is cut at {MAX_ANSWER_BYTES} bytes: there are more traces"));
            put_envelope_end(json, 0, |json| match &note {
                None => json.plain("null"),
                Some(note) => json.array(|json| json.object(|json| json.key("msg").string(note))),
            });
        });
    });
    answer(StatusCode::OK, TYPE, body)
}

/// `/api/traces/{id}`.
pub(crate) fn trace(store: &Store, id: &str, query: &QueryString) -> Answer {
    let (id, raw) = match trace_id(id).and_then(|id| Ok((id, trace_options(query)?))) {
        Ok(wanted) => wanted,
        Err(message) => return error(StatusCode::BAD_REQUEST, &message),
    };
    match with_spans(store, id) {
        // Never an empty 200: Grafana reads `data[0]` unchecked.
        None => error(StatusCode::NOT_FOUND, "trace not found"),
        Some(trace) => envelope(0, |json| json.array(|json| put_trace(json, &trace, raw))),
    }
}

/// The trace; to Jaeger's clients one of which only log records have arrived is not there.
fn with_spans(store: &Store, id: TraceId) -> Option<Trace> {
    store.trace(id).filter(|trace| !trace.is_empty())
}

fn traces_by_id(store: &Store, ids: &[TraceId], raw: bool) -> Answer {
    let missing: Vec<&TraceId> = ids.iter().filter(|id| with_spans(store, **id).is_none()).collect();
    let body = Json::text(|json| {
        json.object(|json| {
            json.key("data").array(|json| {
                let found = ids.iter().filter_map(|id| with_spans(store, *id));
                found.for_each(|trace| put_trace(json, &trace, raw));
            });
            put_envelope_end(json, 0, |json| match missing.is_empty() {
                true => json.plain("null"),
                false => json.array(|json| {
                    for id in &missing {
                        json.object(|json| {
                            json.key("msg").string("trace not found");
                            json.key("traceID").quoted(legacy_id(**id));
                        });
                    }
                }),
            });
        });
    });
    answer(StatusCode::OK, TYPE, body)
}

/// An error in the legacy shape.
pub(crate) fn error(status: StatusCode, message: &str) -> Answer {
    let body = Json::text(|json| {
        json.object(|json| {
            json.key("data").plain("null");
            put_envelope_end(json, 0, |json| {
                json.array(|json| {
                    json.object(|json| {
                        json.key("code").plain(status.as_u16());
                        json.key("msg").string(message);
                    });
                });
            });
        });
    });
    answer(status, ERROR_TYPE, body + "\n")
}

/// A trace id as the legacy API writes it: 16 digits if the high half is zero.
pub(super) fn legacy_id(id: TraceId) -> String {
    match u64::try_from(id.to_u128()) {
        Ok(low) => format!("{low:016x}"),
        Err(_) => id.to_string(),
    }
}

fn envelope(total: usize, data: impl FnOnce(&mut Json)) -> Answer {
    let body = Json::text(|json| {
        json.object(|json| {
            data(json.key("data"));
            put_envelope_end(json, total, |json| json.plain("null"));
        });
    });
    answer(StatusCode::OK, TYPE, body)
}

fn put_envelope_end(json: &mut Json, total: usize, errors: impl FnOnce(&mut Json)) {
    json.key("total").plain(total);
    json.key("limit").plain(0);
    json.key("offset").plain(0);
    errors(json.key("errors"));
}
