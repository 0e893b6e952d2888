//! The facts of the B3 specification, and properties.

use super::*;
use crate::{SpanContext, TraceFlags};
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use std::collections::HashMap;

const TRACE: &str = "80f198ee56343ba864fe8b2a57d3eff7";
const SPAN: &str = "e457b5a2e4d86bd1";

fn extracted(headers: &[(&'static str, &str)]) -> Context {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
    }
    let context = B3.extract(&map, Context::default());
    assert_eq!(context, B3Multi.extract(&map, Context::default()), "both read the same");
    context
}

fn single(value: &str) -> Context {
    extracted(&[("b3", value)])
}

/// Ids, decision and debug flag.
fn said(context: &Context) -> (String, String, Option<bool>, bool) {
    let span = context.span_context();
    let debug = context.pass_through().debug;
    (span.trace_id().to_string(), span.span_id().to_string(), context.sampling_decision(), debug)
}

fn injected(propagator: impl Propagator, context: &Context) -> HashMap<String, String> {
    let mut map = HashMap::new();
    propagator.inject(context, &mut map);
    map
}

fn ids(sampled: Option<bool>, debug: bool) -> (String, String, Option<bool>, bool) {
    (TRACE.to_owned(), SPAN.to_owned(), sampled, debug)
}

#[test]
fn the_single_header_has_ids_and_a_state_and_its_parent_is_read_past() {
    for (header, sampled, debug) in [
        (format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90"), Some(true), false),
        (format!("{TRACE}-{SPAN}-1"), Some(true), false),
        (format!(" {TRACE}-{SPAN}-0\t"), Some(false), false),
        (format!("{TRACE}-{SPAN}-d"), Some(true), true),
        (format!("{TRACE}-{SPAN}"), None, false),
    ] {
        let context = single(&header);
        assert_eq!(said(&context), ids(sampled, debug), "{header}");
        assert!(context.span_context().is_remote());
        assert_eq!(context.span_context().is_sampled(), sampled == Some(true));
    }
}

#[test]
fn the_several_headers_say_the_same_with_old_spellings_of_the_state() {
    let several = |more: &[(&'static str, &str)]| {
        let mut headers = vec![("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN), ("X-B3-ParentSpanId", "junk")];
        headers.extend(more);
        let mut map = HashMap::new();
        headers.iter().for_each(|(name, value)| drop(map.insert((*name).to_owned(), (*value).to_owned())));
        said(&B3.extract(&map, Context::default()))
    };
    assert_eq!(several(&[]), ids(None, false));
    for yes in ["1", "true", "True", "TRUE"] {
        assert_eq!(several(&[("X-B3-Sampled", yes)]), ids(Some(true), false));
    }
    for no in ["0", "false", "False"] {
        assert_eq!(several(&[("X-B3-Sampled", no)]), ids(Some(false), false));
    }
    for debug in
        [&[("X-B3-Sampled", "d")][..], &[("X-B3-Flags", "1")], &[("X-B3-Flags", "1"), ("X-B3-Sampled", "0")]]
    {
        assert_eq!(several(debug), ids(Some(true), true), "debug implies sampled");
    }
    assert_eq!(several(&[("X-B3-Flags", "0"), ("X-B3-Sampled", "0")]), ids(Some(false), false));
}

#[test]
fn sixteen_digits_are_the_low_half_of_a_trace_id_and_no_claim_of_randomness() {
    let context = single(&format!("64fe8b2a57d3eff7-{SPAN}-1"));
    assert_eq!(context.span_context().trace_id().to_string(), "000000000000000064fe8b2a57d3eff7");
    assert_eq!(context.span_context().trace_flags(), TraceFlags::SAMPLED);
}

#[test]
fn a_decision_without_ids_is_a_decision_for_the_trace_that_begins() {
    let decision = |headers: &[(&'static str, &str)]| {
        let context = extracted(headers);
        assert!(!context.is_valid());
        (context.sampling_decision(), context.pass_through().debug)
    };
    assert_eq!(decision(&[("b3", "0")]), (Some(false), false));
    assert_eq!(decision(&[("b3", "1")]), (Some(true), false));
    assert_eq!(decision(&[("b3", "d")]), (Some(true), true));
    assert_eq!(decision(&[("x-b3-sampled", "0")]), (Some(false), false));
    assert_eq!(decision(&[("x-b3-flags", "1")]), (Some(true), true));
    assert_eq!(decision(&[("x-b3-flags", "0")]), (None, false));
    let named =
        Context::new(SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED, true));
    let map = HashMap::from([("b3".to_owned(), "0".to_owned())]);
    assert_eq!(B3.extract(&map, named.clone()), named, "not of a trace that another format has named");
}

#[test]
fn what_is_malformed_is_ignored_as_a_whole() {
    let before = counts::counts().invalid;
    let (zero_trace, zero_span) = ("0".repeat(32), "0".repeat(16));
    let bad = [
        String::new(),
        "2".to_owned(),
        "-".to_owned(),
        "true".to_owned(),
        TRACE.to_owned(),
        format!("{TRACE}-"),
        format!("{TRACE}-{SPAN}-"),
        format!("{TRACE}-{SPAN}-2"),
        format!("{TRACE}-{SPAN}-true"),
        format!("{TRACE}-{SPAN}-1-"),
        format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b9"),
        format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90-"),
        format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90-1"),
        format!("{zero_trace}-{SPAN}-1"),
        format!("{TRACE}-{zero_span}-1"),
        format!("{}-{SPAN}-1", TRACE.to_uppercase()),
        format!("{TRACE}-{}-1", SPAN.to_uppercase()),
        format!("{}-{SPAN}-1", &TRACE[1..]),
        format!("{TRACE}0-{SPAN}-1"),
        format!("{TRACE}-{SPAN}0-1"),
        format!("{TRACE}-{SPAN}-é"),
        format!("{TRACE}-{SPAN}-1 -{SPAN}"),
        "1".repeat(64 << 10),
    ];
    for header in &bad {
        assert_eq!(single(header), Context::default(), "{header:?}");
    }
    assert!(counts::counts().invalid >= before + bad.len() as u64);
    for headers in [
        &[("x-b3-traceid", TRACE)][..],
        &[("x-b3-spanid", SPAN), ("x-b3-sampled", "1")],
        &[("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN), ("x-b3-sampled", "yes")],
        &[("x-b3-traceid", TRACE), ("x-b3-spanid", "x"), ("x-b3-sampled", "1")],
        &[("x-b3-traceid", TRACE), ("x-b3-traceid", "64fe8b2a57d3eff7"), ("x-b3-spanid", SPAN)],
        &[("x-b3-sampled", "1"), ("x-b3-sampled", "0")],
    ] {
        assert_eq!(extracted(headers), Context::default(), "{headers:?}");
    }
}

#[test]
fn a_header_that_is_there_twice_counts_if_both_say_the_same() {
    let (one, other) = (format!("{TRACE}-{SPAN}-1"), format!("{TRACE}-{SPAN}-0"));
    assert_eq!(said(&extracted(&[("b3", &one), ("b3", &one)])), ids(Some(true), false));
    assert_eq!(extracted(&[("b3", &one), ("b3", &other)]), Context::default());
}

#[test]
fn the_several_headers_stand_in_for_a_single_one_that_is_malformed_or_missing() {
    let several = [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN), ("x-b3-sampled", "1")];
    let with = |single: &'static str| [&[("b3", single)][..], &several].concat();
    assert_eq!(said(&extracted(&with("junk"))), ids(Some(true), false));
    assert_eq!(extracted(&with("0")).sampling_decision(), Some(false), "the single one comes first");
}

#[test]
fn what_is_written_has_no_parent_and_debug_instead_of_sampled() {
    let written = |header: &str| {
        let context = single(header);
        (injected(B3, &context), injected(B3Multi, &context))
    };
    let several = |state: &[(&str, &str)]| {
        let all = [&[("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)][..], state].concat();
        all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<HashMap<_, _>>()
    };
    for (header, sent, state) in [
        (
            format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90"),
            format!("{TRACE}-{SPAN}-1"),
            &[("x-b3-sampled", "1")][..],
        ),
        (format!("{TRACE}-{SPAN}-0"), format!("{TRACE}-{SPAN}-0"), &[("x-b3-sampled", "0")]),
        (format!("{TRACE}-{SPAN}-d"), format!("{TRACE}-{SPAN}-d"), &[("x-b3-flags", "1")]),
        (format!("{TRACE}-{SPAN}"), format!("{TRACE}-{SPAN}"), &[]),
    ] {
        assert_eq!(written(&header), (HashMap::from([("b3".to_owned(), sent)]), several(state)), "{header}");
    }
    assert_eq!(injected(B3, &Context::default()), HashMap::new());
    assert_eq!(injected(B3Multi, &single("1")), HashMap::new());
}

#[test]
fn headers_of_another_request_are_not_left_to_contradict() {
    let mut map = HashMap::new();
    for name in ["X-B3-ParentSpanId", "X-B3-Flags", "X-B3-Sampled", "X-B3-TraceId"] {
        map.insert(name.to_owned(), "1".to_owned());
    }
    B3Multi.inject(&single(&format!("{TRACE}-{SPAN}-0")), &mut map);
    assert_eq!(map.len(), 3, "{map:?}");
    B3Multi.inject(&single(&format!("{TRACE}-{SPAN}-d")), &mut map);
    assert_eq!((map.len(), map["x-b3-flags"].as_str()), (3, "1"));
    B3Multi.inject(&single(&format!("{TRACE}-{SPAN}")), &mut map);
    assert_eq!(map.len(), 2);
}

proptest! {
    #[test]
    fn what_is_injected_is_extracted(trace in 1u128.., span in 1u64.., state in 0usize..4) {
        let text = format!("{trace:032x}-{span:016x}{}", ["", "-0", "-1", "-d"][state]);
        let context = single(&text);
        prop_assert!(context.is_valid());
        prop_assert_eq!(&injected(B3, &context)["b3"], &text);
        prop_assert_eq!(&B3.extract(&injected(B3, &context), Context::default()), &context);
        prop_assert_eq!(&B3Multi.extract(&injected(B3Multi, &context), Context::default()), &context);
    }

    #[test]
    fn whatever_comes_nothing_panics(single in "\\PC{0,70}", values in prop::collection::vec("[ -~]{0,34}", 4)) {
        let names = [TRACE_ID, SPAN_ID, SAMPLED, FLAGS];
        let mut map: HashMap<_, _> = names.iter().map(|name| (*name).to_owned()).zip(values).collect();
        map.insert(SINGLE.to_owned(), single);
        let context = B3.extract(&map, Context::default());
        let again = B3.extract(&injected(B3, &context), Context::default());
        prop_assert!(!context.is_valid() || again == context);
    }
}
