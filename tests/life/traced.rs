//! `FutureExt::trace`: futures in spans, and those that are given up.

use crate::polls::{Task, pause, poll};
use crate::support::{Hand, Recording, assert_child, attribute, bare, names, record};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;
use throughline::wire::Value;
use throughline::{FutureExt as _, SpanData};
use tracing::instrument::WithSubscriber as _;
use tracing::level_filters::LevelFilter;
use tracing::{Dispatch, Span, info, info_span};
use tracing_subscriber::{prelude::*, registry};

/// Tells when it is dropped.
struct Tells(&'static str);

impl Drop for Tells {
    fn drop(&mut self) {
        info!("{}", self.0);
    }
}

#[track_caller]
fn assert_cancelled(span: &SpanData, cancelled: bool) {
    let expected = cancelled.then_some(Value::Bool(true));
    assert_eq!(attribute(&span.attributes, "throughline.cancelled"), expected.as_ref(), "{}", span.name);
}

#[test]
fn a_future_is_in_its_span_at_every_poll_and_the_span_ends_when_it_has_finished() {
    let clock = Hand::at(1);
    let recording = record(bare().clock(clock.clone()), || {
        let work = async {
            let _local = Tells("dropped inside");
            info!("first");
            pause().await;
            info_span!("child").in_scope(|| info!("second"));
        };
        let mut future = Box::pin(work.trace(info_span!("work")));
        assert!(!poll(&mut future));
        info!("between polls");
        assert_eq!(Span::current().id(), None);
        clock.set(20);
        assert!(poll(&mut future));
        clock.set(30);
        assert_eq!(future.span().metadata().expect("enabled").name(), "work");
    });
    let (work, child) = (recording.span("work"), recording.span("child"));
    assert_eq!(names(&work.events), ["first", "dropped inside"]);
    assert_child(&child, &work);
    assert_eq!((work.start_unix_nanos, work.end_unix_nanos), (1, 20));
    assert_cancelled(&work, false);
}

#[test]
fn a_future_that_is_dropped_half_way_is_cancelled_and_dropped_inside_its_span() {
    let clock = Hand::at(1);
    let recording = record(bare().clock(clock.clone()), || {
        let work = async {
            let _local = Tells("given up");
            pending::<()>().await;
        };
        let mut future = Box::pin(work.trace(info_span!("work")));
        assert!(!poll(&mut future));
        clock.set(9);
        drop(future);
    });
    let work = recording.span("work");
    assert_cancelled(&work, true);
    assert_eq!(names(&work.events), ["given up"]);
    assert_eq!(work.end_unix_nanos, 9);
}

#[test]
fn a_future_that_was_never_polled_is_cancelled() {
    let recording = record(bare(), || drop(async {}.trace(info_span!("work"))));
    assert_cancelled(&recording.span("work"), true);
}

#[test]
fn a_future_that_has_panicked_is_not_cancelled_and_is_dropped_inside_its_span() {
    let recording = record(bare(), || {
        let work = async {
            let _local = Tells("unwound");
            resume_unwind(Box::new("quietly"));
        };
        let mut future: Task = Box::pin(work.trace(info_span!("work")));
        assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut future))).is_err());
        assert_eq!(Span::current().id(), None);
    });
    let work = recording.span("work");
    assert_cancelled(&work, false);
    assert_eq!(names(&work.events), ["unwound"]);
}

#[test]
fn only_the_futures_that_were_given_up_are_marked() {
    let recording = record(bare(), || {
        let inner = || pause().trace(info_span!("inner"));
        let work = async move {
            inner().await;
            pending::<()>().await;
        };
        let mut future = Box::pin(work.trace(info_span!("outer")));
        assert!(!poll(&mut future) && !poll(&mut future));
    });
    assert_cancelled(&recording.span("outer"), true);
    assert_cancelled(&recording.span("inner"), false);
    assert_child(&recording.span("inner"), &recording.span("outer"));
}

#[test]
fn a_time_out_a_select_and_an_aborted_task_cancel() {
    let (layer, recording) = Recording::new(bare());
    let dispatch = Dispatch::new(registry().with(layer));
    let work = async {
        let late = tokio::time::timeout(Duration::ZERO, pending::<()>().trace(info_span!("late")));
        assert!(late.await.is_err());
        tokio::select! {
            biased;
            () = pause().trace(info_span!("slower")) => panic!("it is pending once"),
            () = async {}.trace(info_span!("faster")) => {}
        }
        let (started, starting) = tokio::sync::oneshot::channel();
        let task = async {
            started.send(()).expect("somebody waits");
            pending::<()>().await;
        };
        let task = tokio::spawn(task.trace(info_span!("aborted")).with_current_subscriber());
        starting.await.expect("the task runs");
        task.abort();
        assert!(task.await.expect_err("aborted").is_cancelled());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("threads can be had").block_on(work.with_subscriber(dispatch));
    for (name, cancelled) in [("late", true), ("slower", true), ("faster", false), ("aborted", true)] {
        assert_cancelled(&recording.span(name), cancelled);
    }
    assert!(recording.guard.stats().is_balanced());
}

#[test]
fn a_span_that_is_disabled_costs_the_future_nothing_but_itself() {
    let (layer, recording) = Recording::new(bare());
    let subscriber = registry().with(layer).with(LevelFilter::WARN);
    tracing::dispatcher::with_default(&Dispatch::new(subscriber), || {
        for span in [Span::none(), info_span!("disabled")] {
            assert!(span.is_disabled());
            let mut finished = Box::pin(pause().trace(span.clone()));
            assert!(!poll(&mut finished) && poll(&mut finished));
            let mut cancelled = Box::pin(pause().trace(span));
            assert!(!poll(&mut cancelled));
        }
    });
    assert_eq!(recording.guard.stats().started, 0);
}

#[test]
fn a_future_that_moves_between_threads_stays_in_its_span() {
    let (layer, recording) = Recording::new(bare());
    let dispatch = Dispatch::new(registry().with(layer));
    let work = async {
        for n in 0..4 {
            info_span!("step", n).in_scope(|| info!("done"));
            pause().await;
        }
    };
    let mut future: Task = Box::pin(tracing::dispatcher::with_default(&dispatch, || {
        work.trace(info_span!("work")).with_current_subscriber()
    }));
    for last in [false, false, false, false, true] {
        let polling = std::thread::spawn(move || {
            assert_eq!(poll(&mut future), last);
            future
        });
        future = polling.join().expect("nothing panics");
    }
    drop(future);
    let work = recording.span("work");
    let spans = recording.spans();
    let steps: Vec<_> = spans.iter().filter(|span| span.name == "step").collect();
    assert_eq!(steps.len(), 4);
    steps.iter().for_each(|step| assert_child(step, &work));
    assert_cancelled(&work, false);
}
