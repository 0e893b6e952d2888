//! OTLP over HTTP: what is taken, what is refused, and that neither harms the connection or the store.

mod client;
mod sample;

use client::Client;
use flate2::Compression;
use flate2::write::GzEncoder;
use sample::{body, collector, group, span};
use std::io::Write;
use std::time::Duration;
use throughline::TraceId;
use throughline_collector::Collector;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fn one_span(trace: u128) -> Vec<u8> {
    body(vec![group("shop", vec![span(trace, 1, 0, "GET /", 0, 10)])])
}

fn client(collector: &Collector) -> Client {
    Client::connect(collector.otlp_http_addr().expect("the receiver is on"))
}

#[test]
fn protobuf_is_taken_plain_and_compressed_with_and_without_a_length() {
    let collector = collector();
    let mut client = client(&collector);
    let answer = client.post(&[], &one_span(1));
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"\x0a\x00"[..]));
    assert_eq!(answer.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(client.post(&[("content-encoding", "gzip")], &gzip(&one_span(2))).status, 200);
    assert_eq!(client.post(&[("content-encoding", "identity")], &one_span(3)).status, 200);
    let zstd =
        ruzstd::encoding::compress_to_vec(&one_span(6)[..], ruzstd::encoding::CompressionLevel::Fastest);
    assert_eq!(client.post(&[("content-encoding", "zstd")], &zstd).status, 200);
    assert_eq!(
        client.post(&[("content-type", "Application/X-Protobuf; charset=utf-8")], &one_span(4)).status,
        200
    );

    let chunked = one_span(5);
    let (first, second) = chunked.split_at(7);
    client.write(b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\ntransfer-encoding: chunked\r\n\r\n");
    for piece in [first, second, &[]] {
        client.write(format!("{:x}\r\n", piece.len()).as_bytes());
        client.write(piece);
        client.write(b"\r\n");
    }
    assert_eq!(client.answer(false).status, 200);

    assert_eq!(client.post(&[], b"").body, b"\x0a\x00");
    for trace in 1..=6 {
        assert!(collector.store().trace(TraceId::from_u128(trace)).is_some(), "{trace}");
    }
    assert_eq!(collector.store().stats().stored_spans, 6);
}

#[test]
fn json_is_taken_and_answered_in_json() {
    let collector = collector();
    let mut client = client(&collector);
    let json = [("content-type", "application/json; charset=utf-8")];
    let request = br#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"node"}}]},
        "scopeSpans":[{"spans":[{"traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"b7ad6b7169203331","name":"n","kind":2,
        "startTimeUnixNano":"1770000900000000000","endTimeUnixNano":1770000900001000000}]}]}]}"#;
    let answer = client.post(&json, request);
    assert_eq!((answer.status, answer.text()), (200, r#"{"partialSuccess":{}}"#));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(collector.store().traces(1)[0].root_service, "node");
    let refused =
        client.post(&json, br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7"}]}]}]}"#);
    assert_eq!((refused.status, refused.header("content-type")), (400, Some("application/json")));
    assert_eq!(refused.json()["code"], 3);
    assert!(
        refused.json()["message"].as_str().is_some_and(|text| text.contains("traceId")),
        "{}",
        refused.text()
    );
}

#[test]
fn bad_requests_are_refused_with_a_reason_and_the_connection_and_the_store_live_on() {
    let collector = collector();
    let mut client = client(&collector);
    assert_eq!(client.post(&[], &one_span(1)).status, 200);
    let before = collector.store().stats();

    let good = one_span(2);
    let mut wrong_id = good.clone();
    let id_length = good.windows(2).position(|pair| pair == b"\x0a\x10").expect("a trace id of 16 bytes");
    wrong_id[id_length + 1] = 15;
    let bomb = gzip(&vec![0; 1 << 20]).repeat(65);
    assert!(bomb.len() < 1 << 20);
    let huge = vec![0; 100 << 20];
    let empty_spans = amplified();
    let plain = [("content-type", "text/plain")];
    let zip = [("content-encoding", "gzip")];
    for (what, status, headers, body) in [
        ("truncated", 400, &[][..], &good[..good.len() - 3]),
        ("garbage", 400, &[], b"\xff\xff\xff\xff nonsense"),
        ("wrong id length", 400, &[], &wrong_id),
        ("not gzip", 400, &zip, &good),
        ("truncated gzip", 400, &zip, &gzip(&good)[..20]),
        ("unknown encoding", 400, &[("content-encoding", "br")], &good),
        ("a bomb", 413, &zip, &bomb),
        ("100 MiB", 413, &[], &huge),
        ("many empty spans", 413, &[], &empty_spans),
        ("wrong type", 415, &plain, &good),
        ("no type", 415, &[("content-type", "")], &good),
        ("a foreign host", 403, &[("host", "evil.example")], &good),
        ("a foreign page", 403, &[("origin", "https://evil.example")], &good),
    ] {
        let answer = client.post(headers, body);
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        if status == 415 {
            assert!(answer.text().contains("application/x-protobuf"), "{what}");
        } else {
            // A google.rpc.Status: a code, then a message.
            assert_eq!(answer.header("content-type"), Some("application/x-protobuf"), "{what}");
            assert_eq!((answer.body[0], answer.body[2]), (0x08, 0x12), "{what}");
            assert!(answer.body.len() > 12, "{what}");
            assert!(status != 400 || answer.body[1] == 3, "{what}");
        }
        assert_eq!(collector.store().stats(), before, "{what}");
    }
    assert_eq!(client.post(&[], &good).status, 200);
    assert_eq!(collector.store().stats().stored_spans, 2);
}

/// A small body that would take gigabytes: two million empty spans.
fn amplified() -> Vec<u8> {
    let spans = [0x12, 0].repeat(2 << 20);
    let wrap = |tag: u8, inner: Vec<u8>| {
        let mut length = inner.len();
        let mut out = vec![tag];
        while length >= 0x80 {
            out.push(length as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend(inner);
        out
    };
    wrap(0x0a, wrap(0x12, spans))
}

#[test]
fn wrong_methods_and_paths_are_refused() {
    let collector = collector();
    let mut client = client(&collector);
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"] {
        let answer = client.send(method, "/v1/traces", &[], b"");
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
    }
    for path in ["/", "/v1/traces/", "/v1/nope", "/V1/TRACES", "/v1/logs/", "/v1/metrics"] {
        assert_eq!(client.send("POST", path, &[], b"x").status, 404, "{path}");
    }
    assert_eq!(
        client.send("POST", "/v1/traces?a=b", &[("content-type", "application/x-protobuf")], b"").status,
        200
    );
}

#[test]
fn a_client_that_waits_to_continue_is_told_before_it_sends() {
    let collector = collector();
    let mut client = client(&collector);
    client.write(b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\ncontent-length: 104857600\r\nexpect: 100-continue\r\n\r\n");
    assert_eq!(client.answer(false).status, 413);
}

#[test]
fn spans_that_nobody_could_find_are_told_as_rejected() {
    let collector = collector();
    let mut client = client(&collector);
    let spans =
        vec![span(0, 1, 0, "no trace", 0, 1), span(1, 0, 0, "no span", 0, 1), span(1, 1, 0, "good", 0, 1)];
    let answer = client.post(&[], &body(vec![group("shop", spans)]));
    assert_eq!(answer.status, 200);
    let partial = throughline::wire::read_export_response(&answer.body).expect("a valid answer");
    assert_eq!(partial.rejected_spans, 2);
    assert!(!partial.error_message.is_empty());
    let stats = collector.store().stats();
    assert_eq!((stats.stored_spans, stats.rejected_spans), (1, 2));
}

#[test]
fn a_retried_request_is_counted_once() {
    let collector = collector();
    let mut client = client(&collector);
    for _ in 0..3 {
        assert_eq!(client.post(&[], &one_span(1)).status, 200);
    }
    let stats = collector.store().stats();
    assert_eq!((stats.spans, stats.stored_spans, stats.duplicate_spans), (1, 1, 2));
    assert_eq!(collector.store().traces(1)[0].span_count, 1);
}

#[test]
fn the_oldest_traces_make_room_and_are_counted() {
    let collector = sample::configured(|builder| builder.memory_bytes(200_000));
    let mut client = client(&collector);
    for trace in 1..=500 {
        assert_eq!(client.post(&[], &one_span(trace)).status, 200);
    }
    let stats = collector.store().stats();
    assert!(stats.bytes <= 200_000 && stats.evicted_traces > 100, "{stats:?}");
    assert_eq!((stats.stored_spans, stats.spans + stats.evicted_spans), (500, 500));
    assert!(collector.store().trace(TraceId::from_u128(1)).is_none());
    assert!(collector.store().trace(TraceId::from_u128(500)).is_some());
}

#[test]
fn many_senders_and_readers_at_once_lose_nothing() {
    const SENDERS: u128 = 8;
    const REQUESTS: u128 = 40;
    let collector = collector();
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let mut client = client(&collector);
            scope.spawn(move || {
                for request in 0..REQUESTS {
                    // Every sender adds a span to the shared trace 1, and one to a trace of its own.
                    let number = sender * REQUESTS + request;
                    let shared = span(1, number as u64 + 1, 0, "shared", 0, 1);
                    let own = span(number + 2, 1, 0, "own", 0, 1);
                    assert_eq!(client.post(&[], &body(vec![group("shop", vec![shared, own])])).status, 200);
                }
            });
        }
        let mut reader = Client::connect(collector.http_addr().expect("the API is on"));
        let total = (SENDERS * REQUESTS * 2) as u64;
        scope.spawn(move || {
            for _ in 0..20 {
                assert_eq!(reader.get("/api/throughline/traces").status, 200);
                assert_eq!(reader.get("/api/traces?service=shop&start=0").status, 200);
            }
        });
        assert!(collector.store().wait_until(Duration::from_secs(10), |store| store.stats().spans == total));
    });
    assert_eq!(
        collector.store().trace(TraceId::from_u128(1)).map(|t| t.len()),
        Some((SENDERS * REQUESTS) as usize)
    );
    assert_eq!(collector.store().stats().traces, (SENDERS * REQUESTS) as u64 + 1);
}
