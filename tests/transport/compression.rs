//! gzip and zstd, and an embedded collector that reads both.

use crate::ledger::{LONG, row, spans, to};
use crate::speaking::started;
use crate::support::bare;
use crate::support::collector::Collector;
use prost::Message;
use std::net::SocketAddr;

#[test]
fn zstd_is_used_where_code_asks_for_it_and_goes_before_gzip() {
    let collector = Collector::accepting();
    let (dispatch, guard, _) = started(to(&collector).gzip(true).zstd(true));
    spans(&dispatch, 500);
    guard.flush(LONG).expect("accepted");
    let request = &collector.requests()[0];
    assert_eq!(request.header("content-encoding"), Some("zstd"));
    let plain = request.decoded().encoded_len();
    assert!(request.body.len() * 3 < plain * 2, "{} of {plain} bytes", request.body.len());
    assert_eq!(collector.accepted().len(), 500);
}

#[test]
fn the_embedded_collector_reads_what_is_sent() {
    let collector = throughline_collector::Collector::builder()
        .otlp_http(SocketAddr::from(([127, 0, 0, 1], 0)))
        .http(None)
        .start()
        .expect("free ports");
    let url = format!("http://{}", collector.otlp_http_addr().expect("it is on"));
    let mut sent = 0;
    for builder in [bare(), bare().gzip(true), bare().zstd(true)] {
        let (dispatch, guard, lines) = started(builder.endpoint(&url).request_spans(1000));
        spans(&dispatch, 5000);
        guard.flush(LONG).unwrap_or_else(|error| panic!("{error}: {}", lines.text()));
        assert_eq!(row(&guard.stats()).exported, 5000);
        sent += 5000;
    }
    assert_eq!(collector.store().stats().stored_spans as usize, sent);
    collector.shutdown();
}
