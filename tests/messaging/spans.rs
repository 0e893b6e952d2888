//! Names, kinds and attributes: the semantic conventions for messaging, 1.44.

use throughline::messaging::{self, consumer, producer};
use throughline::testing::{Capture, assert_tree, capture};
use throughline::wire::SpanKind;
use throughline::{Context, SpanExt};

#[test]
fn each_operation_has_its_name_kind_and_type() {
    let trace = capture(|| {
        let (producer, consumer) = (producer("kafka", "orders"), consumer("kafka", "orders"));
        let none = Context::default();
        drop((producer.send(), producer.create(), producer.send_batch()));
        drop((consumer.receive(), consumer.process(), consumer.settle()));
        drop((consumer.process_linked(&none), consumer.process_child_of(&none)));
    });
    let told: Vec<_> = trace.spans().iter().map(|span| (span.name(), span.kind())).collect();
    let expected = [
        ("send orders", SpanKind::Producer),
        ("create orders", SpanKind::Producer),
        ("send orders", SpanKind::Client),
        ("receive orders", SpanKind::Client),
        ("process orders", SpanKind::Consumer),
        ("settle orders", SpanKind::Client),
        ("process orders", SpanKind::Consumer),
        ("process orders", SpanKind::Consumer),
    ];
    assert_eq!(told, expected);
    let types: Vec<_> =
        trace.spans().iter().map(|span| span.attr("messaging.operation.type").clone()).collect();
    let expected = ["send", "create", "send", "receive", "process", "settle", "process", "process"];
    assert_eq!(types, expected.map(throughline::wire::Value::from));
}

#[test]
fn what_the_system_calls_an_operation_is_the_first_word_of_its_name() {
    let trace = capture(|| consumer("rabbitmq", "jobs").named("ack").settle());
    assert_tree!(
        trace,
        "ack jobs kind=client messaging.system=rabbitmq messaging.operation.name=ack messaging.operation.type=settle \
         messaging.destination.name=jobs"
    );
}

#[test]
fn a_destination_without_a_name_is_left_out() {
    let trace = capture(|| producer("rabbitmq", "").send());
    assert_tree!(
        trace,
        "send kind=producer messaging.system=rabbitmq messaging.operation.name=send messaging.operation.type=send"
    );
}

#[test]
fn what_is_known_later_is_recorded_later() {
    let trace = capture(|| {
        let span = producer("redis", "reply-8f2c").send();
        span.record("otel.name", "send (reply)");
        span.record("messaging.message.id", "1692632086370-0");
        span.record("messaging.message.conversation_id", "c-7");
        span.record("messaging.message.body.size", 512);
        span.record("messaging.consumer.group.name", "shipping");
        span.record("messaging.destination.partition.id", "3");
        span.record("messaging.client.id", "me");
        span.record("server.address", "broker");
        span.record("server.port", 6380);
        span.set_attribute("messaging.redis.stream", true);
    });
    let span = trace.span("send (reply)");
    for (key, value) in [
        ("messaging.message.id", "1692632086370-0"),
        ("messaging.message.conversation_id", "c-7"),
        ("messaging.consumer.group.name", "shipping"),
        ("messaging.destination.partition.id", "3"),
        ("messaging.client.id", "me"),
        ("server.address", "broker"),
        ("messaging.destination.name", "reply-8f2c"),
    ] {
        assert_eq!(span.attr(key), value, "{key}");
    }
    assert_eq!(
        (span.attr("messaging.message.body.size"), span.attr("server.port")),
        (&512.into(), &6380.into())
    );
    assert_eq!(span.attr("messaging.redis.stream"), true);
}

#[test]
fn a_failure_has_its_type_and_makes_the_status_an_error() {
    let trace = capture(|| {
        let span = producer("kafka", "orders").send();
        messaging::fail(&span, "NOT_LEADER_OR_FOLLOWER", "the broker is not the leader");
    });
    let span = trace.span("send orders");
    assert_eq!(span.attr("error.type"), "NOT_LEADER_OR_FOLLOWER");
    assert_eq!(span.status().description, "the broker is not the leader");
}

#[test]
fn the_spans_have_a_target_that_can_be_filtered() {
    let capture = Capture::with(|builder| builder.target_attribute(true).spans("info"));
    capture.run(|| drop(producer("kafka", "orders").send()));
    assert_eq!(capture.finish().span("send orders").attr("target"), "throughline::messaging");
    let capture = Capture::with(|builder| builder.spans("info,throughline::messaging=off"));
    capture.run(|| drop(producer("kafka", "orders").send()));
    assert!(capture.finish().spans().is_empty());
}
