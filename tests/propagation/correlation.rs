//! One id follows a request: through headers, baggage, spans.

use crate::headers::headers;
use crate::support::{attribute, bare, record, text};
use std::collections::HashMap;
use throughline::propagation::{self, correlation, counts};
use throughline::{Context, CorrelationId, Sampler, SpanExt, baggage, correlation_id};
use tracing::info_span;

const KEY: &str = "correlation.id";

fn from(pairs: &[(&str, &str)]) -> Option<String> {
    correlation::from_headers(&headers(pairs)).map(|id| id.to_string())
}

#[test]
fn the_first_header_that_has_a_valid_id_gives_it() {
    let both = [("x-correlation-id", "mine"), ("x-request-id", "theirs")];
    assert_eq!(from(&both).as_deref(), Some("mine"));
    assert_eq!(from(&both[1..]).as_deref(), Some("theirs"));
    assert_eq!(from(&[("X-Correlation-ID", " mine\t")]).as_deref(), Some("mine"));
    assert_eq!(from(&[]), None);
    assert_eq!(from(&[("x-correlation-id", "a"), ("x-correlation-id", "a")]).as_deref(), Some("a"));
}

#[test]
fn an_id_that_cannot_be_one_is_replaced_and_counted() {
    let long = "x".repeat(129);
    for bad in ["", "a b", "é", &long, &"x".repeat(64 << 10)] {
        let before = counts().replaced_correlation_ids;
        let request = headers(&[("x-correlation-id", bad)]);
        assert_eq!(correlation::from_headers(&request), None, "{bad:?}");
        assert!(counts().replaced_correlation_ids > before);
        let id =
            correlation::at_edge(Context::default(), &request).correlation_id().expect("made").to_string();
        assert_eq!((id.len(), &id[14..15]), (36, "7"));
    }
    let lines = HashMap::from([("x-correlation-id".to_owned(), "a\nb: forged".to_owned())]);
    assert_eq!(correlation::from_headers(&lines), None);
    assert_eq!(from(&[("x-correlation-id", "a"), ("x-correlation-id", "b")]), None, "which one is meant?");
    assert_eq!(from(&[("x-correlation-id", "a b"), ("x-request-id", "c")]).as_deref(), Some("c"));
}

#[test]
fn what_baggage_brings_comes_before_headers() {
    let request =
        headers(&[("baggage", "correlation.id=from%2Cbaggage,a=1"), ("x-request-id", "of-the-mesh")]);
    let context = correlation::at_edge(propagation::extract(&request), &request);
    assert_eq!(context.correlation_id().map(CorrelationId::as_str), Some("from,baggage"));
    let hostile = headers(&[("baggage", "correlation.id=a%0Ab,a=1")]);
    let before = counts().replaced_correlation_ids;
    let context = propagation::extract(&hostile);
    assert_eq!((context.correlation_id(), context.baggage().as_str()), (None, "a=1"));
    assert!(counts().replaced_correlation_ids > before);
}

#[test]
fn an_id_takes_the_place_of_the_last_member_where_baggage_is_full_and_that_is_counted() {
    let full: Vec<_> = (0..64).map(|n| format!("k{n}=v")).collect();
    let request = headers(&[("baggage", &full.join(",")), ("x-request-id", "r-1")]);
    let before = counts().dropped_baggage;
    let context = correlation::at_edge(propagation::extract(&request), &request);
    assert_eq!((context.baggage().len(), context.baggage().get("k63")), (64, None));
    assert_eq!(context.baggage().iter().next(), Some((KEY, "r-1".into())));
    assert!(counts().dropped_baggage > before);
}

