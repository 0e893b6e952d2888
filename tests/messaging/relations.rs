//! Parents and links.

use crate::Headers;
use throughline::messaging::{consumer, extract, inject, link_batch, producer};
use throughline::testing::{Capture, capture};
use throughline::{Context, SpanContext, SpanExt, SpanId, TraceFlags, TraceId, current_context};
use tracing::info_span;

fn sent() -> Context {
    let mut headers = Headers::new();
    inject(&producer("redis", "orders").send(), &mut headers);
    extract(&headers)
}

#[test]
fn a_single_message_is_continued_as_a_child_where_that_is_asked_for() {
    let trace = capture(|| {
        let message = sent();
        info_span!("handler").in_scope(|| drop(consumer("redis", "orders").process_child_of(&message)));
    });
    let (process, sent) = (trace.span("process orders"), trace.span("send orders"));
    assert_eq!(process.parent().map(|parent| parent.name()), Some("send orders"));
    assert_eq!(process.data().trace_id, sent.data().trace_id);
    assert_eq!(process.data().flags & 0x300, 0x300, "the parent is remote");
    let links: Vec<_> = process.data().links.iter().map(|link| link.span_id).collect();
    assert_eq!(links, [sent.data().span_id, trace.span("handler").data().span_id]);
}

#[test]
fn a_single_message_is_linked_where_that_is_asked_for() {
    let trace = capture(|| {
        let message = sent();
        info_span!("handler").in_scope(|| drop(consumer("redis", "orders").process_linked(&message)));
    });
    let process = trace.span("process orders");
    assert_eq!(process.parent().map(|parent| parent.name()), Some("handler"));
    let [link] = &process.data().links[..] else { panic!("{trace}") };
    assert_eq!(link.span_id, trace.span("send orders").data().span_id);
}

#[test]
fn a_message_without_a_context_belongs_to_where_it_is_worked_on() {
    let trace = capture(|| {
        info_span!("handler").in_scope(|| {
            drop(consumer("redis", "a").process_child_of(&Context::default()));
            drop(consumer("redis", "b").process_linked(&Context::default()));
        });
        drop(consumer("redis", "c").process_child_of(&Context::default()));
    });
    for name in ["process a", "process b"] {
        assert_eq!(trace.span(name).parent().map(|parent| parent.name()), Some("handler"));
        assert!(trace.span(name).data().links.is_empty());
    }
    assert!(trace.span("process c").is_root());
}

/// The trace is another one, or there is none, but the request is the same.
#[test]
fn what_a_message_brings_besides_a_trace_goes_on_in_either_case() {
    let seen = |context: &Context, child: bool| {
        let mut seen = (None, None, None);
        let trace = capture(|| {
            let _in = info_span!("handler").entered();
            throughline::baggage::set("mine", "1").expect("there is room");
            let consumer = consumer("redis", "orders");
            let span =
                if child { consumer.process_child_of(context) } else { consumer.process_linked(context) };
            let _in = span.enter();
            let get = throughline::baggage::get;
            seen = (get("user"), get("mine"), throughline::correlation_id().map(|id| id.to_string()));
        });
        assert_eq!(trace.span("process orders").parent(), Some(trace.span("handler")));
        assert_eq!(*trace.span("process orders").attr("correlation.id"), "order-7");
        seen
    };
    let brought = Headers::from([("baggage".to_owned(), "user=7,correlation.id=order-7".to_owned())]);
    let expected = (Some("7".to_owned()), Some("1".to_owned()), Some("order-7".to_owned()));
    assert_eq!(seen(&extract(&brought), true), expected);
    assert_eq!(seen(&extract(&brought), false), expected);
    let traced = sent().with_baggage(extract(&brought).baggage().clone());
    assert_eq!(seen(&traced, false), expected);
}

#[test]
fn a_message_that_names_a_trace_and_no_span_is_its_beginning() {
    let alone = SpanContext::new(TraceId::from_u128(7), SpanId::INVALID, TraceFlags::NONE, true);
    let trace = capture(|| {
        let _in = info_span!("handler").entered();
        drop(consumer("redis", "orders").process_child_of(&Context::new(alone)));
    });
    let (process, handler) = (trace.span("process orders"), trace.span("handler"));
    assert_eq!((process.data().trace_id, process.is_root()), (TraceId::from_u128(7), true));
    let links: Vec<_> = process.data().links.iter().map(|link| link.span_id).collect();
    assert_eq!(links, [handler.data().span_id]);
}

#[test]
fn a_batch_is_linked_to_each_of_its_messages() {
    let trace = capture(|| {
        let contexts: Vec<_> = (0..3)
            .map(|_| {
                let mut headers = Headers::new();
                inject(&producer("redis", "orders").create(), &mut headers);
                extract(&headers)
            })
            .chain([Context::default()])
            .collect();
        link_batch(&producer("redis", "orders").send_batch(), &contexts);
        let receive = consumer("redis", "orders").receive();
        link_batch(&receive, &contexts);
        let _in = receive.enter();
        contexts.iter().for_each(|context| drop(consumer("redis", "orders").process_linked(context)));
    });
    let of = |name: &str| trace.spans().into_iter().filter(|span| span.name() == name).collect::<Vec<_>>();
    let created: Vec<_> = of("create orders").iter().map(|span| span.data().span_id).collect();
    for name in ["send orders", "receive orders"] {
        let links: Vec<_> = trace.span(name).data().links.iter().map(|link| link.span_id).collect();
        assert_eq!(
            (links, trace.span(name).attr("messaging.batch.message_count")),
            (created.clone(), &4.into())
        );
    }
    let processed = of("process orders");
    assert!(processed.iter().all(|span| span.parent().map(|parent| parent.name()) == Some("receive orders")));
    let links: Vec<_> =
        processed.iter().flat_map(|span| &span.data().links).map(|link| link.span_id).collect();
    assert_eq!((processed.len(), links), (4, created));
}

#[test]
fn the_trace_goes_on_past_a_span_that_a_filter_hides() {
    let capture = Capture::with(|builder| builder.spans("info,throughline::messaging=off"));
    let mut headers = Headers::new();
    let around = capture.run(|| {
        info_span!("checkout").in_scope(|| {
            let span = producer("redis", "orders").send();
            inject(&span, &mut headers);
            link_batch(&span, [Context::default()]);
            current_context()
        })
    });
    assert_eq!(extract(&headers).span_context().span_id(), around.span_id());
}

#[test]
fn headers_of_an_older_trace_are_replaced() {
    let trace = capture(|| {
        let old = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let mut headers = Headers::from([("Traceparent".to_owned(), old.to_owned())]);
        headers.insert("tracestate".to_owned(), "a=1".to_owned());
        let span = producer("redis", "orders").send();
        inject(&span, &mut headers);
        assert_eq!(extract(&headers).span_context().span_id(), span.context().span_context().span_id());
        assert_eq!(headers.len(), 1, "{headers:?}");
    });
    assert!(trace.span("send orders").is_root());
}
