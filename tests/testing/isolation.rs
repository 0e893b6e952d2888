//! Captures inside each other, in a program with a subscriber, and around a panic.

use crate::support::{Recording, bare};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use throughline::testing::{Capture, assert_tree, capture, capture_async};
use throughline::{SpanExt, current_context};
use tracing::dispatcher::set_global_default;
use tracing::{Dispatch, Span, debug_span, info, info_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{prelude::*, registry};

#[test]
fn a_capture_inside_another_sees_its_own_spans_only() {
    let mut inner = None;
    let outer = capture(|| {
        let _outer = info_span!("outer").entered();
        inner = Some(capture(|| {
            assert!(!current_context().is_valid(), "the outer span is of the other capture");
            info_span!("inner").in_scope(|| info!("inside"));
        }));
        info!("back outside");
        drop(info_span!("child"));
    });
    assert_tree!(
        outer,
        "
        outer
          * back outside level=INFO
          child
        "
    );
    assert_tree!(
        inner.expect("it ran"),
        "
        inner
          * inside level=INFO
        "
    );
}

#[test]
fn spans_of_two_captures_on_one_thread_do_not_mix() {
    let (one, two) = (Capture::new(), Capture::new());
    let span = one.run(|| info_span!("of one"));
    two.run(|| {
        let _two = info_span!("of two").entered();
        // A span belongs to the capture that it was made in, whichever runs.
        span.in_scope(|| one.run(|| info!("in one")));
        info!("in two");
    });
    drop(span);
    assert_tree!(one.finish(), "of one\n  * in one level=INFO");
    assert_tree!(two.finish(), "of two\n  * in two level=INFO");
}

#[test]
fn a_panic_goes_through_and_leaves_nothing_behind() {
    let kept = Capture::new();
    kept.run(|| {
        let outer = info_span!("outer").entered();
        let result = catch_unwind(|| {
            capture(|| {
                let _open = info_span!("open").entered();
                panic!("on purpose");
            })
        });
        let panic = result.expect_err("it goes through");
        assert_eq!(*panic.downcast::<&str>().expect("as it was"), "on purpose");
        assert_eq!(Span::current().id(), outer.id());
        info!("after");
    });
    let own =
        catch_unwind(AssertUnwindSafe(|| kept.run(|| info_span!("unwound").in_scope(|| panic!("again")))));
    assert!(own.is_err());
    assert_tree!(
        kept.finish(),
        "
        outer
          * after level=INFO
        unwound
        "
    );
    assert_tree!(capture(|| drop(info_span!("next"))), "next");
}

#[test]
fn a_future_that_panics_leaves_nothing_behind() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let result = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(capture_async(async {
            let _open = info_span!("open").entered();
            tokio::task::yield_now().await;
            panic!("on purpose");
        }))
    }));
    assert!(result.is_err());
    assert!(Span::current().is_disabled() && !info_span!("no subscriber").context().is_valid());
}

#[test]
fn spans_that_outlive_their_capture_do_no_harm() {
    let capture = Capture::new();
    let span = capture.run(|| info_span!("survivor"));
    drop(capture.finish());
    span.in_scope(|| info!("nobody listens"));
    let mut trace = None;
    span.in_scope(|| trace = Some(throughline::testing::capture(|| drop(info_span!("own")))));
    drop(span);
    assert_tree!(trace.expect("it ran"), "own");
}

#[test]
fn what_work_returns_is_dropped_inside() {
    assert_tree!(capture(|| info_span!("parent").in_scope(|| info_span!("child"))), "parent\n  child");
}

/// A process has one global default, so this runs itself in a process of its own.
#[test]
fn a_capture_in_a_program_with_a_global_default_sees_what_that_does_not_want_and_keeps_it() {
    const NAME: &str = "THROUGHLINE_GLOBAL_DEFAULT";
    if std::env::var_os(NAME).is_none() {
        let this = std::env::current_exe().expect("a test has a file");
        let test = "isolation::a_capture_in_a_program_with_a_global_default_sees_what_that_does_not_want_and_keeps_it";
        let output = Command::new(this).args(["--exact", test]).env(NAME, "1").output().expect("it starts");
        return assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let (layer, recording) = Recording::new(bare());
    let subscriber = registry().with(LevelFilter::INFO).with(layer);
    set_global_default(Dispatch::new(subscriber)).expect("the first");
    let work = || info_span!("seen by both").in_scope(|| drop(debug_span!("of no interest to the program")));
    work();
    assert_tree!(capture(work), "seen by both\n  of no interest to the program");
    work();
    assert_eq!(recording.spans().len(), 2, "its own, before and after");
}
