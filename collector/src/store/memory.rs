//! `Store`: traces in memory.

use super::catalog::Catalog;
use super::entry::{Arrival, Entry};
use super::held::{Held, log_origins, span_origins};
use super::waiting::Waiting;
use super::{Log, Span, Stats, Trace, TraceSummary};
use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Condvar, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};
use throughline::TraceId;
use throughline::wire::SpanKind;

/// The log records of one trace take at most this, and at most a quarter of the store.
const MAX_TRACE_LOG_BYTES: usize = 16 * 1024 * 1024;
/// Traces that wait for their spans make room first once they take more than this part of the store.
const WAITING_PART: usize = 4;

/// The traces that have arrived, in memory and bounded in bytes.
#[derive(Debug)]
pub struct Store {
    limit_bytes: usize,
    /// The most that the log records of one trace take.
    log_bytes: usize,
    hasher: RandomState,
    state: RwLock<State>,
    /// How many requests were stored, for those who wait.
    arrivals: Mutex<u64>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct State {
    traces: HashMap<TraceId, Entry>,
    by_start: BTreeSet<(u64, TraceId)>,
    by_arrival: VecDeque<TraceId>,
    waiting: Waiting,
    catalog: Catalog,
    held: Held,
    bytes: usize,
    counts: Stats,
}

// === impl Store ===

impl Store {
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Store {
            limit_bytes,
            log_bytes: MAX_TRACE_LOG_BYTES.min(limit_bytes / 4),
            hasher: RandomState::new(),
            state: RwLock::default(),
            arrivals: Mutex::new(0),
            arrived: Condvar::new(),
        }
    }

    /// The trace with this id, as far as it has arrived; perhaps only log records of it have.
    #[must_use]
    pub fn trace(&self, id: TraceId) -> Option<Trace> {
        self.read().traces.get(&id).map(Entry::trace)
    }

    /// Summaries of the newest traces by start, newest first, at most `limit`; only of those that have spans.
    #[must_use]
    pub fn traces(&self, limit: usize) -> Vec<TraceSummary> {
        self.summaries(limit, |_| true)
    }

    /// The names of the services that have spans here, sorted.
    #[must_use]
    pub fn services(&self) -> Vec<String> {
        self.read().catalog.services()
    }

    /// The operations of a service, each with the kind of its spans, sorted; none if the service is not known.
    #[must_use]
    pub fn operations(&self, service: &str) -> Vec<(String, SpanKind)> {
        self.read().catalog.operations(service)
    }

    /// What the store holds and what became of everything that it was given.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let state = self.read();
        Stats {
            traces: state.by_start.len() as u64,
            spans: state.counts.stored_spans - state.counts.evicted_spans,
            bytes: state.bytes as u64,
            limit_bytes: self.limit_bytes as u64,
            logs: state.counts.stored_logs - state.counts.evicted_logs,
            ..state.counts
        }
    }

    /// Waits until `condition` holds, looking after each arrival; false if `timeout` passes first.
    ///
    /// Blocks the thread: for tests, examples and tools.
    pub fn wait_until(&self, timeout: Duration, mut condition: impl FnMut(&Store) -> bool) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            let seen = *self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
            if condition(self) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
            let waited = self.arrived.wait_timeout_while(arrivals, left, |now| *now == seen);
            if waited.unwrap_or_else(PoisonError::into_inner).1.timed_out() {
                return condition(self);
            }
        }
    }

    /// Summaries of the newest traces that `keep` likes, newest first, at most `limit`.
    pub(crate) fn summaries(&self, limit: usize, keep: impl Fn(&TraceSummary) -> bool) -> Vec<TraceSummary> {
        let state = self.read();
        state
            .newest_first(None)
            .map(|entry| &entry.summary)
            .filter(|s| keep(s))
            .take(limit)
            .cloned()
            .collect()
    }

    /// At most `limit` traces that `keep` likes, newest first and older than the one that `after` names.
    pub(crate) fn page(
        &self,
        after: Option<(u64, TraceId)>,
        limit: usize,
        keep: impl Fn(&TraceSummary) -> bool,
    ) -> Vec<(Trace, TraceSummary)> {
        let state = self.read();
        let liked = state.newest_first(after).filter(|entry| keep(&entry.summary)).take(limit);
        liked.map(|entry| (entry.trace(), entry.summary.clone())).collect()
    }

    /// Stores the spans of a request, all at once, and makes room for them.
    pub(crate) fn insert(&self, traces: HashMap<TraceId, Vec<Span>>, rejected: u64) {
        // Everything that can be is done before the lock is taken, and what leaves is freed after.
        let arrivals =
            traces.into_iter().map(|(id, spans)| Arrival::of_spans(id, spans, &self.hasher)).collect();
        self.settle(arrivals, |counts| counts.rejected_spans += rejected);
    }

    /// Stores the log records of a request, all at once, and makes room for them; `traceless` more named no trace.
    pub(crate) fn insert_logs(&self, logs: HashMap<TraceId, Vec<Log>>, traceless: u64) {
        let arrivals = logs.into_iter().map(|(id, logs)| Arrival::of_logs(id, logs, &self.hasher)).collect();
        self.settle(arrivals, |counts| counts.traceless_logs += traceless);
    }

    fn settle(&self, arrivals: Vec<Arrival>, count: impl FnOnce(&mut Stats)) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        count(&mut state.counts);
        for arrival in arrivals {
            state.add(arrival, &self.hasher, self.log_bytes);
        }
        let evicted = state.shrink(self.limit_bytes);
        drop(state);
        drop(evicted);
        *self.arrivals.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.arrived.notify_all();
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl State ===

