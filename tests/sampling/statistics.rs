//! How many traces each sampler takes, of a million (`THROUGHLINE_SOAK`) or of fewer, with fixed seeds.

use crate::crowd::{Crowd, Seeded, assert_share, traces};
use std::collections::HashMap;
use throughline::propagation::extract;
use throughline::wire::SpanKind;
use throughline::{Context, ParentBased, Sampler, SamplingDecision, SamplingRule, SpanExt};
use tracing::info_span;

const SHARES: [f64; 8] = [0.0, 0.001, 0.01, 0.1, 1.0 / 3.0, 0.5, 0.9, 1.0];

/// A trace that begins here.
fn root(_: u64) {
    drop(info_span!("root"));
}

/// A trace that comes from elsewhere.
fn remote(ids: &Seeded, sampled: bool) -> Context {
    let traceparent =
        format!("00-{:016x}{:016x}-{:016x}-0{}", ids.next(), ids.next(), ids.next(), u8::from(sampled));
    extract(&HashMap::from([("traceparent".to_owned(), traceparent)]))
}

#[test]
fn always_is_always() {
    for (sampler, share) in [(Sampler::always_on(), 1.0), (Sampler::always_off(), 0.0)] {
        let crowd = Crowd::new(sampler);
        assert_share(crowd.sampled(traces(), root), traces(), share, "always");
        crowd.end();
    }
}

#[test]
fn a_ratio_takes_its_share() {
    for share in SHARES {
        let crowd = Crowd::new(Sampler::ratio(share));
        assert_share(crowd.sampled(traces(), root), traces(), share, "ratio");
        crowd.end();
    }
}

#[test]
fn a_ratio_that_ignores_parents_takes_its_share_of_what_comes_from_elsewhere() {
    let (crowd, ids) = (Crowd::new(Sampler::ratio_ignoring_parent(0.1)), Seeded::new(11));
    let counted = crowd.sampled(traces(), |n| {
        info_span!("server").set_parent(remote(&ids, n % 2 == 0)).expect("in time");
    });
    assert_share(counted, traces(), 0.1, "ratio_ignoring_parent");
    crowd.end();
}

#[test]
fn each_delegate_takes_its_share_of_its_case() {
    let of = Sampler::ratio_ignoring_parent;
    let sampler =
        ParentBased::new(of(0.5)).remote_parent_sampled(of(0.25)).remote_parent_not_sampled(of(0.01));
    let (crowd, ids, n) = (Crowd::new(sampler), Seeded::new(13), traces());
    assert_share(crowd.sampled(n, root), n, 0.5, "root");
    for (sampled, share) in [(true, 0.25), (false, 0.01)] {
        let counted = crowd.sampled(n, |_| {
            info_span!("server").set_parent(remote(&ids, sampled)).expect("in time");
        });
        assert_share(counted, n, share, "remote");
    }
    crowd.end();
}

#[test]
fn each_rule_takes_its_share_of_what_fits_it() {
    let of = Sampler::ratio_ignoring_parent;
    let crowd = Crowd::new(Sampler::rules([
        SamplingRule::new(of(0.9)).route("/checkout*"),
        SamplingRule::new(of(0.5)).kind(SpanKind::Consumer),
        SamplingRule::new(of(0.01)).attribute("tenant", "free"),
        SamplingRule::new(of(0.1)),
    ]));
    let n = traces();
    let checkout =
        crowd.sampled(n, |_| drop(info_span!("request", http.route = "/checkout/{id}", tenant = "free")));
    let consumer = crowd.sampled(n, |_| drop(info_span!("receive", otel.kind = "consumer", tenant = "free")));
    let free = crowd.sampled(n, |_| drop(info_span!("request", http.route = "/", tenant = "free")));
    let rest = crowd.sampled(n, |_| drop(info_span!("request", http.route = "/", tenant = "gold")));
    for (counted, share) in [(checkout, 0.9), (consumer, 0.5), (free, 0.01), (rest, 0.1)] {
        assert_share(counted, n, share, "a rule");
    }
    crowd.end();
}

#[test]
fn a_sampler_of_the_programs_own_takes_the_share_that_it_says() {
    let crowd = Crowd::new(Sampler::custom(|params| match params.trace_id().to_u128() >> 120 {
        0..0x40 => SamplingDecision::Sample,
        0x40..0x80 => SamplingDecision::Drop,
        _ => SamplingDecision::Ratio(0.1),
    }));
    let n = traces();
    assert_share(crowd.sampled(n, root), n, 0.25 + 0.5 * 0.1, "custom");
    crowd.end();
}