#[test]
fn the_id_is_on_every_span_of_the_trace_and_in_the_headers_that_leave() {
    for sampler in [Sampler::default(), Sampler::ratio(1.0), Sampler::always_on()] {
        let recording = record(bare().sampler(sampler), || {
            let request = headers(&[("x-request-id", "r-1")]);
            let server = info_span!("server");
            server
                .set_parent(correlation::at_edge(propagation::extract(&request), &request))
                .expect("in time");
            let _in = server.enter();
            assert_eq!(correlation_id().expect("it came").as_str(), "r-1");
            let _client = info_span!("client").entered();
            let mut outgoing = HashMap::<String, String>::new();
            propagation::inject(&mut outgoing);
            assert_eq!(outgoing["baggage"], "correlation.id=r-1");
            assert_eq!(baggage::get(KEY).as_deref(), Some("r-1"));
            info_span!("grandchild", { KEY } = "own").in_scope(|| {});
        });
        for (name, id) in [("server", "r-1"), ("client", "r-1"), ("grandchild", "own")] {
            let span = recording.span(name);
            assert_eq!((text(&span.attributes, KEY), span.attributes.len()), (Some(id), 1), "{name}");
        }
    }
}

#[test]
fn where_none_came_it_is_made_when_it_is_asked_for() {
    let mut made = None;
    let recording = record(bare(), || {
        let _root = info_span!("root").entered();
        let first = correlation_id().expect("in a span");
        assert_eq!(correlation_id().as_ref(), Some(&first));
        info_span!("child").in_scope(|| assert_eq!(correlation_id().as_ref(), Some(&first)));
        made = Some(first);
    });
    let made = made.expect("made").to_string();
    assert_eq!(text(&recording.span("root").attributes, KEY), Some(made.as_str()));
    assert_eq!(text(&recording.span("child").attributes, KEY), Some(made.as_str()));
    assert_eq!(correlation_id(), None, "outside of spans there is no request");
}

#[test]
fn one_that_is_made_in_a_child_is_of_the_spans_around_it_too() {
    let recording = record(bare(), || {
        info_span!("other trace").in_scope(|| {
            let root = info_span!(parent: None, "root").entered();
            let before = info_span!("before");
            let middle = info_span!("middle").entered();
            let made = info_span!("inner").in_scope(correlation_id).expect("in a span");
            assert_eq!(correlation_id().as_ref(), Some(&made));
            drop(middle);
            drop(before);
            info_span!("after").in_scope(|| assert_eq!(correlation_id(), Some(made)));
            drop(root);
        });
    });
    let id = |name: &str| attribute(&recording.span(name).attributes, KEY).is_some();
    assert_eq!(["root", "middle", "inner", "after"].map(id), [true; 4]);
    assert_eq!(["other trace", "before"].map(id), [false; 2]);
}

#[test]
fn spans_have_none_where_nobody_asked() {
    let recording = record(bare(), || info_span!("root").in_scope(|| info_span!("child").in_scope(|| {})));
    for span in recording.spans() {
        assert!(span.attributes.is_empty());
    }
}

#[test]
fn asking_hands_the_context_out() {
    record(bare(), || {
        let span = info_span!("s").entered();
        let _ = correlation_id();
        assert!(span.set_parent(Context::default()).expect_err("handed out").is_too_late());
    });
}

#[test]
fn setting_it_in_baggage_is_setting_it() {
    let recording = record(bare(), || {
        let _in = info_span!("s").entered();
        baggage::set(KEY, "by-hand").expect("valid");
        assert_eq!(correlation_id().expect("set").as_str(), "by-hand");
    });
    assert_eq!(text(&recording.span("s").attributes, KEY), Some("by-hand"));
}

#[test]
fn an_unsampled_trace_has_it_too() {
    record(bare().sampler(Sampler::always_off()), || {
        let _root = info_span!("root").entered();
        let _child = info_span!("child").entered();
        let id = correlation_id().expect("in a span");
        let mut outgoing = HashMap::<String, String>::new();
        propagation::inject(&mut outgoing);
        assert_eq!(outgoing["baggage"], format!("correlation.id={id}"));
        assert!(outgoing["traceparent"].ends_with("-02"), "not sampled, random");
    });
}
