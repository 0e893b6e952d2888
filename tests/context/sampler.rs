//! What samplers take, and what they write down.

use crate::remote::{PARENT, remote_with};
use crate::support::{bare, record};
use crate::traces::Traces;
use std::sync::Mutex;
use throughline::{Sampler, SpanExt, TraceId, current_context};
use tracing::{info, info_span};

#[test]
fn a_ratio_takes_what_is_not_below_its_threshold_and_writes_it_down() {
    const BELOW: u128 = 1 << 100 | 0x7f_ffff_ffff_ffff;
    const AT: u128 = 1 << 100 | 0x80_0000_0000_0000;
    let ids = Traces(Mutex::new(vec![AT, BELOW]), true);
    let recording = record(bare().sampler(Sampler::ratio(0.5)).id_generator(ids), || {
        drop(info_span!("below"));
        info_span!("at").in_scope(|| drop(info_span!("inner")));
    });
    let (at, inner) = (recording.span("at"), recording.span("inner"));
    assert_eq!((at.trace_state.as_str(), inner.trace_state.as_str()), ("ot=th:8", "ot=th:8"));
    assert_eq!(at.trace_id, TraceId::from_u128(AT));
    let stats = recording.guard.stats();
    assert_eq!((stats.started, stats.unsampled, stats.finished), (3, 1, 2));
    assert!(stats.is_balanced());
}

#[test]
fn a_ratio_follows_the_decision_of_a_remote_parent_and_keeps_its_threshold() {
    let recording = record(bare().sampler(Sampler::ratio(0.0)), || {
        let span = info_span!("server");
        // The randomness, 0x20_c803_19c..., is over this threshold.
        span.set_parent(remote_with(PARENT, "ot=th:2,vendor=1")).expect("in time");
        drop(span);
        drop(info_span!("begun here"));
    });
    let span = recording.span("server");
    assert_eq!(span.trace_state, "ot=th:2,vendor=1");
    assert_eq!(recording.spans().len(), 1);
    assert_eq!(recording.guard.stats().unsampled, 1);
}

#[test]
fn what_is_not_sampled_is_counted_and_has_ids_all_the_same() {
    let mut seen = Vec::new();
    let recording = record(bare().sampler(Sampler::always_off()).random_flag(false), || {
        let outer = info_span!("outer", a = 1).entered();
        outer.set_attribute("b", 2);
        info!("unheard");
        seen.push(outer.context());
        info_span!("inner").in_scope(|| seen.push(current_context().into()));
        info_span!(parent: None, "root").in_scope(|| seen.push(current_context().into()));
    });
    let [outer, inner, root] = &seen[..] else { panic!("three contexts") };
    assert!(
        seen.iter().all(|context| context.is_valid() && context.span_context().trace_flags().to_u8() == 0)
    );
    assert_eq!(outer.span_context().trace_id(), inner.span_context().trace_id());
    assert_ne!(outer.span_context().span_id(), inner.span_context().span_id());
    assert_ne!(outer.span_context().trace_id(), root.span_context().trace_id());
    assert!(recording.spans().is_empty());
    let stats = recording.guard.stats();
    assert_eq!((stats.started, stats.unsampled), (3, 3));
    assert!(stats.is_balanced(), "{stats}");
}

#[test]
fn a_sampler_that_cannot_be_is_refused_by_name() {
    let error = bare().sampler(Sampler::ratio(1.5)).build().expect_err("over 1");
    assert!(error.is_config() && error.to_string().contains("1.5"), "{error}");
}
