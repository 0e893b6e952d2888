//! Captures of work on several threads.

use std::sync::Barrier;
use throughline::testing::{Capture, assert_tree, capture};
use tracing::dispatcher::{get_default, with_default};
use tracing::{Dispatch, info, info_span};

#[test]
fn work_on_other_threads_is_captured_if_they_are_told() {
    let trace = capture(|| {
        let fan_out = info_span!("fan out");
        let dispatch = get_default(Dispatch::clone);
        std::thread::scope(|scope| {
            for worker in ["a", "b", "c"] {
                let (fan_out, dispatch) = (&fan_out, &dispatch);
                scope.spawn(move || {
                    with_default(dispatch, || {
                        info_span!(parent: fan_out, "part", worker).in_scope(|| info!("done"));
                    });
                });
            }
        });
    });
    assert_tree!(
        trace.sorted(),
        "
        fan out
          part worker=a
            * done level=INFO
          part worker=b
            * done level=INFO
          part worker=c
            * done level=INFO
        "
    );
}

#[test]
fn a_thread_that_is_not_told_is_not_captured() {
    let trace = capture(|| {
        std::thread::scope(|scope| {
            scope.spawn(|| drop(info_span!("elsewhere")));
        });
        drop(info_span!("here"));
    });
    assert_tree!(trace, "here");
}

#[test]
fn several_threads_may_run_one_capture_and_the_order_is_that_of_the_starts() {
    let (capture, turn) = (Capture::new(), Barrier::new(2));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            capture.run(|| {
                drop(info_span!("first"));
                turn.wait();
                turn.wait();
                drop(info_span!("third"));
            });
        });
        capture.run(|| {
            turn.wait();
            drop(info_span!("second"));
            turn.wait();
        });
    });
    assert_tree!(capture.finish(), "first\nsecond\nthird");
}
