//! What `tracestate` says of the rates, and what other services are told.

use crate::Tailed;
use crate::support::bare;
use std::collections::HashMap;
use std::time::Duration;
use throughline::{Context, Rule, Sampler, SpanData, SpanExt, Tail, propagation};
use tracing::{error, info_span};

/// A context that came from another service.
pub(crate) fn remote(traceparent: &str, tracestate: &str) -> Context {
    let headers = [("traceparent", traceparent), ("tracestate", tracestate)];
    propagation::extract(&HashMap::from(headers.map(|(key, value)| (key.to_owned(), value.to_owned()))))
}

/// Runs one trace below this one, and gives what left.
fn below(tailed: &Tailed, parent: Context, fails: bool) -> Vec<SpanData> {
    tailed.run(|| {
        let root = info_span!("root");
        root.set_parent(parent).expect("nothing was started");
        root.in_scope(|| {
            let _child = info_span!("child").entered();
            if fails {
                error!("it failed");
            }
        });
    });
    tailed.round();
    tailed.spans()
}

/// The randomness of this trace id is 0xd4_8eb2_11c8_0319 << 8 | 0x9c without its first byte: 0x48eb211c80319c.
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn kept_by_ratio_every_span_tells_the_share() {
    // T = 0.75 * 2^56 is over its randomness, T = 0.25 * 2^56 is below it.
    assert!(
        below(&Tailed::new(Tail::keep_errors().ratio_of_the_rest(0.25)), remote(PARENT, ""), false)
            .is_empty()
    );
    let tailed = Tailed::new(Tail::keep_errors().ratio_of_the_rest(0.75));
    let spans = below(&tailed, remote(PARENT, ""), false);
    assert_eq!(spans.len(), 2);
    assert!(spans.iter().all(|span| span.trace_state == "ot=th:4"), "{spans:?}");
    assert_eq!(tailed.reason(), "ratio");
}

/// A choice by ratio is one, whenever it was taken.
#[test]
fn so_do_those_that_were_decided_before_they_ended() {
    let tail = || Tail::keep_errors().ratio_of_the_rest(0.75);
    for (tailed, reason) in
        [(Tailed::new(tail().wait_at_most(Duration::ZERO)), "limit"), (Tailed::new(tail()), "shutdown")]
    {
        let root = tailed.run(|| {
            let root = info_span!("root");
            root.set_parent(remote(PARENT, "vendor=1")).expect("nothing was started");
            root.in_scope(|| drop(info_span!("child")));
            root
        });
        tailed.round();
        let spans = tailed.shut_down();
        drop(root);
        assert_eq!((spans.len(), tailed.reason().as_str()), (2, reason));
        assert!(spans.iter().all(|span| span.trace_state == "ot=th:4,vendor=1"), "{spans:?}");
    }
}

#[test]
fn the_heads_threshold_is_combined_with_the_share_and_other_members_stay() {
    // p = 0.875 * 0.9 = 0.7875, T = 0.2125 * 2^56 = 0x36666...: 4 digits.
    let tailed = Tailed::new(Tail::keep_errors().ratio_of_the_rest(0.9));
    let spans = below(&tailed, remote(PARENT, "vendor=1,ot=th:2;zz:9"), false);
    assert_eq!(spans.len(), 2);
    assert!(spans.iter().all(|span| span.trace_state == "ot=zz:9;th:3666,vendor=1"), "{spans:?}");
}

#[test]
fn explicit_randomness_decides() {
    let tail = || Tail::keep_errors().ratio_of_the_rest(0.5);
    let low = below(&Tailed::new(tail()), remote(PARENT, "ot=rv:7fffffffffffff"), false);
    let high = below(&Tailed::new(tail()), remote(PARENT, "ot=rv:80000000000000"), false);
    assert_eq!((low.len(), high.len()), (0, 2));
    assert_eq!(high[0].trace_state, "ot=rv:80000000000000;th:8");
}

