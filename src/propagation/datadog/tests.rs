//! The facts of Datadog's headers, and properties.

use super::*;
use crate::{SpanContext, TraceFlags};
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use std::collections::HashMap;

const IDS: [(&str, &str); 2] = [(TRACE_ID, "11803532876627986230"), (PARENT_ID, "67667974448284343")];

fn extracted_onto(base: Context, headers: &[(&'static str, &str)]) -> Context {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
    }
    Datadog.extract(&map, base)
}

fn extracted(headers: &[(&'static str, &str)]) -> Context {
    extracted_onto(Context::default(), headers)
}

fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [&IDS[..], more].concat()
}

fn injected(context: &Context) -> HashMap<String, String> {
    let mut map = HashMap::new();
    Datadog.inject(context, &mut map);
    map
}

fn written(headers: &[(&str, &str)]) -> HashMap<String, String> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn ids_are_decimal_and_the_tag_has_the_high_half() {
    let context = extracted(&with(&[(PRIORITY, "1"), (TAGS, "_dd.p.tid=4bf92f3577b34da6,_dd.p.dm=-4")]));
    let span = context.span_context();
    assert_eq!(span.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(
        (span.span_id().to_string().as_str(), span.trace_flags()),
        ("00f067aa0ba902b7", TraceFlags::SAMPLED)
    );
    let expected = with(&[(PRIORITY, "1"), (TAGS, "_dd.p.dm=-4,_dd.p.tid=4bf92f3577b34da6")]);
    assert_eq!(injected(&context), written(&expected));
    let short = extracted(&with(&[(PRIORITY, "1")]));
    assert_eq!(short.span_context().trace_id().to_string(), "0000000000000000a3ce929d0e0e4736");
    assert_eq!(injected(&short), written(&with(&[(PRIORITY, "1")])), "no tag for a high half of zero");
}

#[test]
fn a_high_half_that_is_not_16_digits_is_ignored() {
    for tid in ["4bf92f3577b34da", "4bf92f3577b34da61", "4BF92F3577B34DA6", "xbf92f3577b34da6", ""] {
        let tags = format!("_dd.p.tid={tid},_dd.p.dm=-4");
        let context = extracted(&[IDS[0], IDS[1], (TAGS, &tags)]);
        assert_eq!(context.span_context().trace_id().to_u128(), 0xa3ce_929d_0e0e_4736, "{tid}");
        assert_eq!(context.pass_through().datadog_tags, "_dd.p.dm=-4", "{tid}");
    }
}

#[test]
fn without_the_high_half_a_trace_that_another_format_has_named_in_full_goes_on() {
    let full = TraceId::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
    let named = |id| Context::new(SpanContext::new(id, SpanId::from_u64(9), TraceFlags::RANDOM, true));
    let same = extracted_onto(named(full), &with(&[(PRIORITY, "2")]));
    assert_eq!(same.span_context().trace_id(), full);
    assert_eq!(same.span_context().trace_flags(), TraceFlags::SAMPLED.with_random(true));
    let other = extracted_onto(named(TraceId::from_u128(full.to_u128() + 1)), &IDS);
    assert_eq!(other.span_context().trace_id().to_u128() >> 64, 0);
}

#[test]
fn priorities_decide_and_go_on_as_they_came() {
    for (priority, sampled) in [("-1", false), ("0", false), ("1", true), ("2", true)] {
        let context = extracted(&with(&[(PRIORITY, priority)]));
        assert_eq!(context.sampling_decision(), Some(sampled), "{priority}");
        assert_eq!(injected(&context)[PRIORITY], priority);
        let turned = context.with_sampling_decision(Some(!sampled));
        assert_eq!(injected(&turned)[PRIORITY], if sampled { "0" } else { "1" }, "a decision of our own");
    }
    let undecided = extracted(&IDS);
    assert_eq!((undecided.sampling_decision(), injected(&undecided).get(PRIORITY)), (None, None));
}

#[test]
fn a_decision_and_an_origin_without_a_span_are_for_the_trace_that_begins() {
    let synthetic = [(TRACE_ID, "7"), (PARENT_ID, "0"), (PRIORITY, "2"), (ORIGIN, "synthetics")];
    for headers in [&synthetic[..], &synthetic[2..], &[synthetic[0], synthetic[2], synthetic[3]]] {
        let context = extracted(headers);
        assert_eq!((context.is_valid(), context.sampling_decision()), (false, Some(true)), "{headers:?}");
        assert_eq!(context.pass_through().origin, "synthetics");
        let named = headers[0].0 == TRACE_ID;
        let span = context.span_context();
        assert_eq!(
            (span.trace_id(), span.span_id()),
            (TraceId::from_u128(if named { 7 } else { 0 }), SpanId::INVALID)
        );
        assert_eq!(injected(&context), if named { written(&synthetic) } else { HashMap::new() });
    }
    let known = extracted(&IDS);
    assert_eq!(Datadog.extract(&written(&synthetic), known.clone()), known, "another format has named one");
}

#[test]
fn origin_and_tags_go_on_but_tags_that_are_not_to_be_propagated_do_not() {
    let context = extracted(&with(&[(ORIGIN, "rum"), (TAGS, "_dd.p.usr.id=baz64==,_dd.x=1,other=2")]));
    let headers = injected(&context);
    assert_eq!((headers[ORIGIN].as_str(), headers[TAGS].as_str()), ("rum", "_dd.p.usr.id=baz64=="));
    let mut stale =
        written(&[("X-Datadog-Origin", "x"), ("X-Datadog-Tags", "y"), ("X-Datadog-Sampling-Priority", "2")]);
    Datadog.inject(&extracted(&IDS), &mut stale);
    assert_eq!(stale, written(&IDS));
}

#[test]
fn tags_over_512_bytes_are_neither_read_nor_sent() {
    let tag = |length: usize| format!("_dd.p.a={}", "v".repeat(length - 8));
    let read = |tags: &str| extracted(&[IDS[0], IDS[1], (TAGS, tags)]).pass_through().datadog_tags.len();
    assert_eq!((read(&tag(512)), read(&tag(513)), read(&tag(64 << 10))), (512, 0, 0));
    let with_high_half =
        extracted(&[IDS[0], IDS[1], (TAGS, &format!("{},_dd.p.tid=4bf92f3577b34da6", tag(485)))]);
    assert_eq!(injected(&with_high_half)[TAGS].len(), 512);
    let over = with_high_half.changed(|carried| carried.pass_through.datadog_tags.push('v'));
    assert_eq!(injected(&over).get(TAGS), None);
}

#[test]
fn what_is_malformed_is_ignored_as_a_whole() {
    let before = counts::counts().invalid;
    let bad = [
        (TRACE_ID, "0"),
        (TRACE_ID, ""),
        (TRACE_ID, "x"),
        (TRACE_ID, "-1"),
        (TRACE_ID, "+1"),
        (TRACE_ID, "1.0"),
        (TRACE_ID, "18446744073709551616"),
        (TRACE_ID, "a3ce929d0e0e4736"),
        (TRACE_ID, "٣"),
        (PARENT_ID, "x"),
        (PARENT_ID, "-1"),
        (PARENT_ID, "18446744073709551616"),
        (PRIORITY, "3"),
        (PRIORITY, "x"),
        (PRIORITY, "01"),
        (PRIORITY, "1.0"),
        (PRIORITY, ""),
    ];
    for (name, value) in bad {
        let mut headers: HashMap<_, _> = written(&with(&[(PRIORITY, "1")]));
        headers.insert(name.to_owned(), value.to_owned());
        assert_eq!(Datadog.extract(&headers, Context::default()), Context::default(), "{name}: {value}");
    }
    assert!(counts::counts().invalid >= before + bad.len() as u64);
    assert_eq!(extracted(&with(&[(TRACE_ID, "8")])), Context::default(), "two that differ");
    let map = written(&with(&[(ORIGIN, "x\r\nSet-Cookie: y"), (TAGS, "_dd.p.a=x\r\nb")]));
    let context = Datadog.extract(&map, Context::default());
    assert_eq!(injected(&context), written(&IDS), "no line can be broken by what is passed on");
}

proptest! {
    #[test]
    fn what_is_injected_is_extracted(
        trace in any::<u128>(), low in 1u64.., span in 1u64.., priority in -1i8..=2, origin in "[a-z]{0,9}",
        tags in prop::collection::btree_map("_dd\\.p\\.[a-s]{1,5}", "[!-+.-~]{1,9}", 0..4),
    ) {
        let tags: Vec<_> = tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let id = TraceId::from_u128(trace << 64 | u128::from(low));
        let span = SpanContext::new(id, SpanId::from_u64(span), TraceFlags::NONE.with_sampled(priority > 0), true);
        let context = Context::new(span).changed(|carried| {
            carried.pass_through.priority = Some(priority);
            carried.pass_through.origin = origin;
            carried.pass_through.datadog_tags = tags.join(",");
        });
        prop_assert_eq!(Datadog.extract(&injected(&context), Context::default()), context);
    }

    #[test]
    fn whatever_comes_nothing_panics(values in prop::collection::vec("([0-9]{1,21}|\\PC{0,20}|_dd.p.tid=[0-9a-f]{16})", 5)) {
        let names = Datadog.fields().iter().map(|name| (*name).to_owned());
        let context = Datadog.extract(&names.zip(values).collect::<HashMap<_, _>>(), Context::default());
        let again = Datadog.extract(&injected(&context), Context::default());
        prop_assert!(!context.is_valid() || again.span_context() == context.span_context());
    }
}
