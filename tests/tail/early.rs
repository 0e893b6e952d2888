//! Traces that are decided before their root has ended: too large, no room, too long, or the end of the program.

use crate::Tailed;
use crate::support::bare;
use std::time::Duration;
use throughline::{Rule, Tail};
use tracing::{Span, error, info_span};

fn small(share: f64) -> Tail {
    Tail::keep_errors().ratio_of_the_rest(share).arena_bytes(64 << 10)
}

/// An open root, with so many ended children of a good kilobyte.
fn open(tailed: &Tailed, children: usize, fails: bool) -> Span {
    let text = "x".repeat(1_000);
    tailed.run(|| {
        let root = info_span!("root");
        root.in_scope(|| {
            (0..children).for_each(|_| drop(info_span!("child", text)));
            if fails {
                error!("it failed");
            }
        });
        root
    })
}

#[test]
fn a_trace_that_outgrows_its_share_is_decided_by_what_is_known_of_it() {
    for (fails, share, kept) in [(false, 0.0, false), (false, 1.0, true), (true, 0.0, true)] {
        let tailed = Tailed::new(small(share));
        let root = open(&tailed, 1, false);
        if fails {
            tailed.run(|| root.in_scope(|| info_span!("failed").in_scope(|| error!("it failed"))));
        }
        tailed.run(|| {
            root.in_scope(|| (0..40).for_each(|_| drop(info_span!("child", text = "x".repeat(1_000)))))
        });
        let stats = tailed.round();
        let tail = tailed.tail();
        assert_eq!((tail.outgrown, tail.crowded_out, tail.timed_out), (1, 0, 0), "{stats}");
        assert_eq!(stats.held, 0, "{stats}");
        drop(root);
        let stats = tailed.round();
        let all = 42 + u64::from(fails);
        assert_eq!((stats.finished, stats.tail_dropped), if kept { (all, 0) } else { (0, all) });
        if kept {
            assert_eq!(tailed.reason(), if fails { "error" } else { "limit" });
        }
        assert_eq!(tailed.tail().waiting, 0);
    }
}

/// A quarter of 64 KiB is enough for twelve of a good kilobyte, and not for twenty.
#[test]
fn its_share_is_a_quarter_of_the_arena() {
    for (children, outgrown) in [(12, 0), (20, 1)] {
        let tailed = Tailed::new(small(0.0));
        let root = open(&tailed, children, false);
        tailed.round();
        assert_eq!(tailed.tail().outgrown, outgrown, "{children}");
        drop(root);
    }
}

#[test]
fn where_there_is_no_room_the_oldest_is_decided() {
    let tailed = Tailed::new(small(0.0).rule(Rule::keep("wanted").has_attribute("wanted")));
    let roots: Vec<_> = (0..20)
        .map(|n| {
            let root = open(&tailed, 6, false);
            match n {
                1 => tailed.run(|| root.in_scope(|| info_span!("failed").in_scope(|| error!("it failed")))),
                2 => tailed.run(|| root.in_scope(|| drop(info_span!("child", wanted = true)))),
                _ => {}
            }
            tailed.round();
            let stats = tailed.stats();
            assert!(stats.tail.expect("there is one").bytes <= 64 << 10, "{stats}");
            root
        })
        .collect();
    let tail = tailed.tail();
    assert!((10..20).contains(&tail.crowded_out) && tail.outgrown == 0, "{tail:?}");
    assert_eq!(tail.waiting + tail.crowded_out, 20);
    assert_eq!((tail.kept.error, tail.kept.rule, tail.kept.total()), (1, 1, 2), "{tail:?}");
    drop(roots);
    let stats = tailed.round();
    assert_eq!((stats.finished, stats.tail_dropped), (8 + 8, 18 * 7), "{stats}");
    assert_eq!(tailed.tail().bytes, 0);
}

