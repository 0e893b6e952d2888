//! Spans of futures by `tracing`'s own means.

use crate::polls::{Task, pause, poll};
use crate::support::{Hand, Recording, assert_child, bare, names, record};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use throughline::{Clock, SpanExt, SpanId, current_context};
use tracing::dispatcher::with_default;
use tracing::instrument::WithSubscriber as _;
use tracing::level_filters::LevelFilter;
use tracing::{Dispatch, Instrument as _, Span, debug_span, info, info_span, instrument};
use tracing_subscriber::{prelude::*, registry};

#[instrument]
async fn step(name: &'static str) {
    info!("{name} before");
    pause().await;
    info!("{name} after");
}

#[test]
fn futures_that_take_turns_on_one_thread_do_not_mix() {
    let recording = record(bare(), || {
        let mut one = Box::pin(step("one").instrument(info_span!("parent of one")));
        let mut two = Box::pin(step("two").instrument(info_span!("parent of two")));
        assert!(!poll(&mut one) && !poll(&mut two));
        info_span!("outside").in_scope(|| assert!(poll(&mut one)));
        assert!(poll(&mut two));
        assert!(!current_context().is_valid());
    });
    for name in ["one", "two"] {
        let parent = recording.span(&format!("parent of {name}"));
        let spans = recording.spans();
        let step =
            spans.iter().find(|span| span.parent_span_id == parent.span_id).expect("a step of its own");
        assert_child(step, &parent);
        assert_eq!(names(&step.events), [format!("{name} before"), format!("{name} after")]);
    }
    assert!(recording.span("outside").events.is_empty());
}

#[test]
fn a_span_of_an_instrumented_future_ends_at_its_last_poll_whichever_thread_that_was_on() {
    let clock = Hand::at(1);
    let (layer, recording) = Recording::new(bare().clock(clock.clone()));
    let dispatch = Dispatch::new(registry().with(layer));
    let mut future: Task = Box::pin(with_default(&dispatch, || {
        step("far").instrument(info_span!("outer")).with_current_subscriber()
    }));
    for (time, last) in [(20, false), (30, true)] {
        clock.set(time);
        let polling = std::thread::spawn(move || {
            assert_eq!(poll(&mut future), last);
            future
        });
        future = polling.join().expect("nothing panics");
    }
    clock.set(40);
    drop(future);
    let (outer, step) = (recording.span("outer"), recording.span("step"));
    assert_child(&step, &outer);
    assert_eq!(
        (step.start_unix_nanos, step.end_unix_nanos),
        (20, 30),
        "an async fn is dropped when it is over"
    );
    assert_eq!(outer.end_unix_nanos, 40, "Instrumented enters its span once more when it is dropped");
    assert_eq!(names(&step.events), ["far before", "far after"]);
}

#[test]
fn or_current_carries_the_current_span_where_its_own_is_disabled() {
    let (layer, recording) = Recording::new(bare());
    let dispatch = Dispatch::new(registry().with(layer).with(LevelFilter::INFO));
    let [mut with, mut without] = with_default(&dispatch, || {
        let _in = info_span!("outer").entered();
        let disabled = || debug_span!("disabled");
        [("with", disabled().or_current()), ("without", disabled())]
            .map(|(name, span)| -> Task { Box::pin(step(name).instrument(span).with_current_subscriber()) })
    });
    let polling = std::thread::spawn(move || {
        for task in [&mut with, &mut without] {
            assert!(!poll(task) && poll(task));
        }
    });
    polling.join().expect("nothing panics");
    let (outer, spans) = (recording.span("outer"), recording.spans());
    let find =
        |event: &str| spans.iter().find(|span| names(&span.events).contains(&event)).expect("exported");
    assert_child(find("with before"), &outer);
    assert_eq!(find("without before").parent_span_id, SpanId::INVALID);
}

#[test]
fn a_span_that_many_threads_are_in_at_once_is_the_parent_on_each() {
    const THREADS: usize = 4;
    let (layer, recording) = Recording::new(bare());
    let dispatch = Dispatch::new(registry().with(layer));
    let (shared, inside) = (with_default(&dispatch, || info_span!("shared")), Barrier::new(THREADS));
    std::thread::scope(|scope| {
        for n in 0..THREADS {
            let (dispatch, shared, inside) = (&dispatch, &shared, &inside);
            scope.spawn(move || {
                with_default(dispatch, || {
                    let _in = shared.enter();
                    inside.wait();
                    info_span!("child", n)
                        .in_scope(|| assert_ne!(current_context(), shared.context().span_context()));
                    info!("from {n}");
                    assert_eq!(current_context(), shared.context().span_context());
                });
            });
        }
    });
    drop(shared);
    let (shared, spans) = (recording.span("shared"), recording.spans());
    assert_eq!(shared.events.len(), THREADS);
    let children: Vec<_> = spans.iter().filter(|span| span.name == "child").collect();
    assert_eq!(children.len(), THREADS);
    children.iter().for_each(|child| assert_child(child, &shared));
}

/// Never says the same twice.
#[derive(Clone, Default)]
struct Ticks(Arc<AtomicU64>);

impl Clock for Ticks {
    fn now_unix_nanos(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

/// Waits, spinning at first, until both threads have come here for the `n`th time: closer together than a barrier.
fn meet(met: &AtomicU64, n: u64) {
    met.fetch_add(1, Ordering::SeqCst);
    for spins in 0.. {
        if met.load(Ordering::SeqCst) >= 2 * n {
            return;
        }
        if spins > 1000 {
            std::thread::yield_now();
        }
    }
}

#[test]
fn the_last_of_exits_that_race_is_the_end() {
    const ROUNDS: u64 = 2000;
    let clock = Ticks::default();
    let (layer, recording) = Recording::new(bare().clock(clock.clone()));
    let dispatch = Dispatch::new(registry().with(layer));
    let spans: Vec<_> =
        with_default(&dispatch, || (1..=ROUNDS).map(|n| (n, info_span!("raced", n))).collect());
    let (start, stop) = (AtomicU64::new(0), AtomicU64::new(0));
    let race = |(n, span): &(u64, Span)| {
        let inside = span.enter();
        meet(&start, *n);
        drop(inside);
        meet(&stop, *n);
    };
    let mut last = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| spans.iter().for_each(race));
        for span in &spans {
            race(span);
            // Nobody reads it now: the other thread waits for this one inside the next span.
            last.push(clock.0.load(Ordering::SeqCst));
        }
    });
    drop(spans);
    let ends: Vec<_> = recording.spans().iter().map(|span| span.end_unix_nanos).collect();
    assert!(ends == last, "an exit was lost");
}
