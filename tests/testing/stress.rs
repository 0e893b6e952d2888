//! Captures at the same time as threads that hit the same callsites under no subscriber, or under one that wants nothing.
//!
//! `tracing` remembers for each callsite, for all threads, whether anybody is interested; a capture must not be told
//! "nobody" because of another thread.

use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use throughline::testing::capture;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, debug, trace_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{prelude::*, registry};

/// A callsite of a span and one of an event, each of its own.
macro_rules! callsite {
    ($row:tt $column:tt) => {
        || trace_span!(concat!("span ", $row, $column)).in_scope(|| debug!(concat!("event ", $row, $column)))
    };
}

macro_rules! row {
    ($row:tt) => {
        [
            callsite!($row 0), callsite!($row 1), callsite!($row 2), callsite!($row 3),
            callsite!($row 4), callsite!($row 5), callsite!($row 6), callsite!($row 7),
        ]
    };
}

const CALLSITES: usize = 64;
static WORK: [[fn(); 8]; 8] = [row!(0), row!(1), row!(2), row!(3), row!(4), row!(5), row!(6), row!(7)];

/// Hits all callsites, beginning with another one each time.
fn hit_all(offset: usize) {
    (0..CALLSITES).for_each(|n| WORK.as_flattened()[(n + offset) % CALLSITES]());
}

#[track_caller]
fn assert_captures_all(offset: usize) {
    let trace = capture(|| hit_all(offset));
    let events: usize = trace.spans().iter().map(|span| span.events().len()).sum();
    assert_eq!((trace.spans().len(), events), (CALLSITES, CALLSITES), "{trace}");
    assert_eq!(trace.roots().len(), CALLSITES);
}

/// Captures on some threads, while others do their worst.
fn race(capturing: usize, rounds: usize) {
    const WORST: usize = 3;
    let (begin, done) = (Barrier::new(capturing + WORST), AtomicBool::new(false));
    let until_done = |work: &dyn Fn(usize)| {
        begin.wait();
        (0..).take_while(|_| !done.load(Ordering::Relaxed)).for_each(work);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| until_done(&hit_all));
        scope.spawn(|| until_done(&|offset| with_default(&Dispatch::none(), || hit_all(offset))));
        scope.spawn(|| {
            until_done(&|offset| {
                let deaf = Dispatch::new(registry().with(LevelFilter::ERROR));
                with_default(&deaf, || hit_all(offset));
                tracing::callsite::rebuild_interest_cache();
            });
        });
        let captures = (0..capturing).map(|thread| {
            scope.spawn({
                let begin = &begin;
                move || {
                    begin.wait();
                    (0..rounds).for_each(|round| assert_captures_all(thread * 17 + round));
                }
            })
        });
        let results: Vec<_> = captures.collect::<Vec<_>>().into_iter().map(|thread| thread.join()).collect();
        done.store(true, Ordering::Relaxed);
        assert!(results.iter().all(Result::is_ok), "a capture has lost spans, see above");
    });
}

#[test]
fn captures_on_many_threads_lose_nothing_to_threads_that_hit_the_same_callsites() {
    race(8, 50);
}

#[test]
fn the_first_capture_of_a_process_loses_nothing() {
    const NAME: &str = "THROUGHLINE_FIRST_CAPTURE";
    if std::env::var_os(NAME).is_some() {
        return race(1, 1);
    }
    let this = std::env::current_exe().expect("a test has a file");
    for _ in 0..20 {
        let mut child = Command::new(&this);
        child.args(["--exact", "stress::the_first_capture_of_a_process_loses_nothing"]).env(NAME, "1");
        let output = child.output().expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
