//! Log records: received like spans, kept with their trace, shown below their span.

mod client;
mod sample;

use client::Client;
use flate2::Compression;
use flate2::write::GzEncoder;
use sample::{MILLI, T0, attribute, body, collector, group, log, log_body, span, text};
use serde_json::{Value as Json, json};
use std::io::Write;
use throughline::TraceId;
use throughline::wire::{EventData, LogData, SpanData, SpanKind, Value};
use throughline_collector::{Collector, Level, render};

const ONE: &str = "/api/throughline/traces/1";

fn client(collector: &Collector) -> Client {
    Client::connect(collector.otlp_http_addr().expect("the receiver is on"))
}

fn api(collector: &Collector) -> Client {
    Client::connect(collector.http_addr().expect("the API is on"))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fn order() -> Vec<u8> {
    let event =
        EventData { time_unix_nanos: T0 + 30 * MILLI, name: "cache miss".to_owned(), ..EventData::default() };
    let store = SpanData { events: vec![event], ..span(1, 2, 1, "store order", 20, 40) };
    body(vec![group("shop", vec![span(1, 1, 0, "POST /orders", 0, 100), store])])
}

fn order_logs() -> Vec<u8> {
    let stored = LogData {
        attributes: vec![attribute("order.id", Value::Int(7)), attribute("code.line.number", Value::Int(12))],
        ..log(1, 2, 40, 9, "order stored")
    };
    log_body(
        "shop",
        vec![stored, log(1, 2, 25, 13, "retrying"), log(1, 99, 50, 17, "of a span that never came")],
    )
}

#[test]
fn spans_and_logs_that_arrive_in_any_order_are_shown_together() {
    for logs_first in [true, false] {
        let collector = collector();
        let (mut sender, mut api) = (client(&collector), api(&collector));
        if logs_first {
            assert_eq!(sender.post_logs(&order_logs()).status, 200);
            assert_eq!(sender.post(&[], &order()).status, 200);
        } else {
            assert_eq!(sender.post(&[], &order()).status, 200);
            assert_eq!(sender.post_logs(&order_logs()).status, 200);
        }
        let list = api.get("/api/throughline/traces").json();
        assert_eq!((&list["traces"][0]["logCount"], &list["traces"][0]["spanCount"]), (&json!(3), &json!(2)));

        let rows = api.get(ONE).json();
        // The event is at 30 of 100 ms, the log records at 25 and 40.
        assert_eq!(rows["marks"], json!([[1, 25 * MILLI, 4], [1, 30 * MILLI, 0], [1, 40 * MILLI, 3]]));
        assert_eq!((&rows["logCount"], &rows["droppedLogs"]), (&json!(3), &json!(0)));

        let details = api.get(&format!("{ONE}/spans/0000000000000002")).json();
        assert_eq!(details["logCount"], 2);
        assert_eq!(
            details["logs"][1],
            json!({
                "timeUnixNanos": (T0 + 40 * MILLI).to_string(), "offsetNanos": 40 * MILLI, "level": 3, "severity": "INFO",
                "severityNumber": 9, "body": "order stored", "bodyBytesLeftOut": 0, "eventName": "",
                "spanId": "0000000000000002", "service": "shop", "scope": "shop::orders", "droppedAttributes": 0,
                "attributes": [["order.id", "int", "7"], ["code.line.number", "int", "12"]],
            })
        );
        assert_eq!(api.get(&format!("{ONE}/spans/0000000000000001")).json()["logs"], json!([]));

        let all = api.get(&format!("{ONE}/logs")).json();
        let said = |at: usize| all["logs"][at]["body"].as_str().unwrap_or_default().to_owned();
        assert_eq!([said(0), said(1), said(2)], ["retrying", "order stored", "of a span that never came"]);
        assert_eq!(
            all["logs"][0]["row"],
            json!({"spanId": "0000000000000002", "n": 0, "operation": "store order"})
        );
        assert_eq!(
            (&all["logs"][2]["row"], &all["logs"][2]["spanId"]),
            (&Json::Null, &json!("0000000000000063"))
        );
        assert_eq!(api.get(&format!("{ONE}/logs?from=2")).json()["logs"].as_array().map(Vec::len), Some(1));

        let trace = collector.store().trace(TraceId::from_u128(1)).expect("arrived");
        let expected = "\
trace 00000000000000000000000000000001  100 ms  2 spans  1 service  3 logs
shop  POST /orders         100 ms  █████████████████████████████████████████████
shop  └─ store order      40.0 ms           ██████████████████
         WARN  +25.0 ms  retrying
         INFO  +40.0 ms  order stored  order.id=7
log records of no span above:
  ERROR +50.0 ms  of a span that never came
";
        assert_eq!(render::waterfall(&trace, 80), expected);
    }
}

#[test]
fn jaegers_spans_have_log_records_among_their_events() {
    let collector = collector();
    let (mut sender, mut api) = (client(&collector), api(&collector));
    assert_eq!(sender.post(&[], &order()).status, 200);
    assert_eq!(sender.post_logs(&order_logs()).status, 200);
    let trace = api.get("/api/traces/1").json()["data"][0].clone();
    let field = |key: &str, value: &str| json!({"key": key, "type": "string", "value": value});
    assert_eq!(trace["spans"][0]["logs"], json!([]));
    assert_eq!(
        trace["spans"][1]["logs"],
        json!([
            {"timestamp": T0 / 1000 + 25_000, "fields":
                [field("level", "WARN"), field("message", "retrying"), field("otel.scope.name", "shop::orders")]},
            {"timestamp": T0 / 1000 + 30_000, "fields": [field("event", "cache miss")]},
            {"timestamp": T0 / 1000 + 40_000, "fields": [
                field("level", "INFO"), field("message", "order stored"), field("otel.scope.name", "shop::orders"),
                {"key": "code.line.number", "type": "int64", "value": 12}, {"key": "order.id", "type": "int64", "value": 7},
            ]},
        ])
    );
}

#[test]
fn logs_are_answered_as_spans_are() {
    let collector = collector();
    let mut client = client(&collector);
    let good = log_body("shop", vec![log(1, 1, 0, 9, "hello")]);
    let answer = client.post_logs(&good);
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"\x0a\x00"[..]));
    assert_eq!(client.post_to("/v1/logs", &[("content-encoding", "gzip")], &gzip(&good)).status, 200);
    assert_eq!(client.post_logs(b"").status, 200);
    let json = [("content-type", "application/json")];
    let request = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"00000000000000000000000000000002",
        "spanId":"0000000000000001","severityText":"warning","body":{"kvlistValue":{"values":[{"key":"a","value":{"intValue":1}}]}}}]}]}]}"#;
    let answer = client.post_to("/v1/logs", &json, request);
    assert_eq!((answer.status, answer.text()), (200, r#"{"partialSuccess":{}}"#));
    let trace = collector.store().trace(TraceId::from_u128(2)).expect("kept");
    let kept = trace.logs().next().expect("one");
    assert_eq!((kept.level(), kept.service()), (Level::Warn, "missing-service-name"));

    let before = collector.store().stats();
    let id_length = good.windows(2).position(|pair| pair == b"\x4a\x10").expect("a trace id of 16 bytes");
    let mut wrong_id = good.clone();
    wrong_id[id_length + 1] = 15;
    let empty_logs = [&b"\x0a\x85\x80\x80\x04\x12\x80\x80\x80\x04"[..], &[0x12, 0].repeat(4 << 20)].concat();
    for (what, status, headers, body) in [
        ("truncated", 400, &[][..], &good[..good.len() - 3]),
        ("a wrong id length", 400, &[], &wrong_id),
        ("not gzip", 400, &[("content-encoding", "gzip")], &good),
        ("a bomb", 413, &[("content-encoding", "gzip")], &gzip(&vec![0; 1 << 20]).repeat(65)),
        ("many empty records", 413, &[], &empty_logs),
        ("a wrong type", 415, &[("content-type", "text/plain")], &good),
        (
            "a bad id in JSON",
            400,
            &json,
            br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"0af7"}]}]}]}"#,
        ),
        ("a foreign host", 403, &[("host", "evil.example")], &good),
    ] {
        let answer = client.post_to("/v1/logs", headers, body);
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        assert_eq!(collector.store().stats(), before, "{what}");
    }
    let get = client.send("GET", "/v1/logs", &[], b"");
    assert_eq!((get.status, get.header("allow")), (405, Some("POST")));
}

