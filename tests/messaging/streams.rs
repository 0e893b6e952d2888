//! Streams of a real Redis: what a producer puts into the fields of a message comes out at its consumers.

use crate::resp::{Redis, Said};
use crate::server::Server;
use crate::{Headers, resp};
use std::sync::Barrier;
use std::thread;
use throughline::messaging::{consumer, extract, fail, inject, link_batch, producer};
use throughline::testing::{Capture, Trace};
use throughline::wire::StatusCode;
use tracing::info_span;

const STREAM: &str = "orders";
const GROUP: &str = "packing";

fn connect(server: &Server) -> Redis {
    let mut redis = Redis::connect(server.address("redis")).expect("it listens");
    // Whoever comes first makes it.
    let _ = redis.call(&["XGROUP", "CREATE", STREAM, GROUP, "0", "MKSTREAM"]);
    redis
}

/// Takes messages until it has so many, each a part of the trace of its sender.
fn work(redis: &mut Redis, name: &str, count: usize) {
    for _ in 0..count {
        let receive = consumer("redis", STREAM).receive();
        let messages = receive.in_scope(|| redis.read(STREAM, GROUP, name, 1)).expect("a message");
        let contexts: Vec<_> = messages.iter().map(|(_, fields)| extract(fields)).collect();
        link_batch(&receive, &contexts);
        drop(receive);
        for ((id, _), context) in messages.iter().zip(&contexts) {
            let span = consumer("redis", STREAM).process_child_of(context);
            span.record("messaging.message.id", id.as_str());
            span.in_scope(|| settle(redis, id));
        }
    }
}

fn settle(redis: &mut Redis, id: &str) {
    let span = consumer("redis", STREAM).named("ack").settle();
    assert_eq!(
        span.in_scope(|| redis.call(&["XACK", STREAM, GROUP, id])).expect("an answer"),
        Said::Number(1)
    );
}

/// Sends one message by itself, and two as a batch whose messages have spans of their own.
fn order(redis: &mut Redis) {
    let span = producer("redis", STREAM).send();
    let mut fields = Headers::from([("order".to_owned(), "1".to_owned())]);
    inject(&span, &mut fields);
    let id = span.in_scope(|| redis.add(STREAM, &fields)).expect("an id");
    span.record("messaging.message.id", id.as_str());
    drop(span);
    let batch: Vec<_> = (2..4)
        .map(|order| {
            let mut fields = Headers::from([("order".to_owned(), order.to_string())]);
            inject(&producer("redis", STREAM).create(), &mut fields);
            fields
        })
        .collect();
    let span = producer("redis", STREAM).send_batch();
    link_batch(&span, batch.iter().map(extract));
    span.in_scope(|| batch.iter().for_each(|fields| drop(redis.add(STREAM, fields).expect("an id"))));
}

fn named<'a>(trace: &'a Trace, name: &str) -> Vec<&'a throughline::SpanData> {
    trace.spans().into_iter().filter(|span| span.name() == name).map(|span| span.data()).collect()
}

#[test]
#[ignore = "needs Redis: scripts/backends install redis"]
fn messages_of_a_real_stream_are_worked_on_in_the_trace_of_their_sender() {
    let mut server = Server::start("redis");
    let capture = Capture::new();
    let (mut one, mut other) = (connect(&server), connect(&server));
    let begin = Barrier::new(3);
    thread::scope(|scope| {
        for (name, redis, count) in [("one", &mut one, 2), ("other", &mut other, 1)] {
            let (capture, begin) = (&capture, &begin);
            scope.spawn(move || {
                begin.wait();
                capture.run(|| work(redis, name, count));
            });
        }
        begin.wait();
        capture.run(|| info_span!("checkout").in_scope(|| order(&mut connect(&server))));
    });
    let mut redis = connect(&server);
    let pending = redis.call(&["XPENDING", STREAM, GROUP]).expect("an answer");
    assert!(matches!(pending, Said::List(items) if items[0] == Said::Number(0)), "all are acknowledged");
    drop((one, other, redis));
    assert!(server.end().success());

    let trace = capture.finish();
    let checkout = trace.span("checkout").data().trace_id;
    let processed = named(&trace, "process orders");
    let senders = [named(&trace, "create orders"), named(&trace, "send orders")].concat();
    assert_eq!((processed.len(), named(&trace, "receive orders").len()), (3, 3));
    let mut parents: Vec<_> = processed.iter().map(|span| span.parent_span_id).collect();
    parents.sort_unstable();
    parents.dedup();
    assert_eq!(parents.len(), 3, "each is the child of its own sender");
    for span in processed {
        assert_eq!(span.trace_id, checkout);
        assert!(senders.iter().any(|sender| sender.span_id == span.parent_span_id));
        assert!(named(&trace, "ack orders").iter().any(|ack| ack.parent_span_id == span.span_id));
    }
    assert!(named(&trace, "receive orders").iter().all(|span| span.links.len() == 1));
}

#[test]
#[ignore = "needs Redis: scripts/backends install redis"]
fn what_redis_refuses_is_told_by_its_code() {
    let server = Server::start("redis");
    let capture = Capture::new();
    let mut redis = connect(&server);
    capture.run(|| {
        redis.call(&["SET", "text", "x"]).expect("it is set");
        let span = producer("redis", "text").send();
        let error = span.in_scope(|| redis.add("text", &Headers::from([("a".to_owned(), "b".to_owned())])));
        let error = error.expect_err("it is no stream").to_string();
        let (code, text) = error.split_once(' ').expect("a code, then words");
        fail(&span, code, text);
    });
    let trace = capture.finish();
    let span = trace.span("send text");
    assert_eq!((span.attr("error.type"), span.status().code), (&"WRONGTYPE".into(), StatusCode::Error));
}

#[test]
fn a_reply_that_is_cut_or_no_reply_is_an_error() {
    for bytes in ["", "\r\n", "$5\r\nab", "*2\r\n:1\r\n", ":x\r\n", "?\r\n", "$99999999999999999999\r\n"] {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let client = thread::spawn(move || resp::Redis::connect(address).and_then(|mut redis| redis.hear()));
        let (mut connection, _) = listener.accept().expect("it comes");
        std::io::Write::write_all(&mut connection, bytes.as_bytes()).expect("it reads");
        drop(connection);
        assert!(client.join().expect("no panic").is_err(), "{bytes:?}");
    }
}
