//! The trace in a comment of a query.

use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::HashMap;
use throughline::db::{query_span, with_traceparent};
use throughline::propagation::{extract, inject_context};
use throughline::testing::{Capture, capture};
use throughline::{Context, SpanContext, SpanExt, SpanId, TraceFlags, TraceId};

/// The query as it is sent to the system.
fn sent(system: &str, query: &str) -> String {
    let capture = Capture::new();
    capture.run(|| with_traceparent(&query_span(system, query), system, query).into_owned())
}

#[test]
fn the_context_of_the_span_is_at_the_end() {
    capture(|| {
        let span = query_span("postgresql", "SELECT 1");
        let mut headers = HashMap::new();
        inject_context(&span.context(), &mut headers);
        let expected = format!("SELECT 1 /*traceparent='{}'*/", headers["traceparent"]);
        assert_eq!(with_traceparent(&span, "postgresql", "SELECT 1"), expected);
        assert_eq!(with_traceparent(&span, "postgresql", "SELECT 1 ;\n"), format!("{expected} ;\n"));
    });
}

#[test]
fn a_command_has_no_comments() {
    assert_eq!(sent("redis", "SET k v"), "SET k v");
}

#[test]
fn a_trace_state_is_percent_coded_after_it() {
    let ids = SpanContext::new(TraceId::from_u128(0xabc), SpanId::from_u64(7), TraceFlags::SAMPLED, true);
    let state = "a=t'1*/~,b@c=x y".parse().expect("it is valid");
    let parent = Context::new(ids).with_trace_state(state);
    capture(|| {
        let span = query_span("mysql", "SELECT 1");
        span.set_parent(parent).expect("it is new");
        let query = with_traceparent(&span, "mysql", "SELECT 1").into_owned();
        let end = "-01',tracestate='a%3Dt%271%2A%2F~%2Cb%40c%3Dx%20y'*/";
        assert!(query.starts_with("SELECT 1 /*traceparent='00-00000000000000000000000000000abc-"), "{query}");
        assert!(query.ends_with(end), "{query}");
    });
}

#[test]
fn a_query_that_has_a_comment_stays_as_it_is() {
    for query in [
        "SELECT 1 -- one",
        "SELECT 1 /* one */",
        "/*+ INDEX(t) */ SELECT 1",
        "SELECT '--'",
        "SELECT '/*'",
        "SELECT 1 /*traceparent='00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'*/",
        "",
        " ; ",
    ] {
        assert_eq!(sent("postgresql", query), query);
    }
    assert_eq!(sent("mysql", "SELECT 1 # one"), "SELECT 1 # one");
    assert_eq!(sent("other_sql", "SELECT 1 # one"), "SELECT 1 # one");
    assert!(sent("postgresql", "SELECT a #> '{x}'").ends_with("'*/"));
}

#[test]
fn a_query_of_a_span_that_is_not_recorded_stays_as_it_is() {
    let query = with_traceparent(&query_span("postgresql", "SELECT 1"), "postgresql", "SELECT 1");
    assert!(matches!(query, Cow::Borrowed("SELECT 1")));
}

proptest! {
    #[test]
    fn what_is_sent_is_the_query_and_one_comment(query in "[a-zA-Z'\"$;é\n \\-/*#]{0,40}") {
        let sent = sent("postgresql", &query);
        let end = query.trim_end_matches(|c: char| c == ';' || c.is_ascii_whitespace()).len();
        if query.contains("--") || query.contains("/*") || end == 0 {
            prop_assert_eq!(sent, query);
        } else {
            let comment = sent.strip_prefix(&query[..end]).and_then(|rest| rest.strip_suffix(&query[end..]));
            let header = comment.and_then(|text| text.strip_prefix(" /*traceparent='")?.strip_suffix("'*/"));
            let headers = HashMap::from([("traceparent".to_owned(), header.unwrap_or_default().to_owned())]);
            prop_assert!(extract(&headers).is_valid(), "{}", sent);
        }
    }
}
