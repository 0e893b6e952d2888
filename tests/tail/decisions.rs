//! Which local traces are kept, and why.

use crate::support::{Numbers, bare, text};
use crate::{START, Tailed};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use throughline::{Clock, Rule, SpanExt, Tail};
use tracing::{error, info_span};

const MS: Duration = Duration::from_millis(1);

fn errors_only() -> Tail {
    Tail::keep_errors().ratio_of_the_rest(0.0)
}

/// A root of this name with one child.
fn trace(tailed: &Tailed, name: &str, inside: impl FnOnce()) {
    tailed.run(|| {
        let root = info_span!("root", otel.name = name);
        root.in_scope(|| info_span!("child").in_scope(inside));
    });
}

#[test]
fn an_error_anywhere_keeps_the_whole_local_trace_and_nothing_else_is_kept() {
    let tailed = Tailed::new(errors_only());
    trace(&tailed, "good", || {});
    trace(&tailed, "bad", || error!("it failed"));
    let stats = tailed.round();
    assert_eq!(tailed.names(), ["bad", "child"]);
    assert_eq!(tailed.reason(), "error");
    assert_eq!((stats.started, stats.finished, stats.tail_dropped, stats.held), (4, 2, 2, 0));
    let tail = tailed.tail();
    assert_eq!((tail.kept.error, tail.kept.total(), tail.dropped, tail.waiting), (1, 1, 1, 0));
}

#[test]
fn nothing_is_decided_before_the_root_has_ended_not_by_a_flush_either() {
    let tailed = Tailed::new(errors_only());
    let root = tailed.run(|| info_span!("root"));
    tailed.run(|| root.in_scope(|| info_span!("child").in_scope(|| error!("it failed"))));
    let stats = tailed.round();
    assert_eq!((stats.held, stats.finished, stats.open), (1, 0, 1));
    assert_eq!(tailed.tail().waiting, 1);
    assert!(tailed.tail().bytes > 0);
    drop(root);
    let stats = tailed.round();
    assert_eq!((stats.held, stats.finished), (0, 2));
    assert_eq!(tailed.names(), ["child", "root"]);
}

#[test]
fn slow_is_what_the_root_took() {
    let tailed = Tailed::new(errors_only().keep_slower_than(5 * MS));
    for (name, took) in [("4 ms", 4), ("5 ms", 5), ("6 ms", 6)] {
        trace(&tailed, name, || tailed.pass(took * MS));
    }
    tailed.round();
    let reasons = tailed.reasons();
    assert_eq!(
        reasons.iter().map(|(name, reason)| [name, reason]).collect::<Vec<_>>(),
        [["5 ms", "slow"], ["6 ms", "slow"]]
    );
    assert_eq!(tailed.spans().len(), 4);
}

#[test]
fn rules_are_asked_in_order_after_errors_and_slowness() {
    let tail = errors_only()
        .keep_slower_than(5 * MS)
        .rule(Rule::drop("health").root("GET /health*"))
        .rule(Rule::keep("gets").root("GET *"))
        .rule(Rule::keep("never reached").root("GET /a"));
    let tailed = Tailed::new(tail);
    trace(&tailed, "GET /healthz", || {});
    trace(&tailed, "GET /a", || {});
    trace(&tailed, "POST /a", || {});
    trace(&tailed, "GET /health of the failed", || error!("it failed"));
    trace(&tailed, "GET /b slowly", || tailed.pass(5 * MS));
    tailed.round();
    let expected =
        [("GET /a", "rule:gets"), ("GET /b slowly", "slow"), ("GET /health of the failed", "error")];
    assert_eq!(tailed.reasons(), expected.map(|(name, reason)| (name.to_owned(), reason.to_owned())).into());
    assert_eq!((tailed.tail().kept.rule, tailed.tail().dropped), (1, 2));
}

