//! Headers and batches that mean no good.

use crate::Headers;
use proptest::prelude::*;
use throughline::messaging::{consumer, extract, link_batch, producer};
use throughline::testing::{Capture, capture};
use throughline::{Context, SpanContext, SpanId, TraceFlags, TraceId};

const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn message(traceparent: &str) -> Context {
    extract(&Headers::from([("traceparent".to_owned(), traceparent.to_owned())]))
}

#[test]
fn a_header_that_is_no_context_begins_a_new_trace() {
    let long = "0".repeat(64 * 1024);
    let zero = format!("00-{}-b7ad6b7169203331-01", "0".repeat(32));
    for header in ["", "\r\nset-cookie: a=b", "00-é", GOOD.to_uppercase().as_str(), &long, &zero, "ff-0-0-0"]
    {
        let trace = capture(|| drop(consumer("redis", "orders").process_child_of(&message(header))));
        let span = trace.span("process orders");
        assert!(span.is_root() && span.data().links.is_empty(), "{header}");
    }
}

#[test]
fn two_headers_that_contradict_each_other_are_none() {
    let other = GOOD.replace("b7ad", "b7ae");
    let headers =
        Headers::from([("traceparent".to_owned(), GOOD.to_owned()), ("TRACEPARENT".to_owned(), other)]);
    assert!(!extract(&headers).is_valid());
}

#[test]
fn ten_thousand_messages_leave_as_many_links_as_the_limit_and_a_count_of_the_others() {
    let contexts: Vec<_> = (1..=10_000_u64)
        .map(|number| {
            let trace = TraceId::from_u128(number.into());
            Context::new(SpanContext::new(trace, SpanId::from_u64(number), TraceFlags::SAMPLED, true))
        })
        .collect();
    for limit in [128, 5, 0] {
        let capture = Capture::with(|builder| {
            let mut limits = throughline::Limits::default();
            limits.links = limit;
            builder.limits(limits)
        });
        capture.run(|| link_batch(&consumer("kafka", "orders").receive(), &contexts));
        let trace = capture.finish();
        let span = trace.span("receive orders");
        assert_eq!(span.data().links.len(), limit);
        assert_eq!(span.data().dropped_links_count as usize, 10_000 - limit);
        assert_eq!(span.attr("messaging.batch.message_count"), 10_000);
        assert!(span.data().links.iter().zip(&contexts).all(|(link, context)| {
            link.span_id == context.span_context().span_id() && link.flags & 0x300 == 0x300
        }));
    }
}

#[test]
fn names_may_be_anything() {
    let long = "é".repeat(1 << 20);
    for name in ["", " ", "\0\r\n", "{}", "名", &long] {
        let trace = capture(|| producer(name, name).named(name).send());
        let [span] = trace.spans()[..] else { panic!("one span") };
        assert_eq!(span.attr("messaging.system"), name);
        assert!(span.name().starts_with(name));
    }
}

proptest! {
    #[test]
    fn any_headers_give_a_span(headers in prop::collection::hash_map("(?i)(traceparent|tracestate|b3|.{0,8})", ".{0,80}", 0..5)) {
        let context = extract(&headers);
        let trace = capture(|| {
            drop(consumer("redis", "orders").process_linked(&context));
            drop(consumer("redis", "orders").process_child_of(&context));
        });
        prop_assert_eq!(trace.spans().len(), 2);
    }
}
