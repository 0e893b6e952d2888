//! Carriers of bytes, in which a name may be there several times: headers of Kafka, for one.

use crate::support::{bare, record};
use throughline::propagation::{self, Extract, Inject};
use throughline::{Context, SpanExt, baggage};
use tracing::info_span;

/// Names and values in the order in which they were put there.
#[derive(Default)]
struct Bytes(Vec<(String, Vec<u8>)>);

impl Bytes {
    fn of(headers: &[(&str, &[u8])]) -> Bytes {
        Bytes(headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect())
    }
}

impl Extract for Bytes {
    fn each_value<'a>(&'a self, key: &str, each: &mut dyn FnMut(&'a [u8])) {
        let of_name = self.0.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key));
        of_name.for_each(|(_, value)| each(value));
    }

    fn each_name<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.0.iter().for_each(|(name, _)| each(name));
    }
}

/// Can only append, as producers of messages do.
impl Inject for Bytes {
    fn set(&mut self, key: &str, value: &str) {
        self.0.push((key.to_owned(), value.as_bytes().to_vec()));
    }
}

const TRACEPARENT: &[u8] = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const OTHER: &[u8] = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-01";

fn extracted(headers: &[(&str, &[u8])]) -> Context {
    propagation::extract(&Bytes::of(headers))
}

#[test]
fn what_was_appended_comes_out_again() {
    record(bare(), || {
        let span = info_span!("send").entered();
        baggage::set("tenant", "\u{c4} 1").expect("there is a span");
        let mut bytes = Bytes::default();
        propagation::inject(&mut bytes);
        let context = propagation::extract(&bytes);
        assert_eq!(context.span_context().span_id(), span.context().span_context().span_id());
        assert_eq!(context.baggage().get("tenant").as_deref(), Some("\u{c4} 1"));
        // The message is forwarded: another context is appended, and nobody can know which one is meant.
        info_span!("forward").in_scope(|| propagation::inject(&mut bytes));
        assert!(!propagation::extract(&bytes).is_valid());
    });
}

#[test]
fn several_values_are_one_list_where_the_format_is_a_list() {
    let context = extracted(&[
        ("traceparent", TRACEPARENT),
        ("tracestate", b"a=1"),
        ("Tracestate", b"b=2"),
        ("baggage", b"x=1"),
        ("baggage", b"y=2"),
    ]);
    assert!(context.is_valid());
    assert_eq!(context.trace_state().to_string(), "a=1,b=2");
    assert_eq!(
        (context.baggage().get("x").as_deref(), context.baggage().get("y").as_deref()),
        (Some("1"), Some("2"))
    );
}

#[test]
fn several_parents_are_none() {
    assert!(!extracted(&[("traceparent", TRACEPARENT), ("traceparent", OTHER)]).is_valid());
    assert!(!extracted(&[("traceparent", TRACEPARENT), ("TraceParent", TRACEPARENT)]).is_valid());
}

#[test]
fn values_that_are_no_text_are_passed_over_alone() {
    let context = extracted(&[
        ("traceparent", TRACEPARENT),
        ("tracestate", b"\xff\xfe=1"),
        ("baggage", b"a=\xff,b=2"),
        ("baggage", b"\x00\xff"),
        ("baggage", b"c=3"),
        ("x-correlation-id", b"\xff"),
        ("\u{e4}", b"\xff"),
    ]);
    assert!(context.is_valid(), "what is malformed beside it does not touch the parent");
    assert_eq!(context.trace_state().to_string(), "");
    assert_eq!(context.baggage().get("c").as_deref(), Some("3"));
    for hostile in [&b""[..], b"\xff", b"\x00", &[b'0'; 70_000]] {
        assert!(!extracted(&[("traceparent", hostile)]).is_valid());
    }
}
