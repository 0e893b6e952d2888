//! The facts of Jaeger's propagation format, and properties.

use super::*;
use crate::TraceFlags;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use std::collections::HashMap;

const IDS: &str = "4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7";

fn extracted(headers: &[(&'static str, &str)]) -> Context {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
    }
    Jaeger.extract(&map, Context::default())
}

fn header(value: &str) -> Context {
    extracted(&[(HEADER, value)])
}

fn injected(context: &Context) -> HashMap<String, String> {
    let mut map = HashMap::new();
    Jaeger.inject(context, &mut map);
    map
}

#[test]
fn flags_are_hex_bits_of_which_debug_implies_sampled() {
    for (flags, sampled, debug) in [
        ("0", false, false),
        ("1", true, false),
        ("01", true, false),
        ("2", true, true),
        ("3", true, true),
        ("4", false, false),
        ("08", false, false),
        ("fF", true, true),
    ] {
        let context = header(&format!("{IDS}:0:{flags}"));
        let said = (context.sampling_decision(), context.pass_through().debug);
        assert_eq!(said, (Some(sampled), debug), "{flags}");
        assert_eq!(context.span_context().trace_flags(), TraceFlags::NONE.with_sampled(sampled), "{flags}");
    }
}

#[test]
fn shorter_ids_are_padded_on_the_left_and_colons_may_be_coded() {
    for (text, trace, span) in [
        (format!("{IDS}:0:1"), "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"),
        (IDS.to_uppercase() + ":0:1", "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"),
        (
            "a3ce929d0e0e4736:f067aa0ba902b7:0:1".to_owned(),
            "0000000000000000a3ce929d0e0e4736",
            "00f067aa0ba902b7",
        ),
        ("1:2::1".to_owned(), "00000000000000000000000000000001", "0000000000000002"),
        ("1:2:3:1".to_owned(), "00000000000000000000000000000001", "0000000000000002"),
        ("1%3A2%3a0%3A1".to_owned(), "00000000000000000000000000000001", "0000000000000002"),
    ] {
        let span_context = header(&text).span_context();
        assert_eq!(
            (span_context.trace_id().to_string().as_str(), span_context.span_id().to_string().as_str()),
            (trace, span),
            "{text}"
        );
        assert!(span_context.is_remote());
    }
}

#[test]
fn what_is_malformed_is_ignored_as_a_whole() {
    let before = counts::counts().invalid;
    let bad = [
        "",
        ":",
        ":::",
        "1:2:0",
        "1:2:0:",
        "1:2:0:100",
        "1:2:0:x",
        "1:2:0:1:1",
        "0:2:0:1",
        "1:0:0:1",
        ":2:0:1",
        "1::0:1",
        "1:2:x:1",
        "g:2:0:1",
        "+1:2:0:1",
        "é:2:0:1",
        "1:2:0:-1",
        "%:2:0:1",
        "1:2 :0:1",
        &format!("0{IDS}:0:1"),
        &format!("1:{}:0:1", "0".repeat(17)),
        &"1:".repeat(32 << 10),
    ];
    for text in bad {
        assert_eq!(header(text), Context::default(), "{text:?}");
    }
    assert!(counts::counts().invalid >= before + bad.len() as u64);
    let two = [(HEADER, "1:2:0:1"), (HEADER, "1:3:0:1")];
    assert_eq!(extracted(&two), Context::default());
}

#[test]
fn what_is_written_has_full_ids_and_no_parent() {
    let context = header("a:b:c:1");
    let expected = format!("{:032x}:{:016x}:0:1", 10, 11);
    assert_eq!(injected(&context), HashMap::from([(HEADER.to_owned(), expected)]));
    assert!(injected(&header(&format!("{IDS}:0:2")))[HEADER].ends_with(":0:3"), "debug goes with sampled");
    assert!(injected(&header(&format!("{IDS}:0:0")))[HEADER].ends_with(":0:0"));
    assert_eq!(injected(&Context::default()), HashMap::new());
}

#[test]
fn baggage_is_headers_of_their_own_url_encoded() {
    let context =
        extracted(&[(HEADER, "1:2:0:1"), ("uberctx-a", "x%20y+z%2B"), ("Uberctx-B", "2"), ("other", "3")]);
    let expected = [("a", "x y z+".into()), ("b", "2".into())];
    assert_eq!(context.baggage().iter().collect::<Vec<_>>(), expected);
    let headers = injected(&context);
    assert_eq!((headers["uberctx-a"].as_str(), headers["uberctx-b"].as_str()), ("x%20y%20z%2B", "2"));
    let again = Jaeger.extract(&headers, Context::default());
    assert_eq!(again.baggage().get("a"), context.baggage().get("a"));
    assert_eq!((again.baggage().len(), again.baggage().get("b").as_deref()), (2, Some("2")));
    let alone = extracted(&[("uberctx-correlation.id", "me")]);
    assert_eq!((alone.is_valid(), alone.correlation_id().map(|id| id.as_str())), (false, Some("me")));
}

#[test]
fn baggage_headers_are_bounded_and_bad_ones_ignored() {
    let mut map = HashMap::new();
    for n in 0..10_000 {
        map.insert(format!("uberctx-k{n}"), "v".to_owned());
    }
    map.insert("uberctx-".to_owned(), "no name".to_owned());
    map.insert(format!("uberctx-{}", "x".repeat(64 << 10)), "v".to_owned());
    map.insert("ubérctx-a".to_owned(), "v".to_owned());
    let context = Jaeger.extract(&map, Context::default());
    assert!((1..=64).contains(&context.baggage().len()), "{}", context.baggage().len());
    let two = extracted(&[("uberctx-a", "1"), ("uberctx-a", "2"), ("uberctx-b", "3")]);
    assert_eq!(two.baggage().as_str(), "b=3");
}

#[test]
fn line_breaks_in_values_are_coded_before_they_reach_a_header() {
    let mut baggage = Baggage::EMPTY;
    baggage.insert("a", "x\r\nSet-Cookie: y").expect("values may hold anything");
    let headers = injected(&Context::default().with_baggage(baggage));
    assert_eq!(headers["uberctx-a"], "x%0D%0ASet-Cookie%3A%20y");
}

proptest! {
    #[test]
    fn what_is_injected_is_extracted(
        trace in 1u128.., span in 1u64.., flags in prop::sample::select(vec![0, 1, 3]),
        baggage in prop::collection::btree_map("[a-z0-9.-]{1,9}", ".{0,20}", 0..9),
    ) {
        let mut context = header(&format!("{trace:x}:{span:x}:0:{flags}"));
        for (name, value) in &baggage {
            let mut all = context.baggage().clone();
            all.insert(name, value).expect("it fits");
            context = context.with_baggage(all);
        }
        let again = Jaeger.extract(&injected(&context), Context::default());
        let mut values = again.baggage().iter().collect::<Vec<_>>();
        values.sort();
        let expected: Vec<_> = baggage.iter().map(|(k, v)| (k.as_str(), v.as_str().into())).collect();
        prop_assert_eq!(values, expected);
        prop_assert_eq!(again.with_baggage(Baggage::EMPTY), context.with_baggage(Baggage::EMPTY));
    }

    #[test]
    fn whatever_comes_nothing_panics(id in "\\PC{0,60}", name in "\\PC{0,12}", value in "\\PC{0,20}") {
        let map = HashMap::from([(HEADER.to_owned(), id), (format!("uberctx-{name}"), value)]);
        let context = Jaeger.extract(&map, Context::default());
        let _ = injected(&context);
    }
}
