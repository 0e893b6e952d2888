//! The slowest of each name.

use crate::Tailed;
use std::time::Duration;
use throughline::Tail;
use tracing::{error, info_span};

#[test]
fn the_slowest_of_each_name_are_kept_once_there_are_enough() {
    let tailed = Tailed::new(Tail::keep_errors().keep_slowest_percentile(95.0).ratio_of_the_rest(0.0));
    let trace = |name: &str, took: Duration| {
        tailed.run(|| info_span!("root", otel.name = name).in_scope(|| tailed.pass(took)));
    };
    // 1 to 100 ms, evenly, of "quick"; ten times that of "slow".
    let one = |n: u64| {
        trace("quick", Duration::from_millis(n * 37 % 100 + 1));
        trace("slow", Duration::from_millis((n * 37 % 100 + 1) * 10));
    };
    (0..200).for_each(one);
    tailed.round();
    assert!(tailed.spans().is_empty(), "until there are 200, nothing is over it");
    (200..2_200).for_each(one);
    tailed.round();
    let of = |name: &str| -> Vec<u64> {
        let spans = tailed.spans().into_iter().filter(|span| span.name == name);
        spans.map(|span| (span.end_unix_nanos - span.start_unix_nanos) / 1_000_000).collect()
    };
    for (name, least) in [("quick", 94), ("slow", 940)] {
        let kept = of(name);
        assert!((60..=120).contains(&kept.len()), "{name}: {} of 2,000", kept.len());
        assert!(kept.iter().all(|millis| *millis >= least), "{name}: {kept:?}");
    }
    assert!(tailed.reasons().values().all(|reason| reason == "percentile"));
    assert_eq!(tailed.tail().kept.percentile, tailed.tail().kept.total());
}

/// What is kept for another reason, or dropped by a rule, took its time all the same.
#[test]
fn it_is_a_percentile_of_all_traces_whatever_else_is_said_of_them() {
    let rest = || Tail::keep_errors().keep_slowest_percentile(90.0).ratio_of_the_rest(0.0);
    for tail in [rest(), rest().keep_slower_than(Duration::from_millis(81))] {
        let tailed = Tailed::new(tail);
        for n in 0..2_000_u64 {
            let millis = n * 37 % 100 + 1;
            tailed.run(|| {
                info_span!("root").in_scope(|| {
                    tailed.pass(Duration::from_millis(millis));
                    if millis > 80 {
                        error!("it failed");
                    }
                });
            });
        }
        tailed.round();
        let kept = tailed.tail().kept;
        assert_eq!(
            (kept.error, kept.percentile),
            (400, 0),
            "a tenth takes over 90 ms, and all of it has failed"
        );
    }
}
