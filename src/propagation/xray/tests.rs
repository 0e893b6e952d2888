//! The facts of the tracing header of AWS X-Ray, and properties.

use super::*;
use crate::TraceFlags;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use std::collections::HashMap;

const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";
const IDS: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8";

fn extracted(value: &str) -> Context {
    XRay.extract(&carrier(&[value]), Context::default())
}

fn carrier(values: &[&str]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for value in values {
        map.append("X-Amzn-Trace-Id", HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
    }
    map
}

fn injected(context: &Context) -> Option<String> {
    let mut map = HashMap::new();
    XRay.inject(context, &mut map);
    assert!(map.len() <= 1);
    map.remove(HEADER)
}

#[test]
fn fields_come_in_any_order_with_blanks_around_them() {
    for (text, sampled) in [
        (format!("{IDS};Sampled=1"), Some(true)),
        (format!("{IDS};Sampled=0"), Some(false)),
        (format!("{IDS};Sampled=?"), None),
        (IDS.to_owned(), None),
        (format!("Sampled=1; Parent = 53995c3f42cd8ad8 ;\t{ROOT} ;"), Some(true)),
        (format!("Self=1-67891234-12456789abcdef012345678;{IDS};Sampled=1"), Some(true)),
        (format!("sampled=1;{}", IDS.to_uppercase()), Some(true)),
    ] {
        let context = extracted(&text);
        let span = context.span_context();
        assert_eq!(span.trace_id().to_string(), "5759e988bd862e3fe1be46a994272793", "{text}");
        assert_eq!(span.span_id().to_string(), "53995c3f42cd8ad8");
        assert_eq!(context.sampling_decision(), sampled, "{text}");
        assert_eq!(span.trace_flags(), TraceFlags::NONE.with_sampled(sampled == Some(true)));
        let decision = sampled.map_or("", |sampled| if sampled { ";Sampled=1" } else { ";Sampled=0" });
        assert_eq!(injected(&context), Some(format!("{IDS}{decision}")), "{text}");
    }
}

#[test]
fn unknown_fields_are_passed_on_and_self_is_not() {
    let context = extracted(&format!(
        "{IDS};Self=1-x;Sampled=1;Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2;CalledFrom=app"
    ));
    assert_eq!(
        injected(&context),
        Some(format!("{IDS};Sampled=1;Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2;CalledFrom=app"))
    );
}

#[test]
fn the_root_of_a_load_balancer_names_the_trace_and_no_span() {
    for (text, sampled) in [("", None), (";Sampled=0", Some(false)), (";Sampled=1", Some(true))] {
        let header = format!("{ROOT}{text};Lineage=1:0");
        let context = extracted(&format!("Self=1-67891234-12456789abcdef012345678;{header}"));
        let span = context.span_context();
        assert_eq!(span.trace_id().to_string(), "5759e988bd862e3fe1be46a994272793");
        assert_eq!((span.span_id(), context.is_valid()), (SpanId::INVALID, false));
        assert_eq!(context.sampling_decision(), sampled);
        assert_eq!(context.pass_through().xray, "Lineage=1:0");
        assert_eq!(injected(&context), Some(header));
    }
    assert_eq!(injected(&extracted(ROOT)).as_deref(), Some(ROOT));
}

#[test]
fn a_root_alone_does_not_replace_a_span_that_another_format_has_named() {
    let known = extracted(&format!("{IDS};Sampled=1"));
    let other = ROOT.replace("793", "794");
    assert_eq!(XRay.extract(&carrier(&[&format!("{other};Sampled=0")]), known.clone()), known);
}

#[test]
fn the_zeros_of_an_unsampled_trace_are_no_ids_but_its_decision_counts() {
    let zeros = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000";
    for ids in [zeros.to_owned(), format!("{ROOT};Parent=0000000000000000")] {
        for header in [format!("{ids};Sampled=0;Lineage=1:0"), format!("Lineage=1:0;Sampled=0;{ids}")] {
            let context = extracted(&header);
            assert_eq!((context.is_valid(), context.sampling_decision()), (false, Some(false)), "{header}");
            assert_eq!(context.pass_through().xray, "Lineage=1:0");
        }
    }
    for bad in [zeros.to_owned(), format!("{zeros};Sampled=1"), format!("{zeros};Sampled=?")] {
        assert_eq!(extracted(&bad), Context::default(), "{bad}");
    }
}

#[test]
fn what_is_malformed_is_ignored_as_a_whole() {
    let before = counts::counts().invalid;
    let bad = [
        "Root".to_owned(),
        format!("{IDS};junk"),
        format!("{IDS};Sampled=yes"),
        format!("{IDS};Sampled=2"),
        format!("{IDS};{ROOT}"),
        format!("{IDS};Parent=53995c3f42cd8ad8"),
        IDS.replace("1-", "2-"),
        IDS.replace("5759e988-", "5759e9880"),
        IDS.replace("5759e988-", "5759e98-8"),
        IDS.replace("793;", "79;"),
        IDS.replace("793;", "7933;"),
        IDS.replace("793;", "79x;"),
        IDS.replace("793;", "79é;"),
        IDS.replace("8ad8", "8ad"),
        IDS.replace("53995c3f42cd8ad8", "0000000000000000"),
        format!("Root=1-{}-{};Parent=53995c3f42cd8ad8", "0".repeat(8), "0".repeat(24)),
        "Root=;Parent=;Sampled=1".to_owned(),
        "x".repeat(64 << 10),
    ];
    for text in &bad {
        assert_eq!(extracted(text), Context::default(), "{text:?}");
    }
    assert!(counts::counts().invalid >= before + bad.len() as u64);
    let other = IDS.replace("8ad8", "8ad9");
    assert_eq!(XRay.extract(&carrier(&[IDS, &other]), Context::default()), Context::default());
    assert!(XRay.extract(&carrier(&[IDS, IDS]), Context::default()).is_valid());
}

#[test]
fn what_is_passed_on_is_bounded_and_can_break_no_line() {
    let many: String = (0..10_000).map(|n| format!(";k{n}=v")).collect();
    let context = extracted(&format!("{IDS}{many}"));
    let kept = &context.pass_through().xray;
    assert!(kept.len() <= MAX_OTHERS && kept.starts_with("k0=v;k1=v;") && kept.ends_with("=v"), "{kept}");
    let huge = extracted(&format!("{IDS};a={};b=1", "v".repeat(64 << 10)));
    assert_eq!(huge.pass_through().xray, "");
    let map = HashMap::from([(HEADER.to_owned(), format!("{IDS};Evil=x\r\nSet-Cookie: y;Ünicode=1;ok=1"))]);
    assert_eq!(XRay.extract(&map, Context::default()).pass_through().xray, "ok=1");
}

proptest! {
    #[test]
    fn what_is_injected_is_extracted(trace in 1u128.., span in 1u64.., state in 0usize..3, lineage in "[0-9a-f:|]{0,40}") {
        let state = ["", ";Sampled=0", ";Sampled=1"][state];
        let text = format!("Root=1-{:08x}-{:024x};Parent={span:016x}{state};Lineage={lineage}", trace >> 96, trace & (u128::MAX >> 32));
        let context = extracted(&text);
        prop_assert_eq!(injected(&context), Some(text));
    }

    #[test]
    fn whatever_comes_nothing_panics(text in "(Root|Parent|Sampled|Self|\\PC|;|=|1-|[0-9a-f]{8})*") {
        let map = HashMap::from([(HEADER.to_owned(), text)]);
        let context = XRay.extract(&map, Context::default());
        if let Some(header) = injected(&context) {
            let map = HashMap::from([(HEADER.to_owned(), header)]);
            prop_assert_eq!(XRay.extract(&map, Context::default()), context);
        }
    }
}
