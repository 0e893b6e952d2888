//! The propagators of a process: chosen by code, by the variable, of the program's own.

use crate::child::alone;
use std::collections::HashMap;
use throughline::propagation::{self, Extract, Format, Inject, Propagator};
use throughline::{Context, SpanContext, SpanId, TraceFlags, TraceId};

const VARIABLE: &str = "OTEL_PROPAGATORS";

/// One header with a span id in decimal.
struct Decimal;

impl Propagator for Decimal {
    fn inject(&self, context: &Context, carrier: &mut dyn Inject) {
        carrier.set("x-decimal", &context.span_context().span_id().to_u64().to_string());
    }

    fn extract(&self, carrier: &dyn Extract, base: Context) -> Context {
        let mut id = None;
        carrier.each_value("x-decimal", &mut |value| {
            id = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        });
        let Some(id) = id else { return base };
        let span = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(id), TraceFlags::SAMPLED, true);
        base.with_span_context(span)
    }

    fn fields(&self) -> &[&'static str] {
        &["x-decimal"]
    }
}

fn written() -> Vec<String> {
    let span = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED, true);
    let context = Context::new(span).with_correlation_id("me".parse().expect("valid"));
    let mut headers = HashMap::<String, String>::new();
    propagation::inject_context(&context, &mut headers);
    let mut names: Vec<_> = headers.into_keys().collect();
    names.sort();
    names
}

#[test]
fn code_comes_before_the_variable_and_a_propagator_of_the_programs_own_comes_last() {
    let name = "process::code_comes_before_the_variable_and_a_propagator_of_the_programs_own_comes_last";
    alone(name, &[(VARIABLE, "jaeger")], || {
        let builder = throughline::builder().propagators([Format::B3, Format::B3]).propagator(Decimal);
        let _built = builder.build().expect("valid");
        assert_eq!(written(), ["b3", "x-correlation-id", "x-decimal"]);
        let b3 = ("b3".to_owned(), "00000000000000000000000000000007-0000000000000008-1".to_owned());
        let span_id = |headers: HashMap<String, String>| {
            propagation::extract(&headers).span_context().span_id().to_u64()
        };
        assert_eq!(span_id(HashMap::from([b3.clone()])), 8);
        assert_eq!(span_id(HashMap::from([b3, ("x-decimal".to_owned(), "9".to_owned())])), 9);
    });
}

#[test]
fn the_variable_names_formats() {
    alone("process::the_variable_names_formats", &[(VARIABLE, "B3, xray,pigeon,b3")], || {
        let _built = throughline::builder().build().expect("valid");
        assert_eq!(written(), ["b3", "x-amzn-trace-id", "x-correlation-id"]);
    });
}

#[test]
fn none_is_none() {
    alone("process::none_is_none", &[(VARIABLE, "none")], || {
        let _built = throughline::builder().build().expect("valid");
        assert!(written().is_empty());
        let headers = HashMap::from([(
            "traceparent".to_owned(),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
        )]);
        assert_eq!(propagation::extract(&headers), Context::default());
    });
}

#[test]
fn without_a_word_the_process_speaks_w3c() {
    alone::<&str>("process::without_a_word_the_process_speaks_w3c", &[], || {
        let _built = throughline::builder().build().expect("valid");
        assert_eq!(written(), ["baggage", "traceparent"]);
    });
}

#[test]
fn the_correlation_header_can_be_named_and_asked_for() {
    alone::<&str>("process::the_correlation_header_can_be_named_and_asked_for", &[], || {
        let builder = throughline::builder().correlation_headers(["X-Mine"]).send_correlation_header(true);
        let _built = builder.build().expect("valid");
        assert_eq!(written(), ["baggage", "traceparent", "x-mine"]);
        let id = |name: &str| {
            propagation::correlation::from_headers(&HashMap::from([(name.to_owned(), "a".to_owned())]))
        };
        assert_eq!((id("x-mine").map(|it| it.to_string()), id("x-request-id")), (Some("a".to_owned()), None));
    });
}

#[test]
fn a_header_that_cannot_be_one_is_an_error() {
    let error = throughline::builder().correlation_headers(["not a name"]).build().expect_err("blanks");
    assert!(error.is_config() && error.to_string().contains("correlation_headers"), "{error}");
}
