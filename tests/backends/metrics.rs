//! The ledger as metrics, as the collector wrote them.

use crate::otelcol::Otelcol;
use crate::support::{Counted, bare};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{prelude::*, registry};

#[test]
#[ignore = "needs a real server: scripts/backends install otelcol"]
fn a_collector_takes_our_counts_as_metrics() {
    let mut collector = Otelcol::start();
    let builder = bare().service_name("counts").exporter(Counted::default());
    let (layer, guard) = builder.build().expect("valid settings");
    with_default(&Dispatch::new(registry().with(layer)), || {
        (0..7).for_each(|n| drop(info_span!("counted", n)));
    });
    guard.flush(Duration::from_secs(20)).expect("an exporter that takes everything");
    let answer = posted(&collector, &guard.stats_reader().to_otlp());
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let folder = collector.end();
    let text = std::fs::read_to_string(folder.join("metrics.jsonl")).expect("the collector has made it");
    let request: Json = serde_json::from_str(text.trim()).expect("one line of JSON");
    let metrics = request["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().expect("a list");
    let first = |metric: &Json| {
        let value = metric["sum"]["dataPoints"][0]["asInt"].as_str().expect("64 bits are text").to_owned();
        (metric["name"].as_str().expect("text").to_owned(), value)
    };
    let values: BTreeMap<_, _> = metrics.iter().map(first).collect();
    for (name, value) in [
        ("otel.sdk.span.started", "7"),
        ("otel.sdk.span.live", "0"),
        ("otel.sdk.exporter.span.exported", "7"),
        ("otel.sdk.processor.span.queue.size", "0"),
    ] {
        assert_eq!(values.get(name).map(String::as_str), Some(value), "{name}: {values:?}");
    }
    assert_eq!(values.len(), metrics.len(), "no metric is there twice");
}

/// Posts a body to where collectors take metrics; the answer as text.
fn posted(collector: &Otelcol, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(collector.address()).expect("it listens");
    let head = format!(
        "POST /v1/metrics HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers and closes");
    String::from_utf8_lossy(&answer).into_owned()
}
