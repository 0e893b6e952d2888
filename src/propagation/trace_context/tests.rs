//! The facts of the W3C test suite (level 2, strict), and properties.

use super::*;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use std::collections::HashMap;

const TRACE: &str = "12345678901234567890123456789012";
const VALID: &str = "00-12345678901234567890123456789012-1234567890123456-01";

fn extracted(headers: &[(&'static str, &str)]) -> Context {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
    }
    TraceContext.extract(&map, Context::default())
}

fn traceparent(value: &str) -> Option<SpanContext> {
    let context = extracted(&[("traceparent", value)]);
    context.is_valid().then(|| context.span_context())
}

fn tracestate(headers: &[&str]) -> String {
    let mut all = vec![("traceparent", VALID)];
    all.extend(headers.iter().map(|header| ("tracestate", *header)));
    let context = extracted(&all);
    assert_eq!(context.span_context().trace_id().to_string(), TRACE);
    context.trace_state().to_string()
}

fn injected(context: &Context) -> HeaderMap {
    let mut map = HeaderMap::new();
    TraceContext.inject(context, &mut map);
    map
}

#[test]
fn a_traceparent_is_read_as_a_remote_context() {
    let span = traceparent(VALID).expect("valid");
    assert_eq!(span.trace_id().to_string(), TRACE);
    assert_eq!(span.span_id().to_string(), "1234567890123456");
    assert!(span.is_sampled() && span.is_remote() && !span.trace_flags().is_random());
}

#[test]
fn a_missing_or_misnamed_traceparent_is_no_context_and_its_tracestate_is_dropped() {
    for headers in
        [&[][..], &[("trace-parent", VALID)], &[("trace.parent", VALID)], &[("tracestate", "foo=1")]]
    {
        assert_eq!(extracted(headers), Context::default());
    }
}

#[test]
fn two_traceparents_are_none_even_if_they_are_the_same() {
    let other = VALID.replace("9012-", "9011-");
    assert!(!extracted(&[("traceparent", VALID), ("traceparent", &other)]).is_valid());
    assert!(!extracted(&[("traceparent", VALID), ("traceparent", VALID)]).is_valid());
    assert!(!extracted(&[("traceparent", &format!("{VALID},{VALID}"))]).is_valid());
}

#[test]
fn a_header_name_may_be_spelt_in_any_case() {
    for name in ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"] {
        let map = HashMap::from([
            (name.to_owned(), VALID.to_owned()),
            ("TRACESTATE".to_owned(), "foo=1".to_owned()),
        ]);
        let context = TraceContext.extract(&map, Context::default());
        assert_eq!((context.is_valid(), context.trace_state().get("foo")), (true, Some("1")));
    }
}

#[test]
fn version_00_has_nothing_after_its_flags() {
    for rest in [".", "-", "-what-the-future-will-be-like", "0"] {
        assert_eq!(traceparent(&format!("{VALID}{rest}")), None, "{rest}");
    }
}

#[test]
fn a_higher_version_is_read_as_00_and_may_go_on_after_a_dash() {
    let body = &VALID[2..];
    for good in [
        format!("cc{body}"),
        format!("cc{body}-what-the-future-will-be-like"),
        format!("01{body}-"),
        format!("fe{body}"),
    ] {
        assert_eq!(traceparent(&good), traceparent(VALID), "{good}");
    }
    for bad in [
        format!("cc{body}.what-the-future-will-be-like"),
        format!("cc{body}0"),
        format!("cc{}", &body[..52]),
        format!("ff{body}"),
        format!("ff{body}-x"),
    ] {
        assert_eq!(traceparent(&bad), None, "{bad}");
    }
}

