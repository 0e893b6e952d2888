//! A posted trace, as each API gives it back.

mod client;
mod sample;

use client::Client;
use sample::{MILLI, T0, attribute, body, collector, group, span, text};
use serde_json::{Value as Json, json};
use throughline::wire::{EventData, LinkData, SpanData, SpanKind, Status, StatusCode, Value};
use throughline::{SpanId, TraceId};
use throughline_collector::Collector;

const TRACE: &str = "00000000000000010000000000000002";
const ID: u128 = 1 << 64 | 2;
/// All of time, in microseconds.
const EVER: &str = "start=0&end=9000000000000000";

fn root() -> SpanData {
    SpanData {
        kind: SpanKind::Server,
        attributes: vec![
            attribute("http.route", text("/cart")),
            attribute("big", Value::Int(9_007_199_254_740_993)),
            attribute("ratio", Value::Double(0.5)),
            attribute("nan", Value::Double(f64::NAN)),
            attribute("bytes", Value::Bytes(vec![0, 1])),
            attribute("list", Value::Array(vec![text("<a>"), Value::Bool(true)])),
        ],
        events: vec![EventData {
            time_unix_nanos: T0 + MILLI,
            name: "cache miss".to_owned(),
            attributes: vec![attribute("cache", text("users"))],
            ..EventData::default()
        }],
        ..span(ID, 1, 0, "GET /cart", 0, 100)
    }
}

fn failed() -> SpanData {
    SpanData {
        kind: SpanKind::Client,
        status: Status { code: StatusCode::Error, description: "broken pipe".to_owned() },
        links: vec![LinkData {
            trace_id: TraceId::from_u128(9),
            span_id: SpanId::from_u64(8),
            ..LinkData::default()
        }],
        ..span(ID, 2, 1, "SELECT carts", 10, 30)
    }
}

fn filled() -> (Collector, Client) {
    let collector = collector();
    let mut sender = Client::connect(collector.otlp_http_addr().expect("on"));
    assert_eq!(
        sender.post(&[], &body(vec![group("web", vec![root()]), group("db", vec![failed()])])).status,
        200
    );
    let late = span(7, 1, 0, "late", 1000, 5);
    assert_eq!(sender.post(&[], &body(vec![group("web", vec![late])])).status, 200);
    let api = Client::connect(collector.http_addr().expect("on"));
    (collector, api)
}

fn found(api: &mut Client, query: &str) -> Vec<String> {
    let answer = api.get(&format!("/api/traces?{EVER}&{query}"));
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let ids = answer.json()["data"]
        .as_array()
        .map(|traces| traces.iter().map(|t| t["traceID"].to_string()).collect());
    ids.expect("a list")
}

#[test]
fn jaegers_lists_have_its_shape() {
    let (_collector, mut api) = filled();
    let end = json!({"limit": 0, "offset": 0, "errors": null});
    let with = |data: Json, total: u64| {
        let mut whole = end.clone();
        whole["data"] = data;
        whole["total"] = total.into();
        whole
    };
    assert_eq!(api.get("/api/services").json(), with(json!(["db", "web"]), 2));
    assert_eq!(api.get("/api/services/web/operations").json(), with(json!(["GET /cart", "late"]), 2));
    assert_eq!(api.get("/api/services/nobody/operations").json(), with(Json::Null, 0));
    let server = api.get("/api/operations?service=web&spanKind=server").json();
    assert_eq!(server, with(json!([{"name": "GET /cart", "spanKind": "server"}]), 1));
    assert_eq!(api.get("/api/operations?service=nobody").json(), with(json!([]), 0));
}

#[test]
fn jaegers_trace_has_its_shape() {
    let (_collector, mut api) = filled();
    let answer = api.get(&format!("/api/traces/{TRACE}"));
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let trace = answer.json()["data"][0].clone();
    assert_eq!(trace["processes"]["p2"], json!({"serviceName": "db", "tags": []}));
    assert_eq!(
        trace["spans"][0],
        json!({
            "traceID": TRACE, "spanID": "0000000000000001", "operationName": "GET /cart", "references": [],
            "startTime": T0 / 1000, "duration": 100_000, "processID": "p1", "warnings": null,
            "tags": [
                {"key": "big", "type": "int64", "value": "9007199254740993"},
                {"key": "bytes", "type": "binary", "value": "AAE="},
                {"key": "http.route", "type": "string", "value": "/cart"},
                {"key": "list", "type": "string", "value": "[\"\\u003ca\\u003e\",true]"},
                {"key": "nan", "type": "float64", "value": "NaN"},
                {"key": "otel.scope.name", "type": "string", "value": "sample"},
                {"key": "ratio", "type": "float64", "value": 0.5},
                {"key": "span.kind", "type": "string", "value": "server"},
            ],
            "logs": [{"timestamp": T0 / 1000 + 1000, "fields": [
                {"key": "event", "type": "string", "value": "cache miss"},
                {"key": "cache", "type": "string", "value": "users"},
            ]}],
        })
    );
    let references = &trace["spans"][1]["references"];
    assert_eq!(references[0], json!({"refType": "CHILD_OF", "traceID": TRACE, "spanID": "0000000000000001"}));
    assert_eq!(
        references[1],
        json!({"refType": "FOLLOWS_FROM", "traceID": "0000000000000009", "spanID": "0000000000000008"})
    );
    assert!(answer.text().contains("\"error\",\"type\":\"bool\",\"value\":true"));
    assert_eq!(api.get("/api/traces/10000000000000002").status, 200, "leading zeros are optional");
}

