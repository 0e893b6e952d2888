//! `busy_ns` and `idle_ns`.

use crate::support::{Hand, Recording, attribute, bare, record};
use std::sync::Barrier;
use throughline::wire::Value;
use throughline::{Builder, Limits, Sampler, SpanContext, SpanData, SpanExt, SpanId, TraceFlags, TraceId};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{prelude::*, registry};

fn on(clock: &Hand) -> Builder {
    bare().clock(clock.clone()).busy_idle_attributes(true)
}

#[track_caller]
fn assert_times(span: &SpanData, busy: i64, idle: i64) {
    let of = |key| attribute(&span.attributes, key).cloned();
    assert_eq!(
        (of("busy_ns"), of("idle_ns")),
        (Some(Value::Int(busy)), Some(Value::Int(idle))),
        "busy and idle of {}",
        span.name
    );
}

#[test]
fn busy_is_the_time_inside_and_idle_the_rest_up_to_the_end() {
    let clock = Hand::at(100);
    let recording = record(on(&clock), || {
        let span = info_span!("polled");
        clock.set(110);
        span.in_scope(|| clock.set(130));
        clock.set(150);
        span.in_scope(|| clock.set(155));
        clock.set(1000);
    });
    assert_times(&recording.span("polled"), 25, 30);
}

#[test]
fn a_thread_that_is_inside_twice_counts_once() {
    let clock = Hand::at(1);
    let recording = record(on(&clock), || {
        let span = info_span!("recursive");
        span.in_scope(|| {
            clock.set(5);
            span.in_scope(|| clock.set(8));
            clock.set(11);
        });
        clock.set(20);
    });
    assert_times(&recording.span("recursive"), 10, 0);
}

#[test]
fn threads_that_are_inside_at_once_add_up() {
    let clock = Hand::at(10);
    let (layer, recording) = Recording::new(on(&clock));
    let dispatch = Dispatch::new(registry().with(layer));
    let span = with_default(&dispatch, || info_span!("shared"));
    let (entered, left) = (Barrier::new(2), Barrier::new(2));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            span.in_scope(|| {
                entered.wait();
                left.wait();
                clock.set(70);
            });
        });
        span.in_scope(|| {
            entered.wait();
            clock.set(60);
        });
        left.wait();
    });
    drop(span);
    assert_times(&recording.span("shared"), 50 + 60, 0);
}

#[test]
fn a_span_that_was_never_entered_was_idle_all_the_time() {
    let clock = Hand::at(5);
    let recording = record(on(&clock), || {
        let _span = info_span!("never entered");
        clock.set(12);
    });
    assert_times(&recording.span("never entered"), 0, 7);
}

#[test]
fn a_slot_that_is_used_again_starts_at_nothing() {
    let clock = Hand::at(0);
    let recording = record(on(&clock), || {
        for n in 1..=3 {
            clock.set(100 * n);
            info_span!("again").in_scope(|| clock.set(100 * n + n));
        }
    });
    for (n, span) in (1..).zip(recording.spans()) {
        assert_times(&span, n, 0);
    }
}

#[test]
fn a_span_that_is_entered_at_shutdown_was_busy_until_then() {
    let clock = Hand::at(10);
    let (layer, recording) = Recording::new(on(&clock));
    with_default(&Dispatch::new(registry().with(layer)), || {
        let span = info_span!("unfinished");
        span.in_scope(|| clock.set(15));
        clock.set(25);
        let _in = span.enter();
        clock.set(40);
        let unfinished = &recording.shut_down()[0];
        assert_eq!(unfinished.end_unix_nanos, 40);
        assert_times(unfinished, 5 + 15, 10);
    });
}

#[test]
fn the_time_inside_counts_from_before_the_span_was_sampled() {
    let clock = Hand::at(1);
    let recording = record(on(&clock).sampler(Sampler::ratio(0.0)), || {
        let root = info_span!("root");
        assert!(!root.context().span_context().is_sampled(), "decided with that");
        let span = root.in_scope(|| info_span!("hung elsewhere"));
        let inside = span.enter();
        clock.set(4);
        let sampled = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED, true);
        span.set_parent(sampled).expect("it has no children");
        clock.set(6);
        drop(inside);
    });
    let span = recording.span("hung elsewhere");
    assert_eq!((span.start_unix_nanos, span.end_unix_nanos), (4, 6), "recorded from when that was known");
    assert_times(&span, 5, 0);
}

#[test]
fn a_field_of_the_program_wins_and_the_limit_holds() {
    let clock = Hand::at(1);
    let recording = record(on(&clock), || drop(info_span!("own", busy_ns = "mine").entered()));
    let own = recording.span("own");
    assert_eq!(attribute(&own.attributes, "busy_ns"), Some(&Value::String("mine".into())));
    assert_eq!(attribute(&own.attributes, "idle_ns"), Some(&Value::Int(0)));

    let mut limits = Limits::default();
    limits.attributes = 2;
    let recording = record(on(&clock).limits(limits), || drop(info_span!("full", a = 1)));
    let full = recording.span("full");
    let keys: Vec<_> = full.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!((keys, full.dropped_attributes_count), (vec!["a", "busy_ns"], 1));
}

#[test]
fn without_being_asked_for_there_are_none() {
    let recording = record(bare(), || drop(info_span!("plain").entered()));
    assert!(recording.span("plain").attributes.is_empty());
}