#[test]
fn fields_of_the_wrong_length_characters_or_value_are_refused() {
    let (t, p) = (TRACE, "1234567890123456");
    for bad in [
        format!(".0-{t}-{p}-01"),
        format!("0.-{t}-{p}-01"),
        format!("000-{t}-{p}-01"),
        format!("0000-{t}-{p}-01"),
        format!("0-{t}-{p}-01"),
        format!("00-{}-{p}-01", "0".repeat(32)),
        format!("00-.{}-{p}-01", &t[1..]),
        format!("00-{}.-{p}-01", &t[1..]),
        format!("00-{t}3-{p}-01"),
        format!("00-{}-{p}-01", &t[1..]),
        format!("00-{t}-{}-01", "0".repeat(16)),
        format!("00-{t}-.{}-01", &p[1..]),
        format!("00-{t}-{}.-01", &p[1..]),
        format!("00-{t}-{p}7-01"),
        format!("00-{t}-{}-01", &p[1..]),
        format!("00-{t}-{p}-.0"),
        format!("00-{t}-{p}-0."),
        format!("00-{t}-{p}-001"),
        format!("00-{t}-{p}-1"),
        format!("00_{t}_{p}_01"),
        format!("00-{t}-{p}"),
        format!("00 {t} {p} 01"),
        String::new(),
    ] {
        assert_eq!(traceparent(&bad), None, "{bad:?}");
    }
}

#[test]
fn upper_case_hex_is_refused() {
    let lower = "00-abcdef78901234567890123456789012-abcdef7890123456-01";
    assert!(traceparent(lower).is_some());
    for (at, c) in lower.char_indices().filter(|(_, c)| c.is_ascii_lowercase()) {
        let mut bad = lower.to_owned();
        bad.replace_range(at..=at, &c.to_uppercase().to_string());
        assert_eq!(traceparent(&bad), None, "{bad}");
    }
    assert_eq!(traceparent(&VALID.replace("-01", "-0A")), None);
    assert_eq!(traceparent(&VALID.replacen("00", "CC", 1)), None);
}

#[test]
fn blanks_around_a_traceparent_are_trimmed() {
    for (before, after) in [(" ", ""), ("\t", ""), ("", " "), ("", "\t"), ("\t ", " \t")] {
        assert_eq!(traceparent(&format!("{before}{VALID}{after}")), traceparent(VALID));
    }
    let map = HashMap::from([("traceparent".to_owned(), format!("{VALID}\n"))]);
    assert!(!TraceContext.extract(&map, Context::default()).is_valid());
}

#[test]
fn only_the_flags_that_are_defined_are_read_and_sent() {
    for (sent, read) in [("00", 0), ("01", 1), ("02", 2), ("03", 3), ("ff", 3), ("fc", 0)] {
        let span = traceparent(&format!("{}{sent}", &VALID[..53])).expect("valid");
        assert_eq!(span.trace_flags().to_u8(), read, "{sent}");
    }
    let odd = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::from_u8(0xff), false);
    let map = injected(&Context::new(odd));
    assert_eq!(map["traceparent"], "00-00000000000000000000000000000001-0000000000000002-03");
}