#[test]
fn what_a_rule_says_of_spans_must_hold_of_one_of_them() {
    let rule = Rule::keep("gold").span("ch*").attribute("tier", "gold").has_attribute("n");
    let tailed = Tailed::new(errors_only().rule(rule));
    let trace = |name: &str, first: &str, second: Option<i64>| {
        tailed.run(|| {
            info_span!("root", otel.name = name, tier = "gold", n = 1).in_scope(|| {
                drop(info_span!("child", tier = first, n = second));
                drop(info_span!("child", n = 3));
            });
        });
    };
    trace("kept", "gold", Some(0));
    trace("spread over several", "gold", None);
    trace("another value", "silver", Some(0));
    tailed.round();
    assert_eq!(tailed.reasons(), [("kept".to_owned(), "rule:gold".to_owned())].into());
}

#[test]
fn a_rule_may_speak_of_errors_durations_and_the_number_of_spans() {
    let tail = errors_only()
        .rule(Rule::keep("large").more_spans_than(2))
        .rule(Rule::keep("long").slower_than(9 * MS).root("a*"));
    let tailed = Tailed::new(tail);
    tailed.run(|| {
        info_span!("three").in_scope(|| (0..2).for_each(|_| drop(info_span!("child"))));
    });
    trace(&tailed, "two", || {});
    trace(&tailed, "a long one", || tailed.pass(9 * MS));
    trace(&tailed, "b long one", || tailed.pass(9 * MS));
    tailed.round();
    let expected = [("three", "rule:large"), ("a long one", "rule:long")];
    assert_eq!(tailed.reasons(), expected.map(|(name, reason)| (name.to_owned(), reason.to_owned())).into());
}

#[test]
fn a_rule_of_the_program_sees_each_span_and_may_panic() {
    let asked = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&asked);
    let rule = Rule::keep("own").when(move |span| {
        seen.fetch_add(1, Ordering::Relaxed);
        let data = span.to_data().expect("our frames decode");
        assert!(data.name != "boom", "a rule that panics");
        span.is_local_root() && data.name == "wanted"
    });
    let tailed = Tailed::new(errors_only().rule(rule));
    for name in ["wanted", "boom", "other", "boom", "wanted"] {
        trace(&tailed, name, || {});
    }
    let stats = tailed.round();
    assert_eq!(tailed.names(), ["child", "child", "wanted", "wanted"]);
    assert_eq!((asked.load(Ordering::Relaxed), tailed.tail().rule_panics), (10, 2));
    assert_eq!(stats.finished, 4);
}

#[test]
fn by_default_nothing_is_dropped_and_the_trace_state_is_left_alone() {
    let tailed = Tailed::new(Tail::keep_errors());
    trace(&tailed, "any", || {});
    tailed.round();
    assert_eq!(tailed.reason(), "ratio");
    assert!(tailed.spans().iter().all(|span| span.trace_state.is_empty()));
}

/// Such a segment is passed on as it lies, without what is dropped, what waits, and the roots, which say something more.
#[test]
fn of_a_segment_that_is_kept_nearly_whole_every_span_leaves_once() {
    let tailed = Tailed::new(errors_only());
    let open = tailed.run(|| info_span!("open"));
    let many = |name: &str, fails: bool| {
        trace(&tailed, name, || {
            (0..20).for_each(|_| drop(info_span!("leaf")));
            if fails {
                error!("it failed");
            }
        });
    };
    (0..5).for_each(|number| many(&format!("bad {number}"), true));
    trace(&tailed, "good", || {});
    tailed.run(|| open.in_scope(|| drop(info_span!("waits"))));
    let stats = tailed.round();
    assert_eq!((stats.finished, stats.held, stats.tail_dropped), (5 * 22, 1, 2));
    let count = |name: &str| tailed.names().iter().filter(|own| *own == name).count();
    assert_eq!((count("leaf"), count("child"), tailed.spans().len()), (100, 5, 5 * 22));
    assert_eq!(tailed.reasons().len(), 5, "the roots, each with its reason");
    drop(open);
    let stats = tailed.round();
    assert_eq!((stats.held, stats.tail_dropped, count("waits")), (0, 4, 0));
}

