//! What is kept, what is counted, and what makes room.

use super::*;
use std::sync::{Arc, LazyLock};
use throughline::SpanId;
use throughline::wire::{KeyValue, LogData, Resource, Scope, SpanData, Value};

fn source(service: &str) -> Arc<crate::store::Source> {
    let name = KeyValue { key: "service.name".to_owned(), value: Value::String(service.to_owned()) };
    Arc::new(crate::store::Source::new(Resource { attributes: vec![name], ..Resource::default() }))
}

fn span(trace: u128, id: u64, start: u64, name: &str) -> SpanData {
    SpanData {
        trace_id: TraceId::from_u128(trace),
        span_id: SpanId::from_u64(id),
        name: name.to_owned(),
        start_unix_nanos: start,
        end_unix_nanos: start + 10,
        ..SpanData::default()
    }
}

fn insert(store: &Store, source: &Arc<crate::store::Source>, spans: Vec<SpanData>) {
    let scope = Arc::new(Scope::default());
    let mut traces: HashMap<TraceId, Vec<Span>> = HashMap::new();
    for data in spans {
        let id = data.trace_id;
        traces.entry(id).or_default().push(Span::new(data, Arc::clone(source), Arc::clone(&scope)));
    }
    store.insert(traces, 0);
}

#[test]
fn a_summary_grows_with_its_trace_and_lists_are_newest_first() {
    let (store, shop) = (Store::new(1 << 20), source("shop"));
    insert(&store, &shop, vec![SpanData { parent_span_id: SpanId::from_u64(9), ..span(1, 2, 500, "child") }]);
    insert(&store, &shop, vec![span(2, 1, 300, "other")]);
    assert_eq!(
        store.traces(9).iter().map(|t| t.root_operation.as_str()).collect::<Vec<_>>(),
        ["child", "other"]
    );
    insert(&store, &source("web"), vec![span(1, 9, 100, "root")]);
    let list = store.traces(9);
    assert_eq!(list.iter().map(|t| t.root_operation.as_str()).collect::<Vec<_>>(), ["other", "root"]);
    assert_eq!((list[1].start_unix_nanos, list[1].end_unix_nanos, list[1].span_count), (100, 510, 2));
    assert_eq!(list[1].root_service, "web");
    assert_eq!(list[1].services.len(), 2);
    assert_eq!(store.traces(1).len(), 1);
    assert_eq!(store.services(), ["shop", "web"]);
}

#[test]
fn the_oldest_traces_leave_whole_and_their_bytes_and_names_with_them() {
    let (store, keep) = (Store::new(40_000), source("keep"));
    insert(&store, &source("first"), vec![span(1, 1, 100, "a"), span(1, 2, 101, "b")]);
    for trace in 2..200 {
        insert(&store, &keep, vec![span(trace, 1, 100, "c")]);
    }
    let stats = store.stats();
    assert!(stats.bytes <= 40_000, "{stats:?}");
    assert_eq!(stats.stored_spans, 200);
    assert_eq!(stats.evicted_traces + stats.traces, 199);
    assert_eq!(stats.evicted_spans + stats.spans, 200);
    assert!(store.trace(TraceId::from_u128(1)).is_none());
    assert!(store.trace(TraceId::from_u128(199)).is_some());
    assert_eq!(store.services(), ["keep"]);
    // A trace that is larger than the whole store leaves nothing behind, not even a byte on the books.
    insert(&store, &keep, (1..1000).map(|id| span(500, id, 100, "big")).collect());
    let empty = store.stats();
    assert_eq!((empty.traces, empty.spans, empty.bytes), (0, 0, 0));
    assert_eq!(store.services(), [""; 0]);
}

#[test]
fn copies_are_left_out_and_look_alikes_are_kept() {
    let (store, shop) = (Store::new(1 << 20), source("shop"));
    let nan = KeyValue { key: "n".to_owned(), value: Value::Double(f64::NAN) };
    let with_nan = SpanData { attributes: vec![nan], ..span(1, 1, 100, "a") };
    for _ in 0..3 {
        insert(&store, &shop, vec![span(1, 1, 100, "a"), with_nan.clone(), with_nan.clone()]);
    }
    let stats = store.stats();
    assert_eq!((stats.spans, stats.duplicate_spans), (2, 7));
    assert_eq!(store.traces(1)[0].span_count, 2);
    assert_eq!(store.trace(TraceId::from_u128(1)).map(|t| t.len()), Some(2));
}

fn log(trace: u128, text: &str) -> LogData {
    LogData {
        trace_id: TraceId::from_u128(trace),
        body: Value::String(text.to_owned()),
        ..LogData::default()
    }
}

fn insert_logs(store: &Store, source: &Arc<crate::store::Source>, logs: Vec<LogData>) {
    // Equal scopes in use are one, which `ingest` sees to.
    static SCOPE: LazyLock<Arc<Scope>> = LazyLock::new(Arc::default);
    let mut traces: HashMap<TraceId, Vec<Log>> = HashMap::new();
    for data in logs {
        let id = data.trace_id;
        traces.entry(id).or_default().push(Log::new(data, Arc::clone(source), Arc::clone(&SCOPE)));
    }
    store.insert_logs(traces, 0);
}