impl State {
    fn add(&mut self, arrival: Arrival, hasher: &RandomState, log_bytes: usize) {
        let id = arrival.id;
        let bytes_before = self.traces.get(&id).map_or(0, |entry| entry.bytes);
        let entry = self.traces.entry(id).or_insert_with(|| Entry::new(id));
        let (had_spans, start_before) = (!entry.parts.is_empty(), entry.summary.start_unix_nanos);
        let added = entry.add(arrival, hasher, log_bytes);
        let held = self.held.add(span_origins(&added.spans)) + self.held.add(log_origins(&added.logs.part));
        self.bytes += entry.bytes - bytes_before + held;
        self.counts.stored_spans += added.spans.len() as u64;
        self.counts.duplicate_spans += added.copies;
        self.counts.stored_logs += added.logs.part.len() as u64;
        self.counts.duplicate_logs += added.logs.copies;
        self.counts.dropped_logs += added.logs.dropped;
        for span in added.spans.iter() {
            self.catalog.add(span);
        }
        if entry.parts.is_empty() {
            entry.turn.get_or_insert_with(|| self.waiting.join(id));
            self.waiting.bytes += entry.bytes - bytes_before;
            return;
        }
        if let Some(turn) = entry.turn.take() {
            self.waiting.leave(turn, bytes_before);
        }
        if !had_spans {
            self.by_arrival.push_back(id);
        } else if start_before != entry.summary.start_unix_nanos {
            self.by_start.remove(&(start_before, id));
        }
        self.by_start.insert((entry.summary.start_unix_nanos, id));
    }

    /// Lets traces go until `limit` holds: those that wait for spans if they take more than their part, else those
    /// that arrived first.
    fn shrink(&mut self, limit: usize) -> Vec<Entry> {
        let mut evicted = Vec::new();
        while self.bytes > limit {
            let waits = self.waiting.first();
            let over = waits.filter(|_| self.waiting.bytes > limit / WAITING_PART);
            let Some(id) = over.or_else(|| self.by_arrival.pop_front()).or(waits) else { break };
            let Some(entry) = self.traces.remove(&id) else { continue };
            self.forget(&entry);
            evicted.push(entry);
        }
        evicted
    }

    /// Takes an entry that has left off the books.
    fn forget(&mut self, entry: &Entry) {
        let summary = &entry.summary;
        self.bytes -= entry.bytes;
        for part in &entry.parts {
            self.bytes -= self.held.remove(span_origins(part));
            part.iter().for_each(|span| self.catalog.remove(span));
        }
        for part in &entry.logs.parts {
            self.bytes -= self.held.remove(log_origins(part));
        }
        self.counts.evicted_spans += summary.span_count;
        self.counts.evicted_logs += summary.log_count;
        match entry.turn {
            Some(turn) => self.waiting.leave(turn, entry.bytes),
            None => {
                self.by_start.remove(&(summary.start_unix_nanos, summary.id));
                self.counts.evicted_traces += 1;
            }
        }
    }

    /// The traces by start, newest first, from below `after`.
    fn newest_first(&self, after: Option<(u64, TraceId)>) -> impl Iterator<Item = &Entry> {
        let below = after.unwrap_or((u64::MAX, TraceId::from_u128(u128::MAX)));
        let ids = self.by_start.range(..=below).rev().filter(move |key| Some(**key) != after);
        ids.filter_map(|(_, id)| self.traces.get(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, LazyLock};
    use throughline::SpanId;
    use throughline::wire::{KeyValue, LogData, Resource, Scope, SpanData, Value};

    fn source(service: &str) -> Arc<super::super::Source> {
        let name = KeyValue { key: "service.name".to_owned(), value: Value::String(service.to_owned()) };
        Arc::new(super::super::Source::new(Resource { attributes: vec![name], ..Resource::default() }))
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

    fn insert(store: &Store, source: &Arc<super::super::Source>, spans: Vec<SpanData>) {
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
        insert(
            &store,
            &shop,
            vec![SpanData { parent_span_id: SpanId::from_u64(9), ..span(1, 2, 500, "child") }],
        );
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

    fn insert_logs(store: &Store, source: &Arc<super::super::Source>, logs: Vec<LogData>) {
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
        for value in
            [Value::Int(1), Value::Int(2), Value::Double(f64::NAN), Value::Array(vec![Value::Int(1)])]
        {
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
}
