//! What is over a limit is dropped or cut, and counted.

use crate::reading::{limits, map, one, string};
use crate::support::{attribute, bare, names, record};
use throughline::SpanExt;
use throughline::wire::{KeyValue, Value};
use tracing::field::Empty;
use tracing::{error, info, info_span};

#[test]
fn attributes_over_the_limit_are_dropped_and_counted() {
    let span = one(limits(|limits| limits.attributes = 3), || {
        let span = info_span!("s", a = 1, b = 2, c = 3, d = 4, e = Empty);
        span.record("e", 5);
        span.set_attribute("f", 6);
        span.set_attribute("a", 11);
        span.record("b", 22);
    });
    let of = map(&span.attributes);
    assert_eq!(of["a"], Value::Int(11));
    assert_eq!(of["b"], Value::Int(22));
    assert_eq!((of.len(), of["c"].clone()), (3, Value::Int(3)));
    assert_eq!(span.dropped_attributes_count, 3, "d, e and f; replacing is no drop");
}

#[test]
fn automatic_attributes_count_and_the_programs_own_come_first() {
    for (limit, expected) in [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (7, 7), (8, 8), (9, 8)] {
        let builder = throughline::builder().limits(limits(|limits| limits.attributes = limit));
        let span = record(builder, || drop(info_span!("s", a = 1, b = 2))).span("s");
        assert_eq!(map(&span.attributes).len(), expected, "limit {limit}");
        assert_eq!(span.dropped_attributes_count as usize, 8 - expected, "limit {limit}");
    }
}

#[test]
fn long_values_are_cut_between_characters() {
    let long = "aé漢🦀z";
    let span = one(limits(|limits| limits.value_length = 4), || {
        let span = info_span!("a long name", s = long, d = %long, q = ?long, b = &[1_u8, 2, 3, 4, 5][..], n = 123456);
        span.set_attribute("set", long);
        span.set_attribute("list", vec![long, "ok"]);
        span.set_attribute("map", Value::Map(vec![KeyValue::new("a long key", long)]));
        span.set_attribute("bytes", &[1_u8, 2, 3, 4, 5][..]);
        span.add_link_with_attributes(span.context(), vec![KeyValue::new("l", long)]);
        info!(parent: &span, e = long, "a long message");
        error!(parent: &span, error = long);
    });
    let of = map(&span.attributes);
    let cut = string("aé漢🦀");
    for key in ["s", "d", "set"] {
        assert_eq!(of[key], cut, "{key}");
    }
    assert_eq!(of["q"], string("\"aé漢"));
    assert_eq!(of["b"], Value::Bytes(vec![1, 2, 3, 4]));
    assert_eq!(of["bytes"], Value::Bytes(vec![1, 2, 3, 4]));
    assert_eq!(of["n"], Value::Int(123456));
    assert_eq!(of["list"], Value::Array(vec![cut.clone(), string("ok")]));
    assert_eq!(of["map"], Value::Map(vec![KeyValue::new("a long key", "aé漢🦀")]));
    assert_eq!(span.links[0].attributes, [KeyValue::new("l", "aé漢🦀")]);
    assert_eq!(attribute(&span.events[0].attributes, "e"), Some(&cut));
    assert_eq!(attribute(&span.events[1].attributes, "exception.message"), Some(&cut));
    assert_eq!((span.name.as_str(), span.events[0].name.as_str()), ("a long name", "a long message"));
}

#[test]
fn a_value_length_of_zero_leaves_empty_texts() {
    let span = one(limits(|limits| limits.value_length = 0), || {
        drop(info_span!("s", s = "text", d = ?Some(1), b = &[1_u8][..], n = 1));
    });
    let of = map(&span.attributes);
    assert_eq!((&of["s"], &of["d"], &of["b"]), (&string(""), &string(""), &Value::Bytes(Vec::new())));
    assert_eq!(of["n"], Value::Int(1));
}

#[test]
fn events_and_links_over_the_limit_are_dropped_and_counted() {
    let mine = limits(|limits| (limits.events, limits.links, limits.link_attributes) = (2, 1, 1));
    let recording = record(bare().limits(mine), || {
        let (other, span) = (info_span!("other"), info_span!("s"));
        for n in 0..5 {
            info!(parent: &span, n, "event {n}");
        }
        let attributes = (0..3).map(|n| KeyValue::new(format!("k{n}"), n)).collect();
        span.add_link_with_attributes(other.context(), attributes);
        span.add_link(other.context());
        span.follows_from(&other);
    });
    let span = recording.span("s");
    assert_eq!(names(&span.events), ["event 0", "event 1"]);
    assert_eq!((span.dropped_events_count, span.links.len(), span.dropped_links_count), (3, 1, 2));
    assert_eq!(span.links[0].attributes, [KeyValue::new("k0", 0)]);
    assert_eq!(span.links[0].dropped_attributes_count, 2);
}

#[test]
fn attributes_of_an_event_over_the_limit_are_dropped_and_counted() {
    for limit in 0..12_usize {
        let builder = throughline::builder().limits(limits(|limits| limits.event_attributes = limit));
        let recording = record(builder, || {
            let _in = info_span!("s").entered();
            info!(a = 1, b = 2, c = 3, "event");
            info!(a = 1, b = 2, error = "not good");
        });
        for (event, all) in recording.span("s").events.iter().zip([8, 8]) {
            assert_eq!(map(&event.attributes).len(), all.min(limit), "limit {limit}: {event:?}");
            assert_eq!(event.dropped_attributes_count as usize, all.saturating_sub(limit), "limit {limit}");
        }
    }
}
