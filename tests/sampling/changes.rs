//! The sampler replaced while the program runs.

use crate::support::{Recording, bare};
use std::sync::Barrier;
use std::thread::scope;
use throughline::{Sampler, SamplingDecision, SamplingRule, SpanExt};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{prelude::*, registry};

#[test]
fn another_sampler_counts_from_the_next_decision_on() {
    let (layer, recording) = Recording::new(bare().sampler(Sampler::always_off()));
    with_default(&Dispatch::new(registry().with(layer)), || {
        let decided = info_span!("decided");
        let _ = decided.context();
        let open = info_span!("not decided");
        drop(info_span!("before"));
        let rules =
            [SamplingRule::new(Sampler::always_off()).name("noise"), SamplingRule::new(Sampler::always_on())];
        recording.guard.set_sampler(Sampler::rules(rules)).expect("the rules are good");
        for name in ["after", "noise"] {
            drop(info_span!("request", otel.name = name));
        }
        drop(info_span!(parent: &decided, "child of what was decided"));
        drop((decided, open));
    });
    let mut names: Vec<_> = recording.spans().into_iter().map(|span| span.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["after", "not decided"]);
    assert!(recording.guard.stats().is_balanced());
}

#[test]
fn one_with_something_wrong_is_refused_and_the_one_before_goes_on() {
    let (layer, recording) = Recording::new(bare().sampler(Sampler::always_on()));
    let bad = [
        Sampler::ratio(1.5),
        Sampler::rate_limited(f64::NAN),
        Sampler::rules([SamplingRule::new(Sampler::always_off()).name("")]),
        Sampler::jaeger_remote("nowhere"),
    ];
    for sampler in bad {
        let error = recording.guard.set_sampler(sampler).expect_err("something is wrong");
        assert!(error.is_config() && error.to_string().starts_with("sampler: "), "{error}");
    }
    with_default(&Dispatch::new(registry().with(layer)), || drop(info_span!("root")));
    assert_eq!(recording.spans().len(), 1);
}

#[test]
fn changing_it_under_load_loses_and_doubles_nothing() {
    let (layer, guard) = bare().exporter(crate::support::Counted::default()).build().expect("valid settings");
    let dispatch = Dispatch::new(registry().with(layer));
    let (threads, each, barrier) = (4, 3_000, Barrier::new(5));
    scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                with_default(&dispatch, || {
                    barrier.wait();
                    for n in 0..each {
                        info_span!("root", n).in_scope(|| drop(info_span!("child")));
                    }
                });
            });
        }
        barrier.wait();
        for n in 0..500_u64 {
            let sampler = match n % 4 {
                0 => Sampler::always_off(),
                1 => Sampler::ratio(0.5),
                2 => Sampler::rules([SamplingRule::new(Sampler::rate_limited(1e6)).attribute("n", "*1")]),
                _ => Sampler::custom(move |_| {
                    if n % 8 == 3 { SamplingDecision::Sample } else { SamplingDecision::Drop }
                }),
            };
            guard.set_sampler(sampler).expect("nothing is wrong with it");
        }
    });
    guard.flush(std::time::Duration::from_secs(30)).expect("everything is taken");
    let stats = guard.stats();
    assert!(stats.is_balanced() && stats.started == threads * each * 2, "{stats}");
}
