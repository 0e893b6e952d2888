//! Five services with ratios of their own in one chain: what the lower one takes the higher one takes.

use crate::crowd::{Crowd, Seeded, assert_share, traces};
use crate::support::bare;
use std::collections::HashMap;
use throughline::propagation::{extract, inject};
use throughline::{Sampler, SpanExt, current_context};
use tracing::dispatcher::with_default;
use tracing::info_span;

/// In the order of the chain, which is not theirs.
const RATIOS: [f64; 5] = [0.1, 1.0, 0.02, 0.5, 0.25];
/// Their places, from the highest.
const DESCENDING: [usize; 5] = [1, 3, 4, 0, 2];

fn chain(of: impl Fn(f64) -> Sampler) -> Vec<Crowd> {
    let service = |ratio| Crowd::of(bare().sampler(of(ratio)).id_generator(Seeded::new(17)));
    RATIOS.into_iter().map(service).collect()
}

/// Sends a request along the chain; which services sampled it.
fn request(chain: &[Crowd], first: &[(&str, &str)]) -> Vec<bool> {
    let mut headers: HashMap<String, String> =
        first.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let mut sampled = Vec::new();
    for service in chain {
        with_default(&service.dispatch, || {
            let span = info_span!("handle");
            let remote = extract(&headers);
            if remote.is_valid() {
                span.set_parent(remote).expect("in time");
            }
            span.in_scope(|| {
                headers.clear();
                inject(&mut headers);
                sampled.push(current_context().is_sampled());
            });
        });
    }
    sampled
}

#[test]
fn the_sets_of_five_services_nest_exactly() {
    let (chain, n) = (chain(Sampler::ratio_ignoring_parent), traces() / 10);
    let mut counts = [0; 5];
    for number in 0..n {
        let sampled = request(&chain, &[]);
        assert!(
            DESCENDING.windows(2).all(|pair| sampled[pair[0]] || !sampled[pair[1]]),
            "request {number}: {sampled:?} at {RATIOS:?}"
        );
        sampled.iter().zip(&mut counts).for_each(|(sampled, count)| *count += u64::from(*sampled));
    }
    for (count, ratio) in counts.into_iter().zip(RATIOS) {
        assert_share(count, n, ratio, "a service");
    }
    chain.into_iter().for_each(Crowd::end);
}

#[test]
fn they_nest_by_explicit_randomness_too_which_travels_the_whole_chain() {
    let (chain, n) = (chain(Sampler::ratio_ignoring_parent), traces() / 100);
    // The trace ids say nothing here: their last 7 bytes are equal.
    for number in 0..n {
        let randomness = (u128::from(number) * (1 << 56) / u128::from(n)) as u64;
        let parent = format!("00-0af7651916cd43dd8448eb211c80319c-{:016x}-00", number + 1);
        let state = format!("ot=rv:{randomness:014x}");
        let sampled = request(&chain, &[("traceparent", &parent), ("tracestate", &state)]);
        let expected = RATIOS.map(|ratio| randomness as f64 / (1_u64 << 56) as f64 >= 1.0 - ratio - 1e-5);
        let below = RATIOS.map(|ratio| randomness as f64 / (1_u64 << 56) as f64 >= 1.0 - ratio + 1e-5);
        for service in 0..5 {
            assert!(
                expected[service] >= sampled[service] && sampled[service] >= below[service],
                "{number} {sampled:?}"
            );
        }
    }
}

#[test]
fn where_callers_are_followed_a_trace_is_whole_or_not_there() {
    let chain = chain(Sampler::ratio);
    let n = traces() / 10;
    let mut taken = 0;
    for _ in 0..n {
        let sampled = request(&chain, &[]);
        assert!(sampled.iter().all(|it| *it == sampled[0]), "{sampled:?}");
        taken += u64::from(sampled[0]);
    }
    assert_share(taken, n, RATIOS[0], "the first service decides");
    chain.into_iter().for_each(Crowd::end);
}
