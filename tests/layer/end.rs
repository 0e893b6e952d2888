//! When a span ends.

use crate::neighbours::named;
use crate::support::{Hand, Recording, assert_child, bare, names, record};
use std::sync::Barrier;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{prelude::*, registry};

#[test]
fn a_parent_of_spawned_work_ends_at_its_own_last_exit() {
    let clock = Hand::at(100);
    let (layer, recording) = Recording::new(bare().clock(clock.clone()));
    let dispatch = Dispatch::new(registry().with(layer));
    let child = with_default(&dispatch, || {
        let parent = info_span!("parent");
        clock.set(110);
        let _in = parent.enter();
        let child = info_span!("child");
        clock.set(200);
        child
    });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            with_default(&dispatch, || {
                clock.set(300);
                child.in_scope(|| clock.set(900));
                clock.set(950);
                drop(child);
            })
        });
    });
    let (parent, child) = named(&recording, ["parent", "child"]);
    assert_eq!((parent.start_unix_nanos, parent.end_unix_nanos), (100, 200));
    assert_eq!((child.start_unix_nanos, child.end_unix_nanos), (110, 900));
    assert_child(&child, &parent);
}

#[test]
fn a_leaf_left_on_one_thread_and_dropped_on_another_ends_when_it_was_left() {
    let clock = Hand::at(100);
    let (layer, recording) = Recording::new(bare().clock(clock.clone()));
    let dispatch = Dispatch::new(registry().with(layer));
    let leaf = with_default(&dispatch, || {
        let leaf = info_span!("leaf");
        leaf.in_scope(|| clock.set(500));
        leaf
    });
    clock.set(900);
    // No default here: the span knows its own subscriber.
    std::thread::spawn(move || drop(leaf)).join().expect("nothing panics");
    assert_eq!(recording.span("leaf").end_unix_nanos, 500);
}

#[test]
fn the_last_exit_counts_whichever_thread_it_was_on() {
    let clock = Hand::at(1);
    let (layer, recording) = Recording::new(bare().clock(clock.clone()));
    let dispatch = Dispatch::new(registry().with(layer));
    let span = with_default(&dispatch, || info_span!("shared"));
    let (entered, left) = (Barrier::new(2), Barrier::new(2));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            with_default(&dispatch, || {
                let inside = span.enter();
                entered.wait();
                left.wait();
                clock.set(70);
                drop(inside);
            })
        });
        with_default(&dispatch, || {
            let inside = span.enter();
            entered.wait();
            clock.set(60);
            drop(inside);
            left.wait();
        });
    });
    clock.set(1000);
    drop(span);
    assert_eq!(recording.span("shared").end_unix_nanos, 70);
}

#[test]
fn a_span_that_was_never_entered_ends_when_it_is_closed() {
    let clock = Hand::at(5);
    let recording = record(bare().clock(clock.clone()), || {
        let span = info_span!("never entered");
        let copy = span.clone();
        clock.set(7);
        drop(span);
        clock.set(9);
        drop(copy);
    });
    let span = recording.span("never entered");
    assert_eq!((span.start_unix_nanos, span.end_unix_nanos), (5, 9));
}

#[test]
fn a_span_that_is_entered_many_times_ends_at_the_last_exit_and_events_after_it_keep_their_time() {
    let clock = Hand::at(10);
    let recording = record(bare().clock(clock.clone()), || {
        let span = info_span!("polled");
        for time in [20, 30, 40] {
            clock.set(time);
            span.in_scope(|| clock.set(time + 5));
        }
        clock.set(70);
        info!(parent: &span, "late");
        clock.set(90);
    });
    let span = recording.span("polled");
    assert_eq!((span.start_unix_nanos, span.end_unix_nanos), (10, 45));
    assert_eq!(span.events[0].time_unix_nanos, 70);
}

#[test]
fn a_span_entered_twice_by_one_thread_ends_at_the_outer_exit() {
    let clock = Hand::at(1);
    let recording = record(bare().clock(clock.clone()), || {
        let span = info_span!("recursive");
        span.in_scope(|| {
            span.in_scope(|| clock.set(2));
            info!("still inside");
            clock.set(3);
        });
        clock.set(4);
    });
    let span = recording.span("recursive");
    assert_eq!((span.end_unix_nanos, names(&span.events)), (3, vec!["still inside"]));
}

#[test]
fn the_wall_clock_gives_times_in_order() {
    let recording = record(bare(), || {
        let parent = info_span!("parent").entered();
        info_span!("child").in_scope(|| info!("now"));
        drop(parent);
    });
    let (parent, child) = named(&recording, ["parent", "child"]);
    let times = [
        parent.start_unix_nanos,
        child.start_unix_nanos,
        child.events[0].time_unix_nanos,
        child.end_unix_nanos,
        parent.end_unix_nanos,
    ];
    assert!(times.is_sorted(), "{times:?}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let off = now.as_nanos().abs_diff(u128::from(times[4]));
    assert!(off < 5_000_000_000, "{off} ns off the wall clock");
}