#[test]
fn the_bound_of_all_memory_is_kept_too() {
    let builder = bare().queue_bytes(128 << 10);
    let tailed = Tailed::with(builder, Tail::keep_errors().ratio_of_the_rest(1.0).arena_bytes(8 << 20));
    let roots: Vec<_> = (0..40)
        .map(|_| {
            let root = open(&tailed, 5, false);
            let stats = tailed.round();
            assert!(stats.bytes <= 128 << 10, "{stats}");
            assert!(stats.tail.expect("there is one").bytes <= 64 << 10, "never more than half: {stats}");
            root
        })
        .collect();
    drop(roots);
    let stats = tailed.round();
    assert_eq!(stats.started, 240);
    assert_eq!(stats.finished + stats.refused.memory, 240, "{stats}");
    assert!(tailed.tail().crowded_out > 10);
}

#[test]
fn one_that_waits_too_long_is_decided_and_others_are_not() {
    let tailed = Tailed::new(small(1.0).wait_at_most(Duration::from_secs(3600)));
    let root = open(&tailed, 3, false);
    assert_eq!(tailed.round().held, 3);
    assert_eq!(tailed.tail().timed_out, 0);
    drop((root, tailed));
    let tailed =
        Tailed::new(small(1.0).keep_slower_than(Duration::from_millis(7)).wait_at_most(Duration::ZERO));
    let slow = tailed.run(|| info_span!("slow"));
    let quick = open(&tailed, 3, false);
    tailed.run(|| {
        slow.in_scope(|| {
            let _child = info_span!("child").entered();
            tailed.pass(Duration::from_millis(7));
        });
    });
    let stats = tailed.round();
    assert_eq!((stats.held, stats.finished, tailed.tail().timed_out), (0, 4, 2));
    drop((slow, quick));
    tailed.round();
    let reasons = tailed.reasons();
    assert_eq!((reasons["slow"].as_str(), reasons["root"].as_str()), ("slow", "limit"));
}

#[test]
fn a_shutdown_decides_everything() {
    let tailed = Tailed::new(small(1.0));
    let waits = open(&tailed, 2, false);
    let failed = tailed.run(|| info_span!("failed"));
    tailed.run(|| failed.in_scope(|| info_span!("child").in_scope(|| error!("it failed"))));
    tailed.run(|| drop(info_span!("ended")));
    assert_eq!(tailed.round().held, 3);
    let spans = tailed.shut_down();
    assert_eq!(spans.len(), 6);
    let reasons = tailed.reasons();
    let expected = [("ended", "ratio"), ("failed", "error"), ("root", "shutdown")];
    assert_eq!(reasons, expected.map(|(name, reason)| (name.to_owned(), reason.to_owned())).into());
    drop((waits, failed));
    let stats = tailed.stats();
    assert_eq!((stats.held, stats.tail_dropped, stats.unfinished), (0, 0, 2));
}

#[test]
fn a_shutdown_drops_what_the_ratio_does_not_keep() {
    let tailed = Tailed::new(small(0.0));
    let waits = open(&tailed, 2, false);
    tailed.round();
    assert!(tailed.shut_down().is_empty());
    drop(waits);
    let stats = tailed.stats();
    assert_eq!((stats.held, stats.tail_dropped, stats.finished), (0, 3, 0));
}

/// From the first start to the last end, whichever spans they are of.
#[test]
fn what_has_waited_too_long_is_slow_if_what_is_known_of_it_took_so_long_together() {
    for (times, reason) in [(2, "slow"), (1, "limit")] {
        let tail = small(1.0).keep_slower_than(Duration::from_millis(7)).wait_at_most(Duration::ZERO);
        let tailed = Tailed::new(tail);
        let root = tailed.run(|| info_span!("root"));
        for _ in 0..times {
            tailed.run(|| {
                root.in_scope(|| info_span!("child").in_scope(|| tailed.pass(Duration::from_millis(4))))
            });
        }
        tailed.round();
        drop(root);
        tailed.round();
        assert_eq!(tailed.reason(), reason);
    }
}
