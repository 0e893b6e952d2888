//! The memory bound.

use crate::ledger::{LONG, assert_delivered, attribute, spans, started, to};
use crate::support::collector::{Collector, Reply};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use std::collections::BTreeSet;
use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::time::Duration;
use tracing::dispatcher::with_default;
use tracing::info_span;

#[test]
fn over_the_memory_bound_the_newest_spans_are_refused_and_the_older_ones_arrive() {
    let (release, held) = channel();
    let collector = Collector::scripted(vec![Reply::Hold(held)]);
    let (dispatch, guard) = started(to(&collector).queue_bytes(128 << 10));
    spans(&dispatch, 1);
    let stats = std::thread::scope(|scope| {
        let flush = scope.spawn(|| guard.flush(LONG));
        collector.wait_for(1);
        with_default(&dispatch, || {
            (10_000..14_000).for_each(|n| drop(info_span!("later", n, padding = "............")));
        });
        let stats = guard.stats();
        release.send(()).expect("the collector waits");
        flush.join().expect("no panic").expect("the first span was accepted");
        stats
    });
    assert!(stats.refused.memory > 0 && stats.finished > 100, "{stats}");
    assert_eq!(stats.started, 4001);
    assert!(stats.is_balanced() && stats.bytes <= 128 << 10, "{stats}");
    guard.flush(LONG).expect("accepted");
    let numbers: BTreeSet<_> = collector
        .accepted()
        .iter()
        .filter(|span| span.name == "later")
        .map(|span| match attribute(&span.attributes, "n") {
            Some(Any::IntValue(n)) => *n,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(numbers.len() as u64, stats.finished - 1, "what was finished arrives");
    // Where the worker frees a little meanwhile, some of the newer ones are let in again.
    let oldest = numbers.iter().copied().zip(10_000..).take_while(|(number, expected)| number == expected);
    assert!(oldest.count() >= 100, "the oldest without a gap: {numbers:?}");
    assert_delivered(&guard, &collector, stats.finished as usize);
    spans(&dispatch, 10);
    guard.flush(LONG).expect("there is room again");
    assert_delivered(&guard, &collector, stats.finished as usize + 10);
}

#[test]
fn threads_that_hold_all_memory_in_segments_that_are_not_full_wake_the_worker() {
    const THREADS: usize = 32;
    let collector = Collector::accepting();
    // No segment of 64 KiB gets full, and nothing else wakes the worker for an hour.
    let (dispatch, guard) =
        started(to(&collector).queue_bytes(640 << 10).schedule_delay(Duration::from_secs(3600)));
    let done = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                with_default(&dispatch, || {
                    (0..40).for_each(|n| drop(info_span!("early", n, padding = "............")));
                    // As long as it lives no other thread takes its place.
                    done.wait();
                });
            });
        }
    });
    collector.wait_for(1);
    assert_eq!(guard.stats().refused.memory, 0, "{}", guard.stats());
    guard.flush(LONG).expect("accepted");
    assert_delivered(&guard, &collector, 40 * THREADS);
}

#[test]
fn what_an_open_span_has_no_room_for_is_left_out_and_counted() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector).queue_bytes(256 << 10));
    let huge = "x".repeat(300_000);
    with_default(&dispatch, || {
        let span =
            info_span!("open", first = "kept", huge = tracing::field::Empty, last = tracing::field::Empty);
        span.record("huge", huge.as_str());
        span.record("last", "kept too");
    });
    guard.flush(LONG).expect("accepted");
    let [span] = &collector.accepted()[..] else { panic!("one span") };
    let has = |key| attribute(&span.attributes, key).is_some();
    assert_eq!((has("first"), has("huge"), has("last")), (true, false, true), "{span:?}");
    assert_eq!((span.dropped_attributes_count, guard.stats().truncated), (1, 1));
}
