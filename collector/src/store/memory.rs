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

#[cfg(test)]
mod tests;

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
