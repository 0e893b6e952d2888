//! `LogPlaces`: which span each log record of a trace belongs to. `render`, the viewer's API and Jaeger's consume this.

use crate::store::{Log, Span, Trace};
use std::collections::{HashMap, HashSet};
use throughline::SpanId;

/// The place of a log record whose span has not arrived, or that names none: after all spans.
const NOWHERE: usize = usize::MAX;

/// The log records of a trace by span, each span's in the order of time.
#[derive(Clone, Debug)]
pub(crate) struct LogPlaces<'t> {
    sorted: Vec<Placed<'t>>,
}

/// A log record, the place of its span, and how many arrived before it.
#[derive(Clone, Copy, Debug)]
struct Placed<'t> {
    place: usize,
    arrival: usize,
    log: &'t Log,
}

// === impl LogPlaces ===

impl<'t> LogPlaces<'t> {
    /// Finds the span of each log record of `trace`; `spans` are its spans in any order, whose places are given back.
    ///
    /// Of several spans of one id it is the first that the same service sent, else the first.
    pub(crate) fn new(trace: &'t Trace, spans: impl Iterator<Item = &'t Span>) -> Self {
        let named: HashSet<SpanId> =
            trace.logs().map(|log| log.data().span_id).filter(|id| id.is_valid()).collect();
        let (mut own, mut first) = (HashMap::new(), HashMap::new());
        if !named.is_empty() {
            for (at, span) in spans.enumerate().filter(|(_, span)| named.contains(&span.data().span_id)) {
                first.entry(span.data().span_id).or_insert(at);
                own.entry((span.data().span_id, span.service())).or_insert(at);
            }
        }
        let place = |log: &Log| {
            let id = log.data().span_id;
            own.get(&(id, log.service())).or_else(|| first.get(&id)).copied().unwrap_or(NOWHERE)
        };
        let placed = |(arrival, log)| Placed { place: place(log), arrival, log };
        let mut sorted: Vec<Placed<'_>> = trace.logs().enumerate().map(placed).collect();
        // Within a tick of the clock, the order of arrival.
        sorted.sort_unstable_by_key(|one| (one.place, one.log.unix_nanos(), one.arrival));
        LogPlaces { sorted }
    }

    /// The log records of the span at this place.
    pub(crate) fn of(&self, place: usize) -> impl ExactSizeIterator<Item = &'t Log> {
        let from = self.sorted.partition_point(|one| one.place < place);
        let count = self.sorted[from..].partition_point(|one| one.place == place);
        self.sorted[from..from + count].iter().map(|one| one.log)
    }

    /// Those that belong to none of the spans.
    pub(crate) fn elsewhere(&self) -> impl ExactSizeIterator<Item = &'t Log> {
        self.of(NOWHERE)
    }

    /// All log records in the order of time, each with the place of its span.
    pub(crate) fn by_time(&self) -> impl Iterator<Item = (Option<usize>, &'t Log)> {
        let mut all = self.sorted.clone();
        all.sort_unstable_by_key(|one| (one.log.unix_nanos(), one.arrival));
        all.into_iter().map(|one| ((one.place != NOWHERE).then_some(one.place), one.log))
    }
}