#[test]
fn a_reason_of_the_programs_own_stays_the_only_one() {
    let tailed = Tailed::new(Tail::keep_errors());
    tailed.run(|| drop(info_span!("root", sampling.reason = "mine")));
    tailed.round();
    assert_eq!(text(&tailed.spans()[0].attributes, "sampling.reason"), Some("mine"));
}

#[test]
fn two_local_roots_of_a_trace_are_decided_each_by_itself_but_stay_with_what_was_bad() {
    let tailed = Tailed::with(bare().id_generator(Numbers::default()), errors_only());
    let remote = crate::rates::remote("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "");
    let visit = |name: &str, fails: bool| {
        tailed.run(|| {
            let root = info_span!("root", otel.name = name);
            throughline::SpanExt::set_parent(&root, remote.clone()).expect("nothing was started");
            root.in_scope(|| {
                let _child = info_span!("child").entered();
                if fails {
                    error!("it failed");
                }
            });
        });
        tailed.round();
    };
    visit("first", false);
    visit("second", true);
    visit("third", false);
    let expected = [("second", "error"), ("third", "trace")];
    assert_eq!(tailed.reasons(), expected.map(|(name, reason)| (name.to_owned(), reason.to_owned())).into());
    assert_eq!(tailed.spans().len(), 4);
    assert_eq!(tailed.tail().kept.trace, 1);
}

#[test]
fn local_roots_of_a_trace_that_are_open_at_once_do_not_mix() {
    let tailed = Tailed::new(errors_only());
    let remote = crate::rates::remote("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "");
    let begin = |name: &str| {
        let root = tailed.run(|| info_span!("root", otel.name = name));
        throughline::SpanExt::set_parent(&root, remote.clone()).expect("nothing was started");
        root
    };
    let (good, bad) = (begin("good"), begin("bad"));
    tailed.run(|| {
        good.in_scope(|| drop(info_span!("of the good")));
        bad.in_scope(|| info_span!("of the bad").in_scope(|| error!("it failed")));
    });
    tailed.round();
    drop(good);
    tailed.round();
    drop(bad);
    tailed.round();
    assert_eq!(tailed.names(), ["bad", "of the bad"]);
}

#[test]
fn the_clock_of_the_tests_stands() {
    assert_eq!(Tailed::new(errors_only()).clock.now_unix_nanos(), START);
}

/// Chance does not make a trace one of those that are kept for what they are.
#[test]
fn a_trace_that_came_through_before_and_was_kept_by_ratio_is_decided_by_ratio_again() {
    let tailed = Tailed::new(Tail::keep_errors().ratio_of_the_rest(0.75));
    for _ in 0..3 {
        tailed.run(|| {
            let root = info_span!("root");
            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            root.set_parent(crate::rates::remote(parent, "")).expect("nothing was started");
        });
        tailed.round();
    }
    assert_eq!((tailed.tail().kept.ratio, tailed.tail().kept.trace), (3, 0));
    assert!(tailed.spans().iter().all(|span| span.trace_state == "ot=th:4"));
}

/// The same patterns as a sampler's rules have.
#[test]
fn names_are_patterns() {
    let rules = [(r"GET /v?/*", "version"), (r"1 \* 2", "star"), ("exact", "exact")];
    let tail =
        rules.into_iter().fold(errors_only(), |tail, (root, name)| tail.rule(Rule::keep(name).root(root)));
    let tailed = Tailed::new(tail.rule(Rule::keep("span").span("*é")));
    for name in ["GET /v1/", "GET /v12/", "1 * 2", "1 + 2", "exact", "exactly", "été", "ete"] {
        trace(&tailed, name, || {});
    }
    tailed.round();
    let kept: Vec<_> =
        tailed.reasons().into_iter().map(|(name, reason)| format!("{name} {reason}")).collect();
    assert_eq!(kept, ["1 * 2 rule:star", "GET /v1/ rule:version", "exact rule:exact", "été rule:span"]);
}
