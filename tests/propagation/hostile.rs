//! Headers that nobody should send.

use crate::headers::{ALL, extracted, headers, injected};
use std::time::{Duration, Instant};
use throughline::propagation::{Format, Propagator, counts};
use throughline::{Baggage, Context};

/// Names that some format looks at.
const NAMES: [&str; 17] = [
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-flags",
    "uber-trace-id",
    "uberctx-a",
    "x-amzn-trace-id",
    "x-datadog-trace-id",
    "x-datadog-parent-id",
    "x-datadog-sampling-priority",
    "x-datadog-origin",
    "x-datadog-tags",
];

#[test]
fn headers_of_64_kib_are_ignored_and_cost_little() {
    let begun = Instant::now();
    for fill in ["a", "1", "0", "=", ",", ";", ":", "-", "%", "a=1,", "a=%20;b,", "k=v;", "é", " "] {
        let value = fill.repeat((64 << 10) / fill.len());
        let all: Vec<_> = NAMES.iter().map(|name| (*name, value.as_str())).collect();
        let context = extracted(&ALL, &headers(&all));
        assert!(!context.is_valid(), "{fill:?}");
        let written = injected(&ALL, &context);
        assert!(written.values().all(|value| value.len() <= 8192), "{fill:?}");
    }
    // Far more than it takes even in a debug build on a busy machine; a quadratic reader takes minutes.
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn ten_thousand_entries_of_baggage_are_cut_to_what_the_specification_asks_for_and_counted() {
    let before = counts().dropped_baggage;
    let many: Vec<_> = (0..10_000).map(|n| format!("k{n}=v")).collect();
    let context = extracted(&ALL, &headers(&[("baggage", &many.join(","))]));
    assert_eq!(context.baggage().len(), 64);
    assert_eq!(context.baggage().iter().next(), Some(("k0", "v".into())));
    assert!(counts().dropped_baggage >= before + 9_936);
    let one_each: Vec<_> = many.iter().map(|member| ("baggage", member.as_str())).collect();
    assert_eq!(extracted(&[Format::Baggage], &headers(&one_each)), context);
}

#[test]
fn a_value_that_would_break_a_header_is_coded_wherever_it_goes() {
    let mut baggage = Baggage::EMPTY;
    baggage.insert("a", "x\r\nSet-Cookie: evil=1").expect("any value is legal");
    let context = Context::default().with_baggage(baggage);
    for format in ALL {
        let mut pairs = Vec::<(String, String)>::new();
        format.inject(&context, &mut pairs);
        assert!(!pairs.iter().any(|(_, value)| value.contains(['\r', '\n'])), "{format:?}: {pairs:?}");
        let mut again = extracted(&[format], &headers(&[]));
        again = format.extract(&pairs, again);
        if matches!(format, Format::Baggage | Format::Jaeger) {
            assert_eq!(again.baggage().get("a").as_deref(), Some("x\r\nSet-Cookie: evil=1"));
        }
    }
}

#[test]
fn what_came_with_line_breaks_is_not_passed_on() {
    let evil = "x\r\nSet-Cookie: evil=1";
    let pair = |(name, value): (&str, String)| (name.to_owned(), value);
    let carrier: Vec<_> = [
        ("traceparent", format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01{evil}")),
        ("tracestate", format!("a={evil}")),
        ("baggage", format!("a={evil},b=1;{evil}")),
        ("b3", evil.to_owned()),
        ("uberctx-c", evil.to_owned()),
        (
            "x-amzn-trace-id",
            format!("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;a={evil}"),
        ),
        ("x-datadog-trace-id", "7".to_owned()),
        ("x-datadog-parent-id", "8".to_owned()),
        ("x-datadog-origin", evil.to_owned()),
        ("x-datadog-tags", format!("_dd.p.a={evil}")),
    ]
    .into_iter()
    .map(pair)
    .collect();
    let context = ALL.iter().fold(Context::default(), |base, format| format.extract(&carrier, base));
    let mut written = Vec::<(String, String)>::new();
    ALL.iter().for_each(|format| format.inject(&context, &mut written));
    assert!(!written.is_empty());
    assert!(!written.iter().any(|(_, value)| value.contains(['\r', '\n'])), "{written:?}");
}

#[test]
fn upper_case_ids_of_zero_and_future_versions_are_what_each_specification_says() {
    let (zero, upper) = ("0".repeat(32), "4BF92F3577B34DA6A3CE929D0E0E4736");
    let (id, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    for (format, name, value, valid) in [
        (Format::TraceContext, "traceparent", format!("00-{upper}-{span}-01"), false),
        (Format::TraceContext, "traceparent", format!("00-{zero}-{span}-01"), false),
        (Format::TraceContext, "traceparent", format!("ff-{id}-{span}-01"), false),
        (Format::TraceContext, "traceparent", format!("01-{id}-{span}-01-more"), true),
        (Format::TraceContext, "traceparent", format!("00-{id}-{span}-01-more"), false),
        (Format::B3, "b3", format!("{upper}-{span}-1"), false),
        (Format::B3, "b3", format!("{zero}-{span}-1"), false),
        (Format::Jaeger, "uber-trace-id", format!("{upper}:{span}:0:1"), true),
        (Format::Jaeger, "uber-trace-id", format!("{zero}:{span}:0:1"), false),
        (
            Format::XRay,
            "x-amzn-trace-id",
            format!("Root=1-{}-{};Parent={span}", &upper[..8], &upper[8..]),
            true,
        ),
        (
            Format::XRay,
            "x-amzn-trace-id",
            format!("Root=1-{}-{};Parent={span}", &zero[..8], &zero[8..]),
            false,
        ),
        (Format::XRay, "x-amzn-trace-id", format!("Root=2-{}-{};Parent={span}", &id[..8], &id[8..]), false),
    ] {
        assert_eq!(extracted(&[format], &headers(&[(name, &value)])).is_valid(), valid, "{value}");
    }
}

#[test]
fn what_is_ignored_is_counted() {
    let before = counts().invalid;
    for (format, name) in [
        (Format::TraceContext, "traceparent"),
        (Format::TraceContext, "tracestate"),
        (Format::Baggage, "baggage"),
        (Format::B3, "b3"),
        (Format::B3Multi, "x-b3-sampled"),
        (Format::Jaeger, "uber-trace-id"),
        (Format::XRay, "x-amzn-trace-id"),
        (Format::Datadog, "x-datadog-trace-id"),
    ] {
        let once = counts().invalid;
        let valid = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let request: &[_] =
            if name == "tracestate" { &[valid, (name, "BAD")] } else { &[(name, "bad junk")] };
        let _ = extracted(&[format], &headers(request));
        assert!(counts().invalid > once, "{name}");
    }
    assert!(counts().invalid >= before + 8);
}
