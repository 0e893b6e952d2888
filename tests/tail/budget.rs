//! So many spans a second.

use crate::Tailed;
use crate::support::text;
use throughline::Tail;
use tracing::{error, info_span};

fn traces(tailed: &Tailed, count: usize, fails: bool) {
    tailed.run(|| {
        for _ in 0..count {
            info_span!("root").in_scope(|| {
                let _child = info_span!("child").entered();
                if fails {
                    error!("it failed");
                }
            });
        }
    });
}

#[test]
fn the_rest_gets_what_the_budget_leaves_and_the_bad_go_first() {
    let tailed = Tailed::new(Tail::keep_errors().budget(1_000));
    traces(&tailed, 100, true);
    traces(&tailed, 2_000, false);
    let stats = tailed.round();
    // All came in one round, so it is a second's worth: 200 spans of the bad, 800 of the others.
    let tail = tailed.tail();
    assert_eq!((tail.kept.error, tail.kept.ratio, tail.kept.budget), (100, 400, 0), "{stats}");
    assert_eq!((tail.dropped, tail.over_budget, tail.beyond_budget), (1_600, 1_600, 0));
    assert_eq!(stats.finished, 1_000);
}

#[test]
fn the_bad_are_kept_beyond_the_budget_and_that_is_counted() {
    let tailed = Tailed::new(Tail::keep_errors().budget(100));
    traces(&tailed, 1_000, true);
    traces(&tailed, 10, false);
    let stats = tailed.round();
    let tail = tailed.tail();
    assert_eq!((tail.kept.error, tail.kept.total(), tail.over_budget), (1_000, 1_000, 10));
    assert_eq!((tail.beyond_budget, stats.finished), (2_000 - 100, 2_000));
}

#[test]
fn what_is_kept_while_the_budget_is_short_says_so_and_tells_no_share() {
    let tailed = Tailed::new(Tail::keep_errors().ratio_of_the_rest(0.999_99).budget(50));
    traces(&tailed, 100, false);
    tailed.round();
    assert!(tailed.spans().iter().all(|span| span.trace_state.starts_with("ot=th:")));
    let early = tailed.spans().len();
    // The worker's own clock goes on: a tenth of a second is five spans.
    crate::support::until("the budget gives something again", || {
        traces(&tailed, 1, false);
        tailed.round();
        tailed.spans().len() > early
    });
    let spans = tailed.spans().split_off(early);
    let root = spans.iter().find(|span| span.name == "root").expect("whole traces");
    assert_eq!(text(&root.attributes, "sampling.reason"), Some("budget"));
    assert!(spans.iter().all(|span| span.trace_state.is_empty()), "{spans:?}");
    assert_eq!(tailed.tail().kept.budget, 1);
}
