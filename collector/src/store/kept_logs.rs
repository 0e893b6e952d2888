//! `KeptLogs`: the log records that the store keeps of one trace: the first ones, copies left out.

use super::Log;
use super::weight::log_weight;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;
use throughline::wire::{KeyValue, Value};

/// The most log records that a trace keeps.
const MAX_LOGS: usize = 10_000;
/// What a part takes beside its records.
const PART_OVERHEAD: usize = 64;

/// The log records of one trace.
#[derive(Debug, Default)]
pub(super) struct KeptLogs {
    pub(super) parts: Vec<Arc<Vec<Log>>>,
    pub(super) count: usize,
    /// Records that came when the trace had its fill.
    pub(super) dropped: u64,
    bytes: usize,
    /// How many records of each content are kept.
    contents: HashMap<u64, u32>,
}

/// A record, a hash of its content, and what it takes.
pub(super) type WeighedLog = (Log, u64, usize);

/// What became of the records of a request for one trace.
#[derive(Debug, Default)]
pub(super) struct LogArrival {
    /// The part that was added, which may be empty.
    pub(super) part: Arc<Vec<Log>>,
    pub(super) copies: u64,
    pub(super) dropped: u64,
    /// What the part takes, shared resources and scopes aside.
    pub(super) bytes: usize,
}

/// The record with a hash of its content and what it takes.
pub(super) fn weigh(log: Log, hasher: &RandomState) -> WeighedLog {
    let (content, weight) = (content(&log, hasher), log_weight(&log));
    (log, content, weight)
}

/// A hash of everything that is said of a record. Of resources and scopes in use there is one each: where it is tells
/// it from others.
fn content(log: &Log, hasher: &RandomState) -> u64 {
    let (data, state) = (log.data(), &mut hasher.build_hasher());
    (Arc::as_ptr(log.source()).addr(), Arc::as_ptr(log.scope()).addr()).hash(state);
    (data.time_unix_nanos, data.observed_unix_nanos, data.span_id, data.flags).hash(state);
    (data.severity_number, &data.severity_text, &data.event_name, data.dropped_attributes_count).hash(state);
    hash_value(&data.body, state);
    hash_entries(&data.attributes, state);
    state.finish()
}

/// Recursion is bounded by the readers, which refuse deep values.
fn hash_value(value: &Value, state: &mut impl Hasher) {
    std::mem::discriminant(value).hash(state);
    match value {
        Value::Empty => {}
        Value::String(text) => text.hash(state),
        Value::Bool(truth) => truth.hash(state),
        Value::Int(int) => int.hash(state),
        Value::Double(double) => double.to_bits().hash(state),
        Value::Bytes(bytes) => bytes.hash(state),
        Value::Array(elements) => {
            elements.len().hash(state);
            elements.iter().for_each(|element| hash_value(element, state));
        }
        Value::Map(entries) => hash_entries(entries, state),
    }
}

fn hash_entries(entries: &[KeyValue], state: &mut impl Hasher) {
    entries.len().hash(state);
    for entry in entries {
        entry.key.hash(state);
        hash_value(&entry.value, state);
    }
}

// === impl KeptLogs ===

impl KeptLogs {
    /// Takes what arrived, as long as all of them take no more than `limit_bytes`.
    ///
    /// Log records have no id, and a loop may well say the same twice within a tick of its clock. So equal records of
    /// one request all stay, and a request adds only those that it has more of than are here: a retried one adds none.
    pub(super) fn add(&mut self, logs: Vec<WeighedLog>, limit_bytes: usize) -> LogArrival {
        let (mut part, mut arrival) = (Vec::with_capacity(logs.len()), LogArrival::default());
        let mut met: HashMap<u64, u32> = HashMap::new();
        for (log, content, weight) in logs {
            let times = met.entry(content).or_insert(0);
            *times += 1;
            if self.contents.get(&content).is_some_and(|kept| *kept >= *times) {
                arrival.copies += 1;
            } else if self.count >= MAX_LOGS || self.bytes + arrival.bytes + weight > limit_bytes {
                arrival.dropped += 1;
            } else {
                self.contents.insert(content, *times);
                self.count += 1;
                arrival.bytes += weight;
                part.push(log);
            }
        }
        part.shrink_to_fit();
        arrival.part = Arc::new(part);
        if !arrival.part.is_empty() {
            arrival.bytes += PART_OVERHEAD;
            self.parts.push(Arc::clone(&arrival.part));
        }
        self.bytes += arrival.bytes;
        self.dropped += arrival.dropped;
        arrival
    }
}