#[test]
fn logs_join_their_trace_in_any_order_and_leave_with_it() {
    let (store, shop) = (Store::new(40_000), source("shop"));
    insert_logs(&store, &shop, vec![log(1, "before")]);
    assert_eq!((store.stats().traces, store.traces(9).len()), (0, 0));
    let waiting = store.trace(TraceId::from_u128(1)).expect("found by its id");
    assert_eq!((waiting.is_empty(), waiting.log_count()), (true, 1));
    insert(&store, &shop, vec![span(1, 1, 100, "a")]);
    insert_logs(&store, &shop, vec![log(1, "after")]);
    let (list, stats) = (store.traces(9), store.stats());
    assert_eq!((list.len(), list[0].span_count, list[0].log_count), (1, 1, 2));
    assert_eq!((stats.traces, stats.logs, stats.stored_logs), (1, 2, 2));
    for trace in 2..200 {
        insert(&store, &shop, vec![span(trace, 1, 100, "c")]);
    }
    let stats = store.stats();
    assert_eq!((stats.logs, stats.evicted_logs, stats.stored_logs), (0, 2, 2));
    assert_eq!(stats.evicted_traces + stats.traces, 199);
    insert(&store, &source("big"), (1..1000).map(|id| span(500, id, 100, "big")).collect());
    let empty = store.stats();
    assert_eq!((empty.traces, empty.spans, empty.logs, empty.bytes), (0, 0, 0, 0));
}

#[test]
fn logs_of_traces_without_spans_make_room_before_whole_traces_do() {
    let (store, shop) = (Store::new(40_000), source("shop"));
    insert(&store, &shop, vec![span(1, 1, 100, "a")]);
    for trace in 2..1000 {
        insert_logs(&store, &shop, vec![log(trace, "of an unsampled trace")]);
    }
    let stats = store.stats();
    assert!(stats.bytes <= 40_000 && stats.logs > 5, "{stats:?}");
    assert_eq!((stats.traces, stats.evicted_traces, stats.logs + stats.evicted_logs), (1, 0, 998));
    // One that has waited and got its spans is a trace like any other.
    insert(&store, &shop, vec![span(999, 1, 200, "late")]);
    insert_logs(&store, &shop, (2000..3000).map(|trace| log(trace, "more")).collect());
    assert_eq!((store.stats().traces, store.traces(9)[0].log_count), (2, 1));
    for trace in 5000..5200 {
        insert(&store, &shop, vec![span(trace, 1, 100, "c")]);
    }
    insert(&store, &shop, (1..1000).map(|id| span(500, id, 100, "big")).collect());
    let left = store.stats();
    assert!(left.traces == 0 && left.logs < 20 && left.bytes <= 10_000, "only what waits: {left:?}");
    insert_logs(&store, &shop, (1..1000).map(|n| log(n + 9000, "flood")).collect());
    let stats = store.stats();
    assert!(stats.bytes <= 40_000 && stats.logs + stats.evicted_logs == stats.stored_logs, "{stats:?}");
}

#[test]
fn of_a_trace_the_first_logs_are_kept_and_the_others_counted() {
    let (store, shop) = (Store::new(512 << 20), source("shop"));
    for request in 0..100 {
        let logs = (0..1000).map(|n| log(1, &format!("{request} {n}"))).collect();
        insert_logs(&store, &shop, logs);
    }
    let (stats, trace) = (store.stats(), store.trace(TraceId::from_u128(1)).expect("kept"));
    assert_eq!((stats.logs, stats.dropped_logs), (10_000, 90_000));
    assert_eq!((trace.log_count(), trace.dropped_logs()), (10_000, 90_000));
    assert!(trace.logs().next().is_some_and(|log| log.data().body == Value::String("0 0".to_owned())));
    insert_logs(&store, &shop, vec![log(2, &"x".repeat(17 << 20)), log(2, "small")]);
    let trace = store.trace(TraceId::from_u128(2)).expect("kept");
    assert_eq!((trace.log_count(), trace.dropped_logs()), (1, 1));
}

#[test]
fn retried_logs_are_left_out_and_equal_ones_of_a_request_are_kept() {
    let (store, shop) = (Store::new(1 << 20), source("shop"));
    for _ in 0..3 {
        insert_logs(&store, &shop, vec![log(1, "again"), log(1, "again"), log(1, "once")]);
    }
    let stats = store.stats();
    assert_eq!((stats.logs, stats.duplicate_logs), (3, 6));
    insert_logs(&store, &source("other"), vec![log(1, "once")]);
    assert_eq!(store.stats().logs, 4, "another service said it");
    let item = |item: Value| {
        let attributes = vec![KeyValue { key: "item".to_owned(), value: item }];
        LogData { attributes, ..log(1, "once") }
    };
    for value in [Value::Int(1), Value::Int(2), Value::Double(f64::NAN), Value::Array(vec![Value::Int(1)])] {
        insert_logs(&store, &shop, vec![item(value)]);
    }
    insert_logs(&store, &shop, vec![item(Value::Double(f64::NAN))]);
    let stats = store.stats();
    assert_eq!((stats.logs, stats.duplicate_logs), (8, 7));
}

#[test]
fn pages_go_on_where_the_last_one_ended() {
    let (store, shop) = (Store::new(1 << 20), source("shop"));
    insert(&store, &shop, (1..=7).map(|trace| span(trace, 1, 100 + trace as u64 / 2, "a")).collect());
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = store.page(after, 2, |_| true);
        let Some((_, last)) = page.last() else { break };
        after = Some((last.start_unix_nanos, last.id));
        seen.extend(page.iter().map(|(trace, _)| trace.id().to_u128()));
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
}

#[test]
fn waiting_ends_with_the_arrival_or_with_the_time() {
    let store = Arc::new(Store::new(1 << 20));
    let waiter = std::thread::spawn({
        let store = Arc::clone(&store);
        move || store.wait_until(Duration::from_secs(10), |store| store.stats().spans == 2)
    });
    insert(&store, &source("shop"), vec![span(1, 1, 1, "a")]);
    insert(&store, &source("shop"), vec![span(1, 2, 1, "a")]);
    assert!(waiter.join().expect("no panic"));
    assert!(!store.wait_until(Duration::from_millis(5), |store| store.stats().spans == 3));
}
