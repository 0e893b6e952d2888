//! Much: many attributes, long texts, and more than the memory bound.

use crate::reading::{limits, map, one};
use crate::support::{attribute, bare, record, text};
use throughline::wire::Value;
use throughline::{Limits, SpanExt};
use tracing::field::Empty;
use tracing::{info, info_span};

#[test]
fn ten_thousand_attributes_are_kept_up_to_the_limit_and_counted_past_it() {
    let span = one(Limits::default(), || {
        let span = info_span!("s");
        for n in 0..10_000 {
            span.set_attribute(&format!("key {n}"), n);
            span.set_attribute("same", n);
        }
    });
    assert_eq!(map(&span.attributes).len(), 128);
    assert_eq!(attribute(&span.attributes, "same"), Some(&Value::Int(9_999)));
    assert_eq!(attribute(&span.attributes, "key 126"), Some(&Value::Int(126)));
    assert_eq!(span.dropped_attributes_count, 10_000 - 127);
    let span = one(limits(|limits| limits.attributes = usize::MAX), || {
        let span = info_span!("s");
        (0..1_000).for_each(|n| span.set_attribute(&format!("key {n}"), n));
    });
    assert_eq!((map(&span.attributes).len(), span.dropped_attributes_count), (1_000, 0));
}

#[test]
fn a_text_of_a_mebibyte_arrives_whole_by_every_way() {
    let long = "漢字🦀x".repeat((1 << 20) / 11);
    let span = one(Limits::default(), || {
        let span = info_span!("s", text = long, display = %long, late = Empty, otel.name = long);
        span.record("late", &*long);
        span.set_attribute("set", &*long);
        info!(parent: &span, text = long, "{long}");
    });
    for key in ["text", "display", "late", "set"] {
        assert!(text(&span.attributes, key) == Some(&*long), "{key}");
    }
    assert!(span.name == long && span.events[0].name == long);
    assert!(text(&span.events[0].attributes, "text") == Some(&*long));
}

#[test]
fn what_is_too_large_for_the_memory_bound_is_counted_and_the_rest_goes_on() {
    let long = "x".repeat(1 << 20);
    let recording = record(bare().queue_bytes(128 << 10), || {
        drop(info_span!("too large", text = long));
        let late = info_span!("late", text = Empty, small = Empty);
        late.record("text", &*long);
        late.set_attribute("set", &*long);
        info!(parent: &late, "{long}");
        late.record("small", 1);
        drop(late);
        drop(info_span!("fine", a = 1));
    });
    let late = recording.span("late");
    assert_eq!(map(&late.attributes), [("small".to_owned(), Value::Int(1))].into());
    assert_eq!((late.dropped_attributes_count, late.dropped_events_count), (2, 1));
    assert_eq!(recording.span("fine").attributes.len(), 1);
    let stats = recording.guard.stats();
    assert_eq!((stats.started, stats.finished, stats.refused.memory), (3, 2, 1), "{stats}");
    assert!(stats.is_balanced() && stats.bytes <= 128 << 10, "{stats}");
}
