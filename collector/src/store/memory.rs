//! `Store`: traces in memory.

use super::catalog::Catalog;
use super::entry::{Arrival, Entry};
use super::held::Held;
use super::{Span, Stats, Trace, TraceSummary};
use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Condvar, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};
use throughline::TraceId;
use throughline::wire::SpanKind;

/// The traces that have arrived, in memory and bounded in bytes.
#[derive(Debug)]
pub struct Store {
    limit_bytes: usize,
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
            hasher: RandomState::new(),
            state: RwLock::default(),
            arrivals: Mutex::new(0),
            arrived: Condvar::new(),
        }
    }

    /// The trace with this id, as far as it has arrived.
    #[must_use]
    pub fn trace(&self, id: TraceId) -> Option<Trace> {
        self.read().traces.get(&id).map(Entry::trace)
    }

    /// Summaries of the newest traces by start, newest first, at most `limit`.
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
            traces: state.traces.len() as u64,
            spans: state.counts.stored_spans - state.counts.evicted_spans,
            bytes: state.bytes as u64,
            limit_bytes: self.limit_bytes as u64,
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
        let arrivals: Vec<Arrival> =
            traces.into_iter().map(|(id, spans)| Arrival::new(id, spans, &self.hasher)).collect();
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.counts.rejected_spans += rejected;
        for arrival in arrivals {
            state.add(arrival, &self.hasher);
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
    fn add(&mut self, arrival: Arrival, hasher: &RandomState) {
        let id = arrival.id;
        let entry = self.traces.entry(id).or_insert_with(|| {
            self.by_arrival.push_back(id);
            Entry::new(id)
        });
        let known = !entry.parts.is_empty();
        let (bytes_before, start_before) =
            (if known { entry.bytes } else { 0 }, entry.summary.start_unix_nanos);
        let (part, copies) = entry.add(arrival, hasher);
        self.bytes += entry.bytes - bytes_before + self.held.add(&part);
        self.counts.stored_spans += part.len() as u64;
        self.counts.duplicate_spans += copies;
        for span in part.iter() {
            self.catalog.add(span);
        }
        if known && start_before != entry.summary.start_unix_nanos {
            self.by_start.remove(&(start_before, id));
        }
        self.by_start.insert((entry.summary.start_unix_nanos, id));
    }

    /// Lets the traces that arrived first go until `limit` holds.
    fn shrink(&mut self, limit: usize) -> Vec<Entry> {
        let mut evicted = Vec::new();
        while self.bytes > limit {
            let Some(id) = self.by_arrival.pop_front() else { break };
            let Some(entry) = self.traces.remove(&id) else { continue };
            self.by_start.remove(&(entry.summary.start_unix_nanos, id));
            self.bytes -= entry.bytes;
            for part in &entry.parts {
                self.bytes -= self.held.remove(part);
                part.iter().for_each(|span| self.catalog.remove(span));
            }
            self.counts.evicted_traces += 1;
            self.counts.evicted_spans += entry.summary.span_count;
            evicted.push(entry);
        }
        evicted
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
    use std::sync::Arc;
    use throughline::SpanId;
    use throughline::wire::{KeyValue, Resource, Scope, SpanData, Value};

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
