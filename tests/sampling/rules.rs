//! What rules see, and which of them counts.

use crate::support::{Recording, bare, record};
use throughline::wire::SpanKind;
use throughline::{Sampler, SamplingRule, SpanExt, current_context};
use tracing::{info, info_span};

/// The names of what was recorded under rules that keep what fits and drop the rest.
fn kept(rule: fn(SamplingRule) -> SamplingRule, f: impl FnOnce()) -> Vec<String> {
    let recording = record(bare().sampler(keeping(rule)), f);
    names(&recording)
}

fn keeping(rule: fn(SamplingRule) -> SamplingRule) -> Sampler {
    Sampler::rules([rule(SamplingRule::new(Sampler::always_on())), SamplingRule::new(Sampler::always_off())])
}

fn names(recording: &Recording) -> Vec<String> {
    let spans = recording.spans();
    assert!(recording.guard.stats().is_balanced());
    spans.into_iter().map(|span| span.name).collect()
}

#[test]
fn a_name_is_the_callsites_or_what_it_was_changed_to_in_time() {
    let recorded = kept(
        |rule| rule.name("GET *"),
        || {
            drop(info_span!("GET /a"));
            drop(info_span!("request", otel.name = "GET /b"));
            drop(info_span!("GET /c", otel.name = "PUT /c"));
            info_span!("late").set_attribute("otel.name", "GET /d");
            drop(info_span!("get /e"));
        },
    );
    assert_eq!(recorded, ["GET /a", "GET /b", "GET /d"]);
}

#[test]
fn target_and_kind_count() {
    let by_target = kept(
        |rule| rule.target("shop::*"),
        || {
            drop(info_span!(target: "shop::cart", "cart"));
            drop(info_span!(target: "shop", "shop"));
        },
    );
    assert_eq!(by_target, ["cart"]);
    let by_kind = kept(
        |rule| rule.kind(SpanKind::Server),
        || {
            drop(info_span!("server", otel.kind = "SERVER"));
            drop(info_span!("client", otel.kind = "client"));
            drop(info_span!("internal"));
        },
    );
    assert_eq!(by_kind, ["server"]);
}

#[test]
fn attributes_count_with_the_values_that_they_have_when_the_decision_is_needed() {
    let recorded = kept(
        |rule| rule.attribute("tenant", "gold").attribute("size", "1?"),
        || {
            drop(info_span!("at start", tenant = "gold", size = 10));
            drop(info_span!("one is missing", tenant = "gold"));
            drop(info_span!("one differs", tenant = "gold", size = 20));
            let span = info_span!("replaced", tenant = "free", size = tracing::field::Empty);
            span.record("size", 19);
            span.set_attribute("tenant", "gold");
            drop(span);
            let span = info_span!("too late", size = 11);
            drop(info_span!(parent: &span, "child"));
            span.set_attribute("tenant", "gold");
        },
    );
    assert_eq!(recorded, ["at start", "replaced"]);
}

#[test]
fn the_first_rule_that_fits_counts_and_the_default_where_none_does() {
    let sampler = Sampler::rules([
        SamplingRule::new(Sampler::always_off()).name("a*"),
        SamplingRule::new(Sampler::always_on()).name("ab"),
        SamplingRule::new(Sampler::always_off()).name("?b"),
    ]);
    let recording = record(bare().sampler(sampler), || {
        for name in ["ab", "ac", "bb", "bc"] {
            drop(info_span!("request", otel.name = name));
        }
    });
    assert_eq!(names(&recording), ["bc"]);
}

#[test]
fn a_ratio_in_a_rule_writes_its_threshold() {
    let sampler = Sampler::rules([
        SamplingRule::new(Sampler::ratio(1.0)).name("a"),
        SamplingRule::new(Sampler::always_on()),
    ]);
    let recording = record(bare().sampler(sampler), || {
        drop(info_span!("a"));
        drop(info_span!("b"));
    });
    assert_eq!(
        (recording.span("a").trace_state, recording.span("b").trace_state),
        ("ot=th:0".into(), "".into())
    );
}

#[test]
fn children_and_what_happens_in_them_share_the_decision() {
    let recording = record(bare().sampler(keeping(|rule| rule.name("kept"))), || {
        for name in ["kept", "dropped"] {
            info_span!("root", otel.name = name).in_scope(|| {
                info_span!("kept").in_scope(|| info!("in {name}"));
                assert_eq!(current_context().is_sampled(), name == "kept");
            });
        }
    });
    let spans = recording.spans();
    assert_eq!(spans.len(), 2, "{spans:?}");
    assert_eq!(spans[0].trace_id, spans[1].trace_id);
    assert_eq!(recording.guard.stats().unsampled, 2);
}
