//! Traces that are no proper tree: nothing is hidden, nothing recurses.

mod client;
mod sample;

use client::Client;
use sample::{body, collector, group, span};
use std::time::{Duration, Instant};
use throughline::TraceId;
use throughline::wire::{SpanData, SpanKind, Status, StatusCode};
use throughline_collector::{Collector, Tree, render};

fn posted(spans: Vec<SpanData>) -> Collector {
    let collector = collector();
    let mut client = Client::connect(collector.otlp_http_addr().expect("on"));
    assert_eq!(client.post(&[], &body(vec![group("shop", spans)])).status, 200);
    collector
}

/// The rows of trace 1 as text: indentation, name, warnings.
fn rows(collector: &Collector) -> String {
    let trace = collector.store().trace(TraceId::from_u128(1)).expect("the trace arrived");
    let tree = Tree::new(&trace);
    let mut out = String::new();
    for row in tree.rows() {
        let warnings: Vec<String> = row.warnings.iter().map(ToString::to_string).collect();
        out += &format!("{}{}", ". ".repeat(row.depth as usize), row.span.data().name);
        out += &if warnings.is_empty() { "\n".to_owned() } else { format!(" ! {}\n", warnings.join(", ")) };
    }
    out
}

#[test]
fn children_come_by_start_below_their_parent_whatever_the_order_of_arrival() {
    let collector = posted(vec![
        span(1, 4, 2, "grandchild", 15, 2),
        span(1, 3, 1, "second", 50, 10),
        span(1, 2, 1, "first", 10, 10),
        span(1, 1, 0, "root", 0, 100),
    ]);
    assert_eq!(rows(&collector), "root\n. first\n. . grandchild\n. second\n");
}

#[test]
fn orphans_and_second_roots_stand_at_the_top() {
    let collector = posted(vec![
        span(1, 1, 0, "root", 0, 100),
        span(1, 2, 99, "orphan", 10, 10),
        span(1, 3, 2, "below the orphan", 11, 5),
        span(1, 4, 0, "second root", 200, 10),
    ]);
    let orphan = "orphan ! the parent 0000000000000063 is not in the trace\n. below the orphan\n";
    assert_eq!(rows(&collector), format!("root\n{orphan}second root\n"));
}

#[test]
fn circles_are_cut_at_their_earliest_span() {
    let collector = posted(vec![
        span(1, 1, 3, "c", 30, 10),
        span(1, 2, 1, "a", 10, 50),
        span(1, 3, 2, "b", 20, 40),
        span(1, 4, 3, "below b", 25, 5),
        span(1, 5, 5, "own parent", 40, 5),
    ]);
    let cut = "the span is its own ancestor; the circle is cut here";
    assert_eq!(rows(&collector), format!("a ! {cut}\n. b\n. . below b\n. . c\nown parent ! {cut}\n"));
}

#[test]
fn clashing_ids_stay_and_shared_ones_become_parent_and_child() {
    let collector = posted(vec![
        span(1, 10, 0, "root", 0, 100),
        span(1, 11, 10, "clash one", 10, 10),
        span(1, 11, 10, "clash two", 30, 10),
        span(1, 11, 10, "clash one", 10, 10),
        SpanData { kind: SpanKind::Client, ..span(1, 12, 10, "call", 50, 20) },
        SpanData { kind: SpanKind::Server, ..span(1, 12, 10, "serve", 52, 16) },
        span(1, 13, 12, "below serve", 55, 5),
    ]);
    let duplicate = "another span has the same id";
    assert_eq!(
        rows(&collector),
        format!("root\n. clash one\n. clash two ! {duplicate}\n. call\n. . serve\n. . . below serve\n")
    );
    assert_eq!(collector.store().stats().duplicate_spans, 1);
}

#[test]
fn odd_times_are_told() {
    let no_start = SpanData { start_unix_nanos: 0, ..span(1, 2, 1, "no start", 0, 5) };
    let mut backwards = span(1, 3, 1, "backwards", 20, 0);
    backwards.end_unix_nanos -= 5;
    let collector = posted(vec![span(1, 1, 0, "root", 0, 100), no_start, backwards]);
    let expected =
        "root\n. no start ! the span has no start time\n. backwards ! the span ends before it starts\n";
    assert_eq!(rows(&collector), expected);
    assert_eq!(collector.store().traces(1)[0].duration(), Duration::from_millis(100));
}

#[test]
fn long_chains_long_circles_and_many_siblings_are_no_trouble() {
    const COUNT: u64 = 20_000;
    let chain = (1..=COUNT).map(|id| span(1, id, id - 1, "link", id / 100, 200));
    let flat = (1..=COUNT).map(|id| span(2, id, u64::from(id > 1), "leaf", id / 100, 1));
    let mut circle: Vec<SpanData> = (1..=COUNT).map(|id| span(3, id, id - 1, "link", 0, 1)).collect();
    circle[0].parent_span_id = throughline::SpanId::from_u64(COUNT);
    let began = Instant::now();
    let collector = posted(chain.chain(flat).chain(circle).collect());
    let mut api = Client::connect(collector.http_addr().expect("on"));
    for trace in 1..=3 {
        for path in [format!("/api/traces/{trace}"), format!("/api/throughline/traces/{trace}/text")] {
            assert_eq!(api.get(&path).status, 200, "{path}");
        }
        let rows = api.get(&format!("/api/throughline/traces/{trace}")).json();
        assert_eq!(rows["rows"].as_array().map(Vec::len), Some(COUNT as usize));
        assert_eq!(rows["rows"][0][1], COUNT);
    }
    // A bound that only recursion or quadratic work would miss.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[test]
fn a_waterfall_of_text_is_aligned_and_says_what_failed() {
    let failed = |id, parent, name: &str, start, length, why: &str| SpanData {
        status: Status { code: StatusCode::Error, description: why.to_owned() },
        ..span(1, id, parent, name, start, length)
    };
    let collector = collector();
    let mut client = Client::connect(collector.otlp_http_addr().expect("on"));
    let gateway = vec![
        span(1, 1, 0, "GET /cart\u{1b}[31m", 0, 120),
        span(1, 2, 1, "authenticate", 2, 10),
        span(1, 3, 1, "漢字", 14, 1),
    ];
    let orders =
        vec![span(1, 4, 1, "POST /orders", 20, 100), failed(5, 4, "charge", 40, 60, "card\ndeclined")];
    assert_eq!(client.post(&[], &body(vec![group("gateway", gateway), group("orders", orders)])).status, 200);
    let trace = collector.store().trace(TraceId::from_u128(1)).expect("arrived");
    let expected = "\
trace 00000000000000000000000000000001  120 ms  5 spans  2 services  1 error
gateway  GET /cart\u{fffd}[31m        120 ms  █████████████████████████████████████
gateway  ├─ authenticate      10.0 ms  ███
gateway  ├─ 漢字              1.00 ms      ▏
orders   └─ POST /orders       100 ms        ███████████████████████████████
orders      └─ charge    ✗    60.0 ms              ███████████████████
               ✗ card declined
";
    assert_eq!(render::waterfall(&trace, 76), expected);
    assert!(render::waterfall(&trace, 0).lines().all(|line| line.chars().count() <= 60));
}
