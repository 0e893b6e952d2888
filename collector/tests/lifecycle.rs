//! Starting and stopping: ports, errors, and no waiting for anybody.

mod client;
mod sample;

use client::Client;
use sample::{ANY_PORT, body, collector, configured, group, span};
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};
use throughline_collector::{Collector, Listener};

#[test]
fn a_taken_port_is_told_with_the_listener_that_wanted_it() {
    let taken = TcpListener::bind(ANY_PORT).expect("a free port");
    let addr = taken.local_addr().expect("bound");
    let error = Collector::builder().otlp_http(ANY_PORT).http(addr).start().expect_err("the port is taken");
    assert!(error.is_addr_in_use());
    assert_eq!(error.listener(), Some(Listener::Http));
    assert!(error.to_string().contains(&addr.to_string()), "{error}");
    let error = Collector::builder().otlp_http(addr).http(None).start().expect_err("the port is taken");
    assert_eq!(error.listener(), Some(Listener::OtlpHttp));
}

#[test]
fn addresses_that_others_can_reach_are_refused() {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let error = Collector::builder().otlp_http(everywhere).http(None).start().expect_err("not loopback");
    assert!(error.is_not_loopback() && !error.is_addr_in_use());
}

#[test]
fn each_listener_can_be_off() {
    let collector = configured(|builder| builder.http(None));
    assert!(collector.otlp_http_addr().is_some());
    assert_eq!((collector.http_addr(), collector.viewer_url()), (None, None));
}

#[test]
fn stopping_is_quick_with_open_connections_and_frees_the_ports() {
    let collector = collector();
    let (otlp, http) = (collector.otlp_http_addr().expect("on"), collector.http_addr().expect("on"));
    let mut idle = Client::connect(http);
    assert_eq!(idle.get("/api/services").status, 200);
    let mut halfway = Client::connect(otlp);
    halfway.write(b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nabc");
    let began = Instant::now();
    collector.shutdown();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let again = Collector::builder().otlp_http(otlp).http(http).start().expect("the ports are free");
    drop(again);
}

#[tokio::test]
async fn it_runs_inside_any_runtime() {
    let collector = collector();
    let addr = collector.otlp_http_addr().expect("on");
    let sent = tokio::task::spawn_blocking(move || {
        Client::connect(addr).post(&[], &body(vec![group("shop", vec![span(1, 1, 0, "a", 0, 1)])])).status
    });
    assert_eq!(sent.await.expect("no panic"), 200);
    assert_eq!(collector.store().stats().spans, 1);
    drop(collector);
}
