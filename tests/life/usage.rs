//! `check_usage`: guards that are held across an `.await` are told of.

use crate::polls::{LocalTask, pause, poll};
use crate::support::{Lines, Recording, bare};
use std::time::Duration;
use throughline::{Builder, FutureExt as _, in_current_span};
use tracing::dispatcher::with_default;
use tracing::instrument::WithSubscriber as _;
use tracing::{Dispatch, Instrument as _, Span, debug_span, info, info_span};
use tracing_subscriber::{fmt, prelude::*, registry};

/// What was told on our target while `f` ran.
fn told(builder: Builder, f: impl FnOnce(&Dispatch)) -> Vec<String> {
    let lines = Lines::default();
    let (layer, recording) = Recording::new(builder);
    let writer = lines.clone();
    let fmt = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    let dispatch = Dispatch::new(registry().with(layer).with(fmt));
    with_default(&dispatch, || f(&dispatch));
    recording.guard.flush(Duration::from_secs(10)).expect("an exporter that takes everything");
    lines.all().into_iter().filter(|line| line.contains(" throughline: ")).collect()
}

fn mistaken(name: &'static str) -> LocalTask {
    Box::pin(async move {
        let _held = info_span!("held", name).entered();
        pause().await;
        info!("resumed");
    })
}

fn two_mistaken_tasks() {
    let (mut one, mut two) = (mistaken("one"), mistaken("two"));
    assert!(!poll(&mut one) && !poll(&mut two));
    assert!(poll(&mut one) && poll(&mut two));
}

#[test]
fn a_guard_held_across_an_await_is_told_once_with_its_place_and_what_to_do() {
    let told = told(bare().check_usage(true), |_| (0..3).for_each(|_| two_mistaken_tasks()));
    assert_eq!(told.len(), 1, "{told:#?}");
    let place = concat!("span \"held\" (", file!(), ":");
    assert_eq!(told[0].matches(place).count(), 2, "{}", told[0]);
    for part in ["WARN", "across an .await", ".instrument(span)", "throughline::FutureExt::trace"] {
        assert!(told[0].contains(part), "{part} in {}", told[0]);
    }
}

#[test]
fn a_guard_held_across_an_await_of_an_instrumented_task_is_told_at_the_first_poll() {
    let told = told(bare().check_usage(true), |_| {
        let mut task: LocalTask = Box::pin(mistaken("inner").instrument(info_span!("task")));
        assert!(!poll(&mut task));
        assert!(poll(&mut task));
    });
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].contains("span \"task\"") && told[0].contains("span \"held\""), "{}", told[0]);
}

#[test]
fn a_span_left_on_a_thread_that_is_not_inside_it_is_told() {
    let told = told(bare().check_usage(true), |dispatch| {
        let span = info_span!("wandering");
        let id = span.id().expect("enabled");
        dispatch.enter(&id);
        std::thread::scope(|scope| scope.spawn(|| dispatch.exit(&id)).join()).expect("nothing panics");
        dispatch.exit(&id);
    });
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].contains("span \"wandering\"") && told[0].contains("on a thread"), "{}", told[0]);
}

fn recurse(depth: u32) {
    let span = info_span!("recursion", depth);
    let _in = span.enter();
    if depth > 0 {
        recurse(depth - 1);
    }
}

fn in_order() {
    recurse(3);
    let (one, two) = (info_span!("one"), info_span!("two"));
    one.in_scope(|| two.in_scope(|| one.in_scope(|| two.clone().in_scope(|| info!("nested")))));
    let copy = one.clone().entered();
    let again = copy.clone().entered();
    drop(again);
    drop(copy);
    let _hidden = debug_span!("hidden").entered();
    let _nothing = Span::none().entered();
    let mut first = Box::pin(pause().instrument(one.clone()).trace(two.clone()));
    let mut second = Box::pin(pause().trace(one.clone()).instrument(one));
    assert!(!poll(&mut first) && !poll(&mut second));
    assert!(two.in_scope(|| poll(&mut first)));
    drop(second);
}

#[test]
fn what_is_left_in_order_is_not_told() {
    let quiet = told(bare().check_usage(true).spans("info"), |dispatch| {
        in_order();
        let carried = info_span!("carried").in_scope(|| in_current_span(in_order));
        std::thread::spawn(carried).join().expect("nothing panics");
        let span = info_span!("on both threads");
        std::thread::scope(|scope| {
            span.in_scope(|| scope.spawn(|| with_default(dispatch, || span.in_scope(in_order))).join())
        })
        .expect("nothing panics");
        let caught = std::panic::catch_unwind(|| {
            let (_one, _two) = (info_span!("one").entered(), info_span!("two").entered());
            std::panic::resume_unwind(Box::new("quietly"));
        });
        assert!(caught.is_err());
    });
    assert_eq!(quiet, Vec::<String>::new());
}

#[test]
fn several_layers_and_subscribers_on_one_thread_are_in_order() {
    let (other, _recording) = Recording::new(bare().check_usage(true));
    let (foreign, _foreign) = Recording::new(bare().check_usage(true));
    let foreign = Dispatch::new(registry().with(foreign));
    let (layer, recording) = Recording::new(bare().check_usage(true));
    let lines = Lines::default();
    let writer = lines.clone();
    let fmt = fmt::layer().with_writer(move || writer.clone());
    with_default(&Dispatch::new(registry().with(other).with(layer).with(fmt)), || {
        in_order();
        info_span!("here").in_scope(|| with_default(&foreign, in_order));
        let mut task = Box::pin(pause().instrument(info_span!("task")).with_subscriber(foreign.clone()));
        info_span!("polls it").in_scope(|| assert!(!poll(&mut task)));
        assert!(poll(&mut task));
    });
    recording.guard.flush(Duration::from_secs(10)).expect("an exporter that takes everything");
    assert!(!lines.text().contains("across an .await"), "{}", lines.text());
}

#[test]
fn switched_off_nothing_is_told() {
    assert_eq!(told(bare().check_usage(false), |_| two_mistaken_tasks()), Vec::<String>::new());
    let by_default = told(bare(), |_| two_mistaken_tasks());
    assert_eq!(by_default.len(), usize::from(cfg!(debug_assertions)), "{by_default:#?}");
}
