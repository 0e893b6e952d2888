//! Spans that end after their trace was decided, or hang under a parent that was set by hand.

use crate::Tailed;
use crate::rates::remote;
use std::time::Duration;
use throughline::{Rule, SpanExt, Tail};
use tracing::{error, info_span};

fn errors_only() -> Tail {
    Tail::keep_errors().ratio_of_the_rest(0.0)
}

#[test]
fn what_comes_after_the_decision_follows_it() {
    for fails in [true, false] {
        // Whatever waits when the worker comes is decided.
        let tailed = Tailed::new(errors_only().wait_at_most(Duration::ZERO));
        let root = tailed.run(|| info_span!("root"));
        let span = |name: &str| tailed.run(|| root.in_scope(|| info_span!("span", otel.name = name)));
        let early = span("early");
        if fails {
            tailed.run(|| early.in_scope(|| error!("it failed")));
        }
        tailed.run(|| drop(early));
        tailed.round();
        tailed.run(|| drop(span("late")));
        tailed.round();
        drop(root);
        let stats = tailed.round();
        let (kept, dropped) = if fails { (3, 0) } else { (0, 3) };
        assert_eq!((stats.finished, stats.tail_dropped, stats.held), (kept, dropped, 0));
        assert_eq!((tailed.tail().timed_out, tailed.tail().late), (1, 2));
        if fails {
            assert_eq!(tailed.reason(), "error");
        }
    }
}

#[test]
fn an_error_that_comes_after_a_decision_to_drop_changes_nothing() {
    let tailed = Tailed::new(errors_only().wait_at_most(Duration::ZERO));
    let root = tailed.run(|| info_span!("root"));
    tailed.run(|| root.in_scope(|| drop(info_span!("early"))));
    tailed.round();
    tailed.run(|| root.in_scope(|| info_span!("late").in_scope(|| error!("it failed"))));
    drop(root);
    let stats = tailed.round();
    assert_eq!((stats.finished, stats.tail_dropped), (0, 3));
}

#[test]
fn a_span_whose_parent_was_set_by_hand_goes_with_that_trace() {
    for fails in [true, false] {
        let tailed = Tailed::new(errors_only());
        let root = tailed.run(|| info_span!("root"));
        let context = tailed.run(|| root.context());
        // Another thread takes the context over, ends before the root, and fails.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                tailed.run(|| {
                    let task = info_span!("task");
                    task.set_parent(context.clone()).expect("nothing was started");
                    task.in_scope(|| {
                        let _step = info_span!("step").entered();
                        if fails {
                            error!("it failed");
                        }
                    });
                });
            });
        });
        let stats = tailed.round();
        assert_eq!(stats.held, 2);
        drop(root);
        // And another that outlives it.
        tailed.round();
        tailed.run(|| {
            let after = info_span!("after");
            after.set_parent(context).expect("nothing was started");
        });
        let stats = tailed.round();
        let expected: &[&str] = if fails { &["after", "root", "step", "task"] } else { &[] };
        assert_eq!(tailed.names(), expected);
        assert_eq!((stats.held, stats.finished + stats.tail_dropped), (0, 4));
        if fails {
            assert_eq!(tailed.reason(), "error");
        }
    }
}

/// What a rule says of a span holds for the trace that the span goes with.
#[test]
fn a_rule_that_work_handed_over_meets_keeps_the_trace_too() {
    let tailed = Tailed::new(errors_only().rule(Rule::keep("wanted").has_attribute("wanted")));
    tailed.run(|| {
        let root = info_span!("root");
        let task = info_span!("task", wanted = true);
        task.set_parent(root.context()).expect("nothing was started");
    });
    tailed.round();
    assert_eq!((tailed.names().len(), tailed.reason().as_str()), (2, "rule:wanted"));
}

/// It was decided while its trace was open, and its place is another trace's when that ends.
#[test]
fn what_went_before_its_trace_ended_drags_nobody_along() {
    let tailed = Tailed::new(errors_only().wait_at_most(Duration::ZERO));
    let root = tailed.run(|| info_span!("root"));
    tailed.run(|| {
        let task = info_span!("task");
        task.set_parent(root.context()).expect("nothing was started");
    });
    tailed.round();
    assert_eq!((tailed.tail().timed_out, tailed.stats().tail_dropped), (1, 1));
    let other = tailed.run(|| {
        let other = info_span!("other");
        other.in_scope(|| drop(info_span!("child")));
        root.in_scope(|| error!("it failed"));
        drop(root);
        other
    });
    tailed.round();
    assert_eq!((tailed.names(), tailed.reason()), (vec!["root".to_owned()], "error".to_owned()));
    drop(other);
}

/// More often than there are places for a trace's decisions.
#[test]
fn a_trace_that_comes_often_stays_with_what_was_bad_of_it() {
    let tailed = Tailed::new(errors_only().rule(Rule::drop("noise").root("noise")));
    let parent = remote("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "");
    let call = |name: &str, fails: bool| {
        tailed.run(|| {
            let root = info_span!("root", otel.name = name);
            root.set_parent(parent.clone()).expect("nothing was started");
            root.in_scope(|| fails.then(|| error!("it failed")));
        });
        tailed.round();
    };
    call("failed", true);
    (0..30).for_each(|_| call("noise", false));
    call("good", false);
    assert_eq!(tailed.names(), ["failed", "good"]);
    assert_eq!((tailed.tail().kept.error, tailed.tail().kept.trace), (1, 1));
}

#[test]
fn it_forgets_the_oldest_decisions_and_decides_anew() {
    let tailed = Tailed::new(errors_only().remember(4).wait_at_most(Duration::ZERO));
    let root = tailed.run(|| info_span!("root"));
    tailed.run(|| root.in_scope(|| info_span!("early").in_scope(|| error!("it failed"))));
    tailed.round();
    tailed.run(|| (0..100).for_each(|_| drop(info_span!("another"))));
    tailed.round();
    drop(root);
    let stats = tailed.round();
    assert_eq!(tailed.names(), ["early"], "the root is a trace of its own by now, and has no error");
    assert_eq!((stats.finished, stats.tail_dropped), (1, 101));
}