#[test]
fn logs_outside_of_traces_are_taken_and_counted() {
    let collector = collector();
    let answer = client(&collector)
        .post_logs(&log_body("shop", vec![log(0, 0, 0, 9, "start"), log(0, 5, 0, 9, "odd")]));
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"\x0a\x00"[..]));
    let stats = api(&collector).get("/api/throughline/stats").json();
    assert_eq!(
        (&stats["tracelessLogs"], &stats["logs"], &stats["traces"]),
        (&json!(2), &json!(0), &json!(0))
    );
}

#[test]
fn a_trace_of_log_records_only_is_in_no_list_and_found_by_its_id() {
    let collector = collector();
    assert_eq!(client(&collector).post_logs(&order_logs()).status, 200);
    let mut api = api(&collector);
    assert_eq!(api.get("/api/throughline/traces").json()["traces"], json!([]));
    assert_eq!(api.get("/api/services").json()["data"], Json::Null);
    assert_eq!(api.get("/api/traces?service=shop&start=0&end=9000000000000000").json()["data"], json!([]));
    assert_eq!(api.get("/api/traces/1").status, 404, "to Jaeger's clients a trace has spans");
    assert_eq!(api.get("/api/traces?traceID=1").json()["data"], json!([]));
    let rows = api.get(ONE).json();
    assert_eq!((&rows["rows"], &rows["logCount"]), (&json!([]), &json!(3)));
    assert_eq!(rows["durationNanos"], 25 * MILLI);
    assert_eq!(api.get(&format!("{ONE}/logs")).json()["logs"][1]["offsetNanos"], 15 * MILLI);
    let shown = api.get(&format!("{ONE}/text?width=70"));
    assert!(shown.text().contains("  WARN  +0 ns  retrying\n"), "{}", shown.text());
}