#[test]
fn kept_for_what_it_is_no_span_tells_a_share() {
    let tail = || Tail::keep_errors().ratio_of_the_rest(0.0).rule(Rule::keep("all"));
    for fails in [true, false] {
        let tailed = Tailed::new(tail());
        let spans = below(&tailed, remote(PARENT, "vendor=1,ot=th:2"), fails);
        assert_eq!(spans.len(), 2);
        assert!(spans.iter().all(|span| span.trace_state == "vendor=1"), "{spans:?}");
    }
    let spans = below(&Tailed::new(tail()), remote(PARENT, "ot=th:2"), true);
    assert!(spans.iter().all(|span| span.trace_state.is_empty()), "{spans:?}");
    let spans = below(&Tailed::new(tail()), remote(PARENT, ""), true);
    assert!(spans.iter().all(|span| span.trace_state.is_empty()), "{spans:?}");
}

#[test]
fn a_head_that_samples_by_ratio_and_the_tail_together_keep_their_product() {
    let n = 4_000 * crate::soak();
    let tailed =
        Tailed::with(bare().sampler(Sampler::ratio(0.5)), Tail::keep_errors().ratio_of_the_rest(0.5));
    tailed.run(|| (0..n).for_each(|_| drop(info_span!("root"))));
    let stats = tailed.round();
    let spans = tailed.spans();
    assert!(spans.iter().all(|span| span.trace_state == "ot=th:c"), "{:?}", spans.first());
    let (mean, deviation) = (n as f64 * 0.25, (n as f64 * 0.25 * 0.75).sqrt());
    assert!((spans.len() as f64 - mean).abs() < 5.0 * deviation, "{stats}");
    assert_eq!(stats.started, stats.unsampled + stats.tail_dropped + stats.finished);
    assert!(stats.unsampled > 0 && stats.tail_dropped > 0, "{stats}");
}

#[test]
fn what_calls_carry_on_is_the_heads_decision() {
    let tailed = Tailed::new(Tail::keep_errors().ratio_of_the_rest(0.0));
    let mut headers = HashMap::new();
    tailed.run(|| {
        let root = info_span!("root");
        root.set_parent(remote(PARENT, "ot=th:2")).expect("nothing was started");
        root.in_scope(|| propagation::inject(&mut headers));
    });
    let stats = tailed.round();
    assert_eq!((stats.finished, stats.tail_dropped), (0, 1));
    assert!(headers["traceparent"].starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{headers:?}");
    assert!(headers["traceparent"].ends_with("-01"), "{headers:?}");
    assert_eq!(headers["tracestate"], "ot=th:2");
}

#[test]
fn what_the_head_has_not_sampled_the_tail_never_sees() {
    let tailed = Tailed::new(Tail::keep_errors());
    let parent = PARENT.replace("-01", "-00");
    assert!(below(&tailed, remote(&parent, ""), true).is_empty());
    let stats = tailed.stats();
    assert_eq!((stats.unsampled, stats.tail_dropped, stats.held), (2, 0, 0));
}

#[test]
fn services_with_the_same_share_keep_the_same_traces() {
    let (first, second) = (Tail::keep_errors(), Tail::keep_errors());
    let (first, second) = (first.ratio_of_the_rest(0.3), second.ratio_of_the_rest(0.3));
    let (first, second) = (Tailed::new(first), Tailed::new(second));
    for _ in 0..500 {
        let mut headers = HashMap::new();
        first.run(|| info_span!("caller").in_scope(|| propagation::inject(&mut headers)));
        second.run(|| {
            let called = info_span!("called");
            called.set_parent(propagation::extract(&headers)).expect("nothing was started");
        });
    }
    first.round();
    second.round();
    let ids = |tailed: &Tailed| {
        let mut ids: Vec<_> = tailed.spans().iter().map(|span| span.trace_id).collect();
        ids.sort();
        ids
    };
    assert!(ids(&first).len() > 50);
    assert_eq!(ids(&first), ids(&second));
}
