//! What a span or a log record takes in memory: the bytes that the store's bound counts.

use super::{Log, Span};
use std::mem::size_of;
use throughline::wire::{EventData, KeyValue, LinkData, Scope, Value};

/// The bookkeeping of a span beside itself: its entry among those seen, its place in the catalog.
const SPAN_OVERHEAD: usize = 64;
/// The bookkeeping of a log record beside itself: its entry among the contents kept.
const LOG_OVERHEAD: usize = 32;
/// The bookkeeping of an allocation.
const ALLOCATION: usize = 16;

pub(super) fn span_weight(span: &Span) -> usize {
    let data = span.data();
    size_of::<Span>()
        + SPAN_OVERHEAD
        // Once in the span, and perhaps once in the catalog.
        + 2 * text_weight(&data.name)
        + text_weight(&data.trace_state)
        + text_weight(&data.status.description)
        + attributes_weight(&data.attributes)
        + list_weight::<EventData>(data.events.capacity())
        + data.events.iter().map(|e| text_weight(&e.name) + attributes_weight(&e.attributes)).sum::<usize>()
        + list_weight::<LinkData>(data.links.capacity())
        + data.links.iter().map(|l| text_weight(&l.trace_state) + attributes_weight(&l.attributes)).sum::<usize>()
}

pub(super) fn log_weight(log: &Log) -> usize {
    let data = log.data();
    size_of::<Log>()
        + LOG_OVERHEAD
        + text_weight(&data.severity_text)
        + text_weight(&data.event_name)
        + value_weight(&data.body)
        + attributes_weight(&data.attributes)
}

pub(super) fn scope_weight(scope: &Scope) -> usize {
    size_of::<Scope>()
        + text_weight(&scope.name)
        + text_weight(&scope.version)
        + attributes_weight(&scope.attributes)
}

pub(super) fn attributes_weight(attributes: &Vec<KeyValue>) -> usize {
    list_weight::<KeyValue>(attributes.capacity())
        + attributes.iter().map(|a| text_weight(&a.key) + value_weight(&a.value)).sum::<usize>()
}

/// Recursion is bounded by the readers, which refuse deep values.
fn value_weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text_weight(text),
        Value::Bytes(bytes) => list_weight::<u8>(bytes.capacity()),
        Value::Array(elements) => {
            list_weight::<Value>(elements.capacity()) + elements.iter().map(value_weight).sum::<usize>()
        }
        Value::Map(entries) => attributes_weight(entries),
        Value::Empty | Value::Bool(_) | Value::Int(_) | Value::Double(_) => 0,
    }
}

fn text_weight(text: &String) -> usize {
    list_weight::<u8>(text.capacity())
}

fn list_weight<T>(capacity: usize) -> usize {
    if capacity == 0 { 0 } else { capacity * size_of::<T>() + ALLOCATION }
}