#[test]
fn hostile_log_records_do_no_harm() {
    let collector = collector();
    let (mut sender, mut api) = (client(&collector), api(&collector));
    assert_eq!(sender.post(&[], &order()).status, 200);
    let huge = log(1, 1, 1, 9, &"ä".repeat(5 << 20));
    let odd = LogData {
        time_unix_nanos: u64::MAX,
        severity_number: i32::MIN,
        severity_text: "\u{1b}[31mloud".to_owned(),
        body: Value::Array(vec![text("<img src=x onerror=alert(1)>"), Value::Double(f64::NAN)]),
        ..log(1, 2, 0, 0, "")
    };
    let timeless =
        LogData { time_unix_nanos: 0, observed_unix_nanos: 0, ..log(1, 2, 0, 9, "\u{1b}]0;owned\u{7}") };
    let early = LogData { time_unix_nanos: 1, ..log(1, 2, 0, 9, "in 1970") };
    assert_eq!(sender.post_logs(&log_body("shop", vec![huge, odd, timeless, early])).status, 200);
    for flood in 0..10 {
        let logs = (0..10_000).map(|n| log(1, 1, n / 100, 9, &format!("{flood} {n}"))).collect();
        assert_eq!(sender.post_logs(&log_body("shop", logs)).status, 200);
    }
    let stats = collector.store().stats();
    assert_eq!((stats.logs, stats.dropped_logs), (10_000, 90_004));

    let rows = api.get(ONE).json();
    assert_eq!(rows["droppedLogs"], 90_004);
    assert!(rows["marks"].as_array().is_some_and(|marks| marks.len() < 1_100), "{}", rows["marks"]);
    let root = api.get(&format!("{ONE}/spans/0000000000000001")).json();
    assert_eq!((&root["logCount"], root["logs"].as_array().map(Vec::len)), (&json!(9_997), Some(1_000)));
    let huge = root["logs"]
        .as_array()
        .and_then(|logs| logs.iter().find(|log| log["bodyBytesLeftOut"] != 0))
        .cloned();
    assert_eq!(huge.expect("among the first")["bodyBytesLeftOut"], (10 << 20) - (64 << 10));
    let child = api.get(&format!("{ONE}/spans/0000000000000002"));
    assert!(!child.text().contains("<img"), "{}", child.text());
    let child = child.json();
    assert_eq!((&child["logs"][0]["offsetNanos"], &child["logs"][2]["level"]), (&Json::Null, &json!(0)));
    assert_eq!(child["logs"][1]["offsetNanos"], 1 - T0 as i64);
    assert!(child["logs"][2]["offsetNanos"].as_f64().is_some_and(|offset| offset > 1e19));
    let shown = api.get(&format!("{ONE}/text?width=100"));
    assert!(!shown.text().contains(['\u{1b}', '\u{7}']));
    assert!(
        shown.text().contains("… 9947 more log records\n")
            && shown.text().contains("90004 more log records not kept")
    );
    assert!(shown.text().lines().all(|line| line.chars().count() <= 100), "{}", shown.text());
    assert_eq!(api.get("/api/traces/1").status, 200);
}

#[test]
fn of_spans_that_share_an_id_the_one_of_the_same_service_has_the_logs() {
    let collector = collector();
    let (mut sender, mut api) = (client(&collector), api(&collector));
    let call = SpanData { kind: SpanKind::Client, ..span(1, 1, 0, "call", 0, 20) };
    let serve = SpanData { kind: SpanKind::Server, ..span(1, 1, 0, "serve", 2, 16) };
    assert_eq!(
        sender.post(&[], &body(vec![group("web", vec![call]), group("shop", vec![serve])])).status,
        200
    );
    assert_eq!(sender.post_logs(&log_body("shop", vec![log(1, 1, 5, 9, "served")])).status, 200);
    assert_eq!(sender.post_logs(&log_body("other", vec![log(1, 1, 5, 9, "who?")])).status, 200);
    let trace = api.get("/api/traces/1").json()["data"][0].clone();
    let said = |at: usize| trace["spans"][at]["logs"][0]["fields"][1]["value"].clone();
    assert_eq!((said(0), said(1)), (json!("who?"), json!("served")));
    let logs = api.get(&format!("{ONE}/logs")).json();
    assert_eq!(
        (&logs["logs"][0]["row"]["operation"], &logs["logs"][1]["row"]["n"]),
        (&json!("serve"), &json!(0))
    );
}
