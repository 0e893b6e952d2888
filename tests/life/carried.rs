//! `in_current_span`: the current span on other threads.

use crate::support::{Recording, assert_child, bare, names};
use std::sync::mpsc::channel;
use throughline::{current_context, in_current_span};
use tracing::dispatcher::{get_default, with_default};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Span, info, info_span};
use tracing_subscriber::{prelude::*, registry};

fn recorded() -> (Dispatch, Recording) {
    let (layer, recording) = Recording::new(bare());
    (Dispatch::new(registry().with(layer)), recording)
}

fn work() -> u8 {
    info!("working");
    drop(info_span!("child"));
    7
}

fn assert_worked(recording: &Recording) {
    let (parent, child) = (recording.span("parent"), recording.span("child"));
    assert_child(&child, &parent);
    assert_eq!(names(&parent.events), ["working"]);
    let stats = recording.guard.stats();
    assert!(stats.open == 0 && stats.is_balanced(), "{stats}");
}

#[test]
fn a_thread_works_in_the_span_of_the_one_that_spawned_it_under_its_subscriber() {
    let (dispatch, recording) = recorded();
    let carried = with_default(&dispatch, || info_span!("parent").in_scope(|| in_current_span(work)));
    assert_eq!(std::thread::spawn(carried).join().expect("nothing panics"), 7);
    assert_worked(&recording);
}

#[test]
fn spawn_blocking_works_in_the_span_of_the_task_and_leaves_the_thread_as_it_was() {
    let (dispatch, recording) = recorded();
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build();
    let runtime = runtime.expect("a thread can be had");
    with_default(&dispatch, || {
        let _in = info_span!("parent").entered();
        let blocking = runtime.spawn_blocking(in_current_span(work));
        assert_eq!(runtime.block_on(blocking).expect("nothing panics"), 7);
    });
    let after = || (get_default(|dispatch| dispatch.is::<NoSubscriber>()), current_context().is_valid());
    let same_thread = runtime.block_on(runtime.spawn_blocking(after)).expect("nothing panics");
    assert_eq!(same_thread, (true, false));
    assert_worked(&recording);
}

#[test]
fn the_span_stays_open_until_the_closure_has_run_and_its_parents_close_with_it() {
    let (dispatch, recording) = recorded();
    let carried = with_default(&dispatch, || {
        let outer = info_span!("outer").entered();
        let inner = info_span!("inner").entered();
        let carried = in_current_span(|| recording.guard.stats().open);
        drop(inner);
        drop(outer);
        carried
    });
    let open = std::thread::scope(|scope| scope.spawn(carried).join()).expect("nothing panics");
    assert_eq!(open, 2);
    // The registry closes a parent through the default of the thread that drops the last child.
    assert_eq!(recording.guard.stats().open, 0);
    assert_child(&recording.span("inner"), &recording.span("outer"));
}

#[test]
fn a_closure_that_never_runs_or_panics_closes_its_spans_too() {
    let (dispatch, recording) = recorded();
    let carry = || {
        let _outer = info_span!("outer").entered();
        info_span!("inner").in_scope(|| in_current_span(|| std::panic::resume_unwind(Box::new("quietly"))))
    };
    let (unrun, panics) = with_default(&dispatch, || (carry(), carry()));
    std::thread::spawn(move || drop::<Box<dyn FnOnce() + Send>>(Box::new(unrun)))
        .join()
        .expect("nothing panics");
    assert_eq!(recording.guard.stats().open, 2);
    assert!(std::thread::spawn(panics).join().is_err());
    assert_eq!((recording.guard.stats().open, recording.spans().len()), (0, 4));
}

#[test]
fn where_there_is_no_subscriber_the_other_threads_own_stays_in_place() {
    let (dispatch, recording) = recorded();
    let carried = in_current_span(work);
    let run = || with_default(&dispatch, || info_span!("parent").in_scope(carried));
    std::thread::scope(|scope| scope.spawn(run).join()).expect("nothing panics");
    assert_worked(&recording);
    assert_eq!(in_current_span(|| Span::current().id())(), None);
}

#[test]
fn a_thread_with_a_subscriber_of_its_own_takes_the_carried_one_for_that_long() {
    let ((dispatch, recording), (own, other)) = (recorded(), recorded());
    let carried = with_default(&dispatch, || info_span!("parent").in_scope(|| in_current_span(work)));
    let run = || {
        with_default(&own, || {
            let _in = info_span!("own").entered();
            carried();
            info!("back");
        });
    };
    std::thread::scope(|scope| scope.spawn(run).join()).expect("nothing panics");
    assert_worked(&recording);
    assert_eq!(names(&other.span("own").events), ["back"]);
}

#[test]
fn what_is_carried_can_be_carried_on() {
    let (dispatch, recording) = recorded();
    let (sender, receiver) = channel();
    let carried = with_default(&dispatch, || {
        let _in = info_span!("parent").entered();
        in_current_span(move || {
            let further = in_current_span(work);
            sender.send(std::thread::spawn(further)).expect("somebody waits");
        })
    });
    std::thread::spawn(carried).join().expect("nothing panics");
    receiver.recv().expect("sent").join().expect("nothing panics");
    assert_worked(&recording);
}
