//! `Entry`: one trace as the store keeps it, exact copies of its spans left out.

use super::kept_logs::{KeptLogs, LogArrival, WeighedLog, weigh};
use super::weight::span_weight;
use super::{Log, Span, Trace, TraceSummary};
use crate::ingest::fingerprint;
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::Arc;
use throughline::TraceId;

/// What an entry takes beside its spans and log records.
const ENTRY_OVERHEAD: usize = 960;
/// What a part takes beside its spans.
const PART_OVERHEAD: usize = 64;

/// One trace.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) summary: TraceSummary,
    pub(super) parts: Vec<Arc<Vec<Span>>>,
    pub(super) logs: KeptLogs,
    /// Its turn among those that wait for their spans.
    pub(super) turn: Option<u64>,
    /// What the entry, its spans and log records take, shared resources and scopes aside.
    pub(super) bytes: usize,
    /// Where the first span of each look (ids, kind, times and name) is: part and place.
    looks: HashMap<u64, (usize, usize)>,
    /// The whole content of spans that look like another.
    contents: HashSet<u64>,
}

/// The spans or log records of a request for one trace, weighed and looked at before the lock is taken.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) id: TraceId,
    spans: Vec<(Span, u64, usize)>,
    logs: Vec<WeighedLog>,
}

/// What became of an arrival: the parts that were added, which may be empty, and how many spans were copies.
#[derive(Debug)]
pub(super) struct Added {
    pub(super) spans: Arc<Vec<Span>>,
    pub(super) copies: u64,
    pub(super) logs: LogArrival,
}

// === impl Arrival ===

impl Arrival {
    pub(super) fn of_spans(id: TraceId, spans: Vec<Span>, hasher: &RandomState) -> Self {
        let weighed = |span: Span| {
            let data = span.data();
            let look = (
                data.span_id,
                data.kind,
                data.parent_span_id,
                data.start_unix_nanos,
                data.end_unix_nanos,
                &data.name,
            );
            let look = hasher.hash_one(look);
            let weight = span_weight(&span);
            (span, look, weight)
        };
        Arrival { id, spans: spans.into_iter().map(weighed).collect(), logs: Vec::new() }
    }

    pub(super) fn of_logs(id: TraceId, logs: Vec<Log>, hasher: &RandomState) -> Self {
        let logs = logs.into_iter().map(|log| weigh(log, hasher)).collect();
        Arrival { id, spans: Vec::new(), logs }
    }
}

// === impl Entry ===

impl Entry {
    pub(super) fn new(id: TraceId) -> Self {
        Entry {
            summary: TraceSummary::new(id),
            parts: Vec::new(),
            logs: KeptLogs::default(),
            turn: None,
            bytes: ENTRY_OVERHEAD,
            looks: HashMap::new(),
            contents: HashSet::new(),
        }
    }

    /// Takes what arrived; `log_bytes` is the most that the log records of a trace may take.
    pub(super) fn add(&mut self, arrival: Arrival, hasher: &RandomState, log_bytes: usize) -> Added {
        let (spans, copies) = self.add_spans(arrival.spans, hasher);
        let logs = self.logs.add(arrival.logs, log_bytes);
        self.bytes += logs.bytes;
        self.summary.log_count = self.logs.count as u64;
        Added { spans, copies, logs }
    }

    fn add_spans(&mut self, spans: Vec<(Span, u64, usize)>, hasher: &RandomState) -> (Arc<Vec<Span>>, u64) {
        let mut part = Vec::with_capacity(spans.len());
        let mut copies = 0;
        for (span, look, weight) in spans {
            if self.is_copy(&span, look, &part, hasher) {
                copies += 1;
                continue;
            }
            self.bytes += weight;
            self.summary.add(&span);
            part.push(span);
        }
        let part = Arc::new(part);
        if !part.is_empty() {
            self.bytes += PART_OVERHEAD;
            self.parts.push(Arc::clone(&part));
        }
        (part, copies)
    }

    /// Whether a span of the same content is here; notes it if not. Only look-alikes are compared in full.
    fn is_copy(&mut self, span: &Span, look: u64, part: &[Span], hasher: &RandomState) -> bool {
        let Some(&(at_part, at)) = self.looks.get(&look) else {
            self.looks.insert(look, (self.parts.len(), part.len()));
            return false;
        };
        let first = self.parts.get(at_part).map_or(part, |part| part.as_slice()).get(at);
        self.contents.extend(first.map(|first| fingerprint(hasher, first)));
        !self.contents.insert(fingerprint(hasher, span))
    }

    pub(super) fn trace(&self) -> Trace {
        Trace::new(self.summary.id, self.parts.clone(), self.logs.parts.clone(), self.logs.dropped)
    }
}
