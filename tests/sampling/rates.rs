//! Traces a second: over seconds, over threads, and whatever the clock does.

use crate::crowd::{Crowd, SECOND, traces};
use std::sync::Barrier;
use std::thread::scope;
use throughline::Sampler;
use tracing::dispatcher::with_default;
use tracing::info_span;

fn root(_: u64) {
    drop(info_span!("root"));
}

#[test]
fn every_second_of_a_long_load_gets_the_same_and_no_stretch_gets_more_than_its_bound() {
    let (rate, each) = (100.0, 1000);
    let seconds = traces() / each;
    let crowd = Crowd::new(Sampler::rate_limited(rate));
    let begun = 1_700_000_000 * SECOND;
    let mut taken = Vec::new();
    for second in 0..seconds {
        let mut in_second = [0; 10];
        for (tenth, counted) in in_second.iter_mut().enumerate() {
            for step in 0..each / 10 {
                let at = second * SECOND + tenth as u64 * SECOND / 10 + step * SECOND / each;
                crowd.clock.set(begun + at);
                *counted += crowd.sampled(1, root);
            }
        }
        taken.push(in_second);
    }
    // What had gathered before the load came is taken at once; from then on every tenth of a second gets its tenth.
    let first: u64 = taken[0].iter().sum();
    assert!((199..=200).contains(&first), "{first} in the first second");
    for (second, in_second) in taken.iter().enumerate().skip(1) {
        assert!(in_second.iter().all(|counted| (9..=11).contains(counted)), "second {second}: {in_second:?}");
    }
    let total: u64 = taken.iter().flatten().sum();
    assert!(total.abs_diff(100 * (seconds + 1)) <= 1, "{total} in {seconds} seconds");
    crowd.end();
}

#[test]
fn a_rate_below_one_is_one_every_so_many_seconds() {
    let crowd = Crowd::new(Sampler::rate_limited(0.25));
    let mut taken = Vec::new();
    for second in 0..40 {
        crowd.clock.set((1_700_000_000 + second) * SECOND);
        if crowd.sampled(10, root) > 0 {
            taken.push(second);
        }
    }
    assert_eq!(taken, [0, 4, 8, 12, 16, 20, 24, 28, 32, 36]);
    crowd.end();
}

#[test]
fn a_rate_that_is_left_unused_gathers_for_a_second_and_no_longer() {
    let crowd = Crowd::new(Sampler::rate_limited(50.0));
    for second in [0, 1, 100, 10_000] {
        crowd.clock.set((1_700_000_000 + second) * SECOND);
        assert_eq!(crowd.sampled(500, root), 50, "second {second}");
    }
    crowd.end();
}

#[test]
fn a_clock_that_is_set_back_an_hour_stops_nothing() {
    let crowd = Crowd::new(Sampler::rate_limited(50.0));
    assert_eq!(crowd.sampled(500, root), 50);
    crowd.clock.set((1_700_000_000 - 3600) * SECOND);
    assert_eq!(crowd.sampled(500, root), 50);
    crowd.end();
}

/// The order in which threads come to their turn is their own; what they get together is not.
#[test]
fn threads_share_one_rate_and_none_goes_without() {
    let (threads, rounds, each) = (8, 20, traces() / 8 / 20);
    let crowd = Crowd::new(Sampler::rate_limited(1000.0));
    let (barrier, mut total) = (Barrier::new(threads), 0);
    for round in 0..rounds {
        crowd.clock.set((1_700_000_000 + round) * SECOND);
        let before = crowd.guard.stats();
        scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    with_default(&crowd.dispatch, || {
                        barrier.wait();
                        (0..each).for_each(root);
                    });
                });
            }
        });
        let after = crowd.guard.stats();
        let n = threads as u64 * each;
        let taken = n - (after.unsampled - before.unsampled);
        assert_eq!(taken, n.min(1000), "round {round}: not one more, not one less");
        total += taken;
    }
    assert_eq!(total, rounds * (threads as u64 * each).min(1000));
    crowd.end();
}

#[test]
fn clones_share_a_rate_and_what_is_taken_says_nothing_of_a_probability() {
    let sampler = Sampler::rate_limited(3.0);
    let (one, other) = (Crowd::new(sampler.clone()), Crowd::new(sampler));
    assert_eq!(one.sampled(2, root) + other.sampled(10, root), 3);
    let recording =
        crate::support::record(crate::support::bare().sampler(Sampler::rate_limited(1.0)), || root(0));
    assert_eq!(recording.span("root").trace_state, "");
}

#[test]
fn the_wall_clock_will_do() {
    let crowd = Crowd::of(crate::support::bare().sampler(Sampler::rate_limited(1e-6)));
    assert_eq!(crowd.sampled(1000, root), 1);
    crowd.end();
}