#[test]
fn tracestate_headers_are_combined_in_order_and_empty_ones_ignored() {
    assert_eq!(tracestate(&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"]), "foo=1,bar=2,rojo=1,congo=2,baz=3");
    assert_eq!((tracestate(&[]), tracestate(&[""]), tracestate(&["", ""])), Default::default());
    assert_eq!(
        (tracestate(&["foo=1", ""]), tracestate(&["", "foo=1"])),
        ("foo=1".to_owned(), "foo=1".to_owned())
    );
    assert_eq!(tracestate(&["foo=1", "foo=2"]), "foo=1");
}

#[test]
fn a_malformed_tracestate_is_dropped_whole_and_the_traceparent_stays() {
    let members = |n| (1..=n).map(|i| format!("bar{i:02}={i:02}")).collect::<Vec<_>>().join(",");
    assert_eq!(tracestate(&[&members(32)]), members(32));
    for bad in [
        "foo =1",
        "FOO=1",
        "foo.bar=1",
        "@foo=1,bar=2",
        "foo=bar=baz",
        "foo=,bar=3",
        "foo",
        "foo=\u{e9}",
        &members(33),
    ] {
        assert_eq!(tracestate(&[bad]), "", "{bad}");
        assert_eq!(tracestate(&["ok=1", bad]), "", "{bad}");
    }
}

#[test]
fn an_invalid_context_writes_nothing() {
    let no_ids = Context::default().with_trace_state("a=1".parse().expect("valid"));
    assert!(injected(&no_ids).is_empty());
    assert!(injected(&Context::default()).is_empty());
}

#[test]
fn injecting_replaces_what_another_trace_left_in_the_carrier() {
    let mut map = HeaderMap::new();
    map.append("traceparent", HeaderValue::from_static("stale"));
    map.append("tracestate", HeaderValue::from_static("stale=1"));
    TraceContext.inject(&extracted(&[("traceparent", VALID)]), &mut map);
    assert_eq!((&map["traceparent"], map.len()), (&HeaderValue::from_static(VALID), 1));
}

#[test]
fn a_long_tracestate_is_sent_shortened_by_whole_members() {
    let mut state = TraceState::EMPTY;
    for n in 0..32 {
        state.insert(&format!("key{n}"), &"v".repeat(30)).expect("valid");
    }
    let map = injected(&extracted(&[("traceparent", VALID)]).with_trace_state(state.clone()));
    let sent = map["tracestate"].to_str().expect("text");
    assert!(sent.len() <= 512 && sent.len() > 470 && state.to_string().starts_with(sent));
}

#[test]
fn what_fails_leaves_the_base_and_what_succeeds_replaces_it() {
    let base = extracted(&[("traceparent", VALID), ("tracestate", "a=1")]);
    let mut map = HeaderMap::new();
    assert_eq!(TraceContext.extract(&map, base.clone()), base);
    map.insert(
        "traceparent",
        HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"),
    );
    let replaced = TraceContext.extract(&map, base);
    assert_eq!(replaced.span_context().trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!((replaced.sampling_decision(), replaced.carried()), (Some(false), None));
}

fn any_context() -> impl Strategy<Value = Context> {
    let member = ("[a-z0-9][a-z0-9_*/@-]{0,12}", "[ !-+\\--<>-~]{0,20}[!-+\\--<>-~]");
    (1..=u128::MAX, 1..=u64::MAX, 0..=3u8, proptest::collection::vec(member, 0..12)).prop_map(
        |(trace, span, flags, members)| {
            let mut state = TraceState::EMPTY;
            for (key, value) in members {
                state.insert(&key, &value).expect("the strategy follows the grammar");
            }
            let flags = TraceFlags::from_u8(flags);
            let span = SpanContext::new(TraceId::from_u128(trace), SpanId::from_u64(span), flags, true);
            Context::new(span).with_trace_state(state)
        },
    )
}

proptest! {
    #[test]
    fn what_is_injected_is_extracted(context in any_context()) {
        let map = injected(&context);
        prop_assert_eq!(TraceContext.extract(&map, Context::default()), context.clone());
        let mut strings = HashMap::new();
        TraceContext.inject(&context, &mut strings as &mut HashMap<String, String>);
        prop_assert_eq!(TraceContext.extract(&strings, Context::default()), context);
    }

    #[test]
    fn arbitrary_bytes_never_panic(parent in any::<Vec<u8>>(), states in any::<Vec<Vec<u8>>>()) {
        let span = read_traceparent(&parent);
        prop_assert!(span.is_none_or(|span| span.is_valid()));
        let mut reader = TraceStateReader::new();
        states.iter().for_each(|state| reader.read(state));
        if let Ok(state) = reader.finish() {
            prop_assert_eq!(state.to_string().parse(), Ok(state));
        }
    }

    #[test]
    fn one_changed_byte_never_panics_and_never_yields_an_invalid_context(at in 0..55usize, byte: u8) {
        let mut header = VALID.as_bytes().to_vec();
        header[at] = byte;
        let allowed = byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte) || byte == VALID.as_bytes()[at];
        let span = read_traceparent(&header);
        prop_assert!(span.is_none() || allowed);
    }

    #[test]
    fn nearly_valid_tracestates_never_panic(text in "[a-cA=, \\t@;]{0,80}") {
        let mut map = HashMap::from([("traceparent".to_owned(), VALID.to_owned())]);
        map.insert("tracestate".to_owned(), text);
        let context = TraceContext.extract(&map, Context::default());
        prop_assert!(context.is_valid());
        prop_assert!(context.trace_state().iter().all(|(key, value)| !key.is_empty() && !value.is_empty()));
    }
}
