//! Spans that our own filter hides, entered where none of their ancestors is.

use crate::polls::{Task, pause, poll};
use crate::support::{Hand, Lines, Recording, assert_child, bare, names};
use throughline::{SpanExt, current_context, in_current_span};
use tracing::dispatcher::with_default;
use tracing::instrument::WithSubscriber as _;
use tracing::{Dispatch, Instrument as _, Span, debug_span, info, info_span};
use tracing_subscriber::{fmt, prelude::*, registry};

fn hidden_in_outer() -> Span {
    let outer = info_span!("outer");
    outer.in_scope(|| debug_span!("hidden").in_scope(|| debug_span!("deeper")))
}

#[test]
fn a_task_in_a_hidden_span_belongs_to_its_nearest_recorded_ancestor() {
    let clock = Hand::at(1);
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare().clock(clock.clone())));
    let writer = lines.clone();
    let fmt = fmt::layer().event_format(throughline::log::text()).with_writer(move || writer.clone());
    let dispatch = Dispatch::new(registry().with(fmt).with(layer));
    let mut task: Task = Box::pin(with_default(&dispatch, || {
        let work = async {
            info!("at work");
            pause().await;
            drop(info_span!("child"));
        };
        work.instrument(hidden_in_outer()).with_current_subscriber()
    }));
    clock.set(50);
    let elsewhere = std::thread::spawn(move || {
        assert!(!poll(&mut task));
        with_default(&dispatch, || {
            assert!(!current_context().is_valid(), "between polls");
            drop(info_span!("root"));
        });
        assert!(poll(&mut task));
        // The registry closes the ancestors through the default.
        with_default(&dispatch, || {
            drop(task);
            assert!(!current_context().is_valid(), "after it");
        });
    });
    elsewhere.join().expect("nothing panics");
    let outer = recording.span("outer");
    assert_eq!(names(&outer.events), ["at work"]);
    assert_eq!(outer.end_unix_nanos, 1, "it was not entered itself");
    assert_child(&recording.span("child"), &outer);
    assert!(!recording.span("root").parent_span_id.is_valid());
    assert!(lines.with("at work").contains(&outer.span_id.to_string()), "{}", lines.text());
    assert_eq!(recording.guard.stats().open, 0);
}

#[test]
fn a_hidden_span_that_is_entered_twice_counts_until_it_is_left_twice() {
    let (layer, recording) = Recording::new(bare().busy_idle_attributes(true).check_usage(true));
    let dispatch = Dispatch::new(registry().with(layer));
    let carried = with_default(&dispatch, || {
        hidden_in_outer().in_scope(|| {
            in_current_span(|| {
                let deeper = Span::current();
                let again = deeper.enter();
                let inside = current_context();
                drop(again);
                assert_eq!(current_context(), inside, "still in it once");
                info_span!("child").in_scope(|| assert_ne!(current_context(), inside));
                debug_span!("hidden inside").in_scope(|| assert_eq!(current_context(), inside));
                assert!(!deeper.context().is_valid(), "it has no context of its own");
            })
        })
    });
    std::thread::spawn(carried).join().expect("nothing panics");
    assert_child(&recording.span("child"), &recording.span("outer"));
    assert_eq!(recording.guard.stats().open, 0);
}

#[test]
fn a_hidden_root_has_nobody_to_stand_in() {
    let (layer, recording) = Recording::new(bare());
    with_default(&Dispatch::new(registry().with(layer)), || {
        let hidden = debug_span!("hidden root").entered();
        assert!(!current_context().is_valid());
        drop(info_span!("root"));
        drop(hidden);
    });
    assert!(!recording.span("root").parent_span_id.is_valid());
}
