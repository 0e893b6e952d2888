//! The delegates of `ParentBased`, asked through spans and headers.

use crate::support::{bare, record};
use std::collections::HashMap;
use throughline::propagation::extract;
use throughline::{Context, ParentBased, Sampler, SpanExt};
use tracing::info_span;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn remote(flags: &str) -> Context {
    let traceparent = format!("00-{TRACE}-b7ad6b7169203331-{flags}");
    extract(&HashMap::from([("traceparent".to_owned(), traceparent)]))
}

fn recorded(sampler: impl Into<Sampler>, f: impl FnOnce()) -> Vec<String> {
    let recording = record(bare().sampler(sampler), f);
    let names = recording.spans().into_iter().map(|span| span.name).collect();
    assert!(recording.guard.stats().is_balanced());
    names
}

#[test]
fn remote_delegates_decide_on_what_callers_decided() {
    let continued = || {
        info_span!("was sampled").set_parent(remote("01")).expect("in time");
        info_span!("was not").set_parent(remote("00")).expect("in time");
        drop(info_span!("begun here"));
    };
    let root = || ParentBased::new(Sampler::always_off());
    assert_eq!(recorded(root(), continued), ["was sampled"]);
    assert!(recorded(root().remote_parent_sampled(Sampler::always_off()), continued).is_empty());
    let both = root().remote_parent_not_sampled(Sampler::always_on());
    assert_eq!(recorded(both, continued), ["was sampled", "was not"]);
    let local =
        root().local_parent_sampled(Sampler::always_off()).local_parent_not_sampled(Sampler::always_on());
    assert_eq!(recorded(local, continued), ["was sampled"]);
}

#[test]
fn local_delegates_decide_on_spans_hung_by_hand_and_not_on_children() {
    let work = || {
        let outer = info_span!("outer");
        let context = outer.context();
        drop(info_span!(parent: &outer, "child"));
        let queued = info_span!(parent: None, "queued");
        queued.set_parent(context).expect("in time");
        drop(info_span!(parent: &queued, "below"));
    };
    let sampler = ParentBased::new(Sampler::always_on()).local_parent_sampled(Sampler::always_off());
    assert_eq!(recorded(sampler, work), ["outer", "child"]);
    let sampler = ParentBased::new(Sampler::always_off()).local_parent_not_sampled(Sampler::always_on());
    assert_eq!(recorded(sampler, work), ["queued", "below"]);
    assert_eq!(recorded(ParentBased::new(Sampler::always_on()), work), ["outer", "child", "queued", "below"]);
    assert!(recorded(ParentBased::new(Sampler::always_off()), work).is_empty());
}

#[test]
fn a_delegate_may_be_any_sampler_and_sees_the_parent() {
    let sampler = ParentBased::new(Sampler::always_off()).remote_parent_sampled(Sampler::custom(|params| {
        let parent = params.parent().expect("there is one");
        assert!(parent.span_context().is_remote() && parent.sampling_decision() == Some(true));
        throughline::SamplingDecision::Sample
    }));
    assert_eq!(
        recorded(sampler, || info_span!("server").set_parent(remote("01")).expect("in time")),
        ["server"]
    );
}