#[test]
fn searches_find_what_one_span_satisfies_newest_first() {
    let (_collector, mut api) = filled();
    let (old, late) = (format!("\"{TRACE}\""), "\"0000000000000007\"".to_owned());
    assert_eq!(found(&mut api, "service=web"), [late.clone(), old.clone()]);
    assert_eq!(found(&mut api, "service=web&limit=1"), [late.as_str()]);
    let window = format!("/api/traces?service=web&start={}&end={}", T0 / 1000, T0 / 1000);
    assert_eq!(api.get(&window).json()["data"].as_array().map(Vec::len), Some(1));
    for hit in [
        "service=web&operation=GET+%2Fcart",
        "service=web&tags=%7B%22http.route%22%3A%22%2Fcart%22%7D",
        "service=web&tag=cache:users",
        "service=web&tag=big:9007199254740993",
        "service=web&minDuration=99.5ms&maxDuration=100ms",
        "service=db&tag=error:true",
        "service=db",
    ] {
        assert_eq!(found(&mut api, hit), [old.as_str()], "{hit}");
    }
    for miss in [
        "service=nobody",
        "service=web&operation=SELECT+carts",
        "service=web&tag=error:true",
        "service=web&minDuration=101ms",
        "service=db&tag=http.route:/cart",
    ] {
        assert_eq!(found(&mut api, miss), [""; 0], "{miss}");
    }
}

#[test]
fn wrong_parameters_and_missing_traces_are_errors_in_jaegers_shape() {
    let (_collector, mut api) = filled();
    for (status, path) in [
        (400, "/api/traces"),
        (400, "/api/traces?service=web&limit=0"),
        (400, "/api/traces?service=web&limit=abc"),
        (400, "/api/traces?service=web&start=1.5"),
        (400, "/api/traces?service=web&minDuration=10"),
        (400, "/api/traces?service=web&minDuration=5s&maxDuration=1s"),
        (400, "/api/traces?service=web&tag=foo"),
        (400, "/api/traces?service=web&tags=notjson"),
        (400, "/api/traces?service=web&tags=%7B%22a%22%3A1%7D"),
        (400, "/api/traces?service=web&raw=maybe"),
        (400, "/api/traces?traceID=xyz"),
        (400, "/api/operations"),
        (400, "/api/traces/zzzz"),
        (400, "/api/traces/000000000000000000000000000000001"),
        (404, "/api/traces/bad"),
        (404, "/api/traces/00000000000000000000000000000000"),
        (404, "/api/v3/services"),
        (404, "/api/nope"),
    ] {
        let answer = api.get(path);
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.json()["errors"][0]["code"], status, "{path}");
        assert_eq!(answer.json()["data"], Json::Null, "{path}");
    }
    let missing = api.get("/api/traces?traceID=bad&traceID=7");
    assert_eq!(missing.json()["errors"][0]["traceID"], "0000000000000bad");
    assert_eq!(missing.json()["data"].as_array().map(Vec::len), Some(1));
}

#[test]
fn our_own_api_lists_and_gives_rows_and_details() {
    let (_collector, mut api) = filled();
    let list = api.get("/api/throughline/traces?limit=5&service=db").json();
    assert_eq!((list["total"].clone(), list["traces"].as_array().map(Vec::len)), (json!(2), Some(1)));
    let summary = &list["traces"][0];
    assert_eq!((&summary["service"], &summary["operation"]), (&json!("web"), &json!("GET /cart")));
    assert_eq!((&summary["spanCount"], &summary["errorCount"]), (&json!(2), &json!(1)));
    assert_eq!(summary["startUnixNanos"], T0.to_string());

    let trace = api.get(&format!("/api/throughline/traces/{TRACE}")).json();
    assert_eq!(
        trace["rows"],
        json!([
            [0, 2, "0000000000000001", 0, 0, 0, 100 * MILLI, 2, 0, 1],
            [1, 1, "0000000000000002", 1, 1, 10 * MILLI, 30 * MILLI, 3, 1, 0],
        ])
    );
    assert_eq!(
        (&trace["services"], &trace["notes"]),
        (&json!(["web", "db"]), &json!([[1, true, "broken pipe"]]))
    );

    let details = api.get(&format!("/api/throughline/traces/{TRACE}/spans/0000000000000001")).json();
    assert_eq!(details["attributes"][1], json!(["big", "int", "9007199254740993"]));
    assert_eq!(details["events"][0]["offsetNanos"], MILLI);
    let missing = format!("/api/throughline/traces/{TRACE}/spans/0000000000000001?n=1");
    assert_eq!(api.get(&missing).status, 404);

    let text = api.get(&format!("/api/throughline/traces/{TRACE}/text?width=80"));
    assert!(text.text().contains("└─ SELECT carts"), "{}", text.text());
    let stats = api.get("/api/throughline/stats").json();
    assert_eq!((&stats["spans"], &stats["traces"]), (&json!(3), &json!(2)));
}

#[test]
fn the_page_is_served_with_its_policy_and_to_nobody_foreign() {
    let (_collector, mut api) = filled();
    let page = api.get("/");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(
        page.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'self'"))
    );
    for file in page.text().split('"').filter(|part| part.starts_with("/ui/")) {
        let answer = api.get(file);
        assert_eq!(answer.status, 200, "{file}");
        let expected = match file.rsplit('.').next() {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            _ => "image/svg+xml",
        };
        assert_eq!(answer.header("content-type"), Some(expected), "{file}");
    }
    assert!(!page.text().contains("http://") && !page.text().contains("https://"));
    assert_eq!(api.get("/ui/nope.js").status, 404);
    assert_eq!(api.send("HEAD", "/", &[], b"").status, 200);
    assert_eq!(api.send("POST", "/api/services", &[], b"x").status, 405);
    for path in ["/", "/api/services", "/ui/app.js"] {
        assert_eq!(api.send("GET", path, &[("host", "evil.example")], b"").status, 403, "{path}");
    }
}
