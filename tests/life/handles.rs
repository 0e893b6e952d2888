//! Handles of spans: clones, none, disabled, forgotten, dropped while a panic unwinds.

use crate::support::{Recording, assert_child, attribute, bare, names, record};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use throughline::wire::Value;
use throughline::{SpanExt, current_context};
use tracing::dispatcher::with_default;
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;
use tracing::{Dispatch, Span, info, info_span};
use tracing_subscriber::{prelude::*, registry};

#[test]
fn a_span_closes_with_its_last_handle_wherever_that_is() {
    let (layer, recording) = Recording::new(bare());
    let dispatch = Dispatch::new(registry().with(layer));
    let handles = with_default(&dispatch, || {
        let span = info_span!("shared", late = Empty);
        vec![span.clone(), span.clone(), span]
    });
    for (n, handle) in handles.into_iter().enumerate() {
        assert_eq!(recording.guard.stats().open, 1);
        let elsewhere = std::thread::spawn(move || {
            handle.record("late", n);
        });
        elsewhere.join().expect("nothing panics");
    }
    let span = recording.span("shared");
    assert_eq!(attribute(&span.attributes, "late"), Some(&Value::Int(2)));
    assert_eq!(recording.guard.stats().finished, 1);
}

#[test]
fn no_span_and_disabled_spans_leave_the_current_one_as_it_is() {
    let (layer, recording) = Recording::new(bare());
    with_default(&Dispatch::new(registry().with(layer).with(LevelFilter::INFO)), || {
        let outer = info_span!("outer").entered();
        for span in [Span::none(), tracing::debug_span!("disabled"), Span::none().or_current()] {
            let known = span.id().is_some();
            let _in = span.enter();
            let copy = span.clone();
            copy.in_scope(|| drop(info_span!("child")));
            assert_eq!(copy.context().is_valid(), known);
            assert_eq!(current_context(), outer.context().span_context());
        }
    });
    let (outer, spans) = (recording.span("outer"), recording.spans());
    assert_eq!(spans.len(), 4);
    spans.iter().filter(|span| span.name == "child").for_each(|child| assert_child(child, &outer));
}

#[test]
fn a_handle_that_is_forgotten_leaves_its_span_open_until_the_shutdown() {
    let recording = record(bare(), || {
        let span = info_span!("forgotten");
        span.in_scope(|| info!("inside"));
        std::mem::forget(span);
        drop(info_span!("next"));
    });
    let stats = recording.guard.stats();
    assert_eq!((stats.open, stats.finished), (1, 1), "{stats}");
    assert!(recording.spans().iter().all(|span| span.name == "next"));
    let spans = recording.shut_down();
    let forgotten = spans.iter().find(|span| span.name == "forgotten").expect("exported as unfinished");
    assert_eq!(attribute(&forgotten.attributes, "throughline.unfinished"), Some(&Value::Bool(true)));
    assert_eq!(names(&forgotten.events), ["inside"]);
    assert!(recording.guard.stats().is_balanced());
}

#[test]
fn a_guard_that_is_forgotten_stays_the_parent_on_its_thread_and_on_no_other() {
    let (layer, recording) = Recording::new(bare());
    let dispatch = Dispatch::new(registry().with(layer));
    let leave_it = || {
        with_default(&dispatch, || {
            std::mem::forget(info_span!("left entered").entered());
            drop(info_span!("after it"));
        });
    };
    std::thread::scope(|scope| scope.spawn(leave_it).join()).expect("nothing panics");
    with_default(&dispatch, || drop(info_span!("elsewhere")));
    assert!(!recording.span("elsewhere").parent_span_id.is_valid());
    let after = recording.span("after it");
    let spans = recording.shut_down();
    assert_child(&after, spans.iter().find(|span| span.name == "left entered").expect("as unfinished"));
}

/// Works in spans while it is dropped.
struct Tidies(Option<Span>);

impl Drop for Tidies {
    fn drop(&mut self) {
        info_span!("tidying", how = Empty).in_scope(|| {
            info!("tidied");
            Span::current().record("how", "well");
        });
        self.0.take().into_iter().for_each(|held| held.in_scope(|| info!("last words")));
    }
}

#[test]
fn spans_that_are_made_and_closed_in_destructors_while_a_panic_unwinds_are_whole() {
    let recording = record(bare(), || {
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let outer = info_span!("outer").entered();
            let _tidies = Tidies(Some(info_span!("held")));
            let _inner = info_span!("inner").entered();
            assert!(outer.id().is_some());
            resume_unwind(Box::new("quietly"));
        }));
        assert!(unwound.is_err());
        assert!(!current_context().is_valid());
    });
    let (outer, tidying) = (recording.span("outer"), recording.span("tidying"));
    assert_child(&tidying, &outer);
    assert_child(&recording.span("held"), &outer);
    assert_child(&recording.span("inner"), &outer);
    assert_eq!(names(&tidying.events), ["tidied"]);
    assert_eq!(names(&recording.span("held").events), ["last words"]);
    assert_eq!(attribute(&tidying.attributes, "how"), Some(&Value::String("well".into())));
    let stats = recording.guard.stats();
    assert!(stats.is_balanced() && stats.open == 0 && stats.finished == 4, "{stats}");
}
