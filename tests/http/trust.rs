//! What callers say, and who believes it: public endpoints, proxies, secrets, hostile headers.

use crate::loopback::{SAMPLED, TRACE, UNSAMPLED, call, captured, get, send_raw, serve};
use axum::Router;
use axum::routing::get as on_get;
use http::{HeaderName, HeaderValue};
use throughline::http::ServerLayer;
use throughline::testing::Trace;

fn app(layer: ServerLayer) -> Router {
    Router::new().route("/", on_get(async || "hello")).layer(layer)
}

/// The trace of one request with these headers.
fn asked(layer: ServerLayer, headers: &[(&'static str, &[u8])]) -> Trace {
    captured(|| async {
        let mut request = get("/");
        for (name, value) in headers {
            let value = HeaderValue::from_bytes(value).expect("a header can hold it");
            request.headers_mut().append(HeaderName::from_static(name), value);
        }
        call(&mut app(layer), request).await;
    })
}

#[test]
fn a_public_endpoint_begins_a_trace_and_links_the_callers() {
    let headers: [(&str, &[u8]); 2] = [("traceparent", SAMPLED.as_bytes()), ("tracestate", b"vendor=1")];
    let trace = asked(ServerLayer::new().public_endpoint(), &headers);
    let span = trace.span("GET /").data();
    assert!(span.trace_id.to_string() != TRACE && !span.parent_span_id.is_valid());
    assert_eq!(span.trace_state, "");
    let [link] = &span.links[..] else { panic!("one link: {span:?}") };
    assert_eq!(
        (link.trace_id.to_string(), link.span_id.to_string()),
        (TRACE.to_owned(), "00f067aa0ba902b7".to_owned())
    );
    assert_eq!(link.trace_state, "");
}

#[test]
fn what_a_stranger_decided_does_not_count() {
    let trace = asked(ServerLayer::new().public_endpoint(), &[("traceparent", UNSAMPLED.as_bytes())]);
    assert_eq!(trace.span("GET /").data().links.len(), 1);
    let trace = asked(ServerLayer::new(), &[("traceparent", UNSAMPLED.as_bytes())]);
    assert!(trace.spans().is_empty());
}

#[test]
fn a_public_endpoint_without_a_caller_links_nothing() {
    let trace = asked(ServerLayer::new().public_endpoint(), &[]);
    assert!(trace.span("GET /").data().links.is_empty());
}

#[test]
fn a_public_endpoint_is_no_child_of_the_span_around_it() {
    let trace = captured(|| async {
        use tracing::Instrument as _;
        let mut app = app(ServerLayer::new().public_endpoint());
        call(&mut app, get("/")).instrument(tracing::info_span!("connection")).await;
    });
    assert!(trace.span("GET /").is_root());
}

#[test]
fn the_callers_trace_state_goes_on_where_it_is_trusted() {
    let headers: [(&str, &[u8]); 2] = [("traceparent", SAMPLED.as_bytes()), ("tracestate", b"vendor=1")];
    assert_eq!(asked(ServerLayer::new(), &headers).span("GET /").data().trace_state, "vendor=1");
}

#[test]
fn proxies_are_believed_only_where_it_was_said_so() {
    let headers: [(&str, &[u8]); 4] = [
        ("host", b"inner:8080"),
        ("x-forwarded-for", b"203.0.113.9, 10.0.0.1"),
        ("x-forwarded-proto", b"https"),
        ("x-forwarded-host", b"shop.example"),
    ];
    let trace = asked(ServerLayer::new(), &headers);
    let span = trace.span("GET /");
    assert_eq!((span.attr("url.scheme"), span.attr("server.address")), (&"http".into(), &"inner".into()));
    assert_eq!((span.attr("server.port"), span.try_attr("client.address")), (&8080.into(), None));
    let peer = "10.0.0.1:5000".parse().expect("an address");
    let trace = asked(ServerLayer::new().trust_forwarded().peer(move |_| Some(peer)), &headers);
    let span = trace.span("GET /");
    assert_eq!(
        (span.attr("url.scheme"), span.attr("server.address")),
        (&"https".into(), &"shop.example".into())
    );
    assert_eq!((span.try_attr("server.port"), span.attr("client.address")), (None, &"203.0.113.9".into()));
    assert_eq!(
        (span.attr("network.peer.address"), span.attr("network.peer.port")),
        (&"10.0.0.1".into(), &5000.into())
    );
}

#[test]
fn a_server_that_does_tls_says_so() {
    assert_eq!(*asked(ServerLayer::new().scheme("https"), &[]).span("GET /").attr("url.scheme"), "https");
}

#[test]
fn secrets_in_a_query_are_replaced() {
    let trace = captured(|| async {
        let request = get("/?X-Amz-Signature=hunter2&a=b&AWSAccessKeyId=hunter2&x-goog-signature=hunter2");
        call(&mut app(ServerLayer::new()), request).await;
    });
    let expected = "X-Amz-Signature=REDACTED&a=b&AWSAccessKeyId=REDACTED&x-goog-signature=REDACTED";
    assert_eq!(*trace.span("GET /").attr("url.query"), expected);
    assert!(!format!("{:?}", trace.span("GET /").data()).contains("hunter2"));
}

#[test]
fn hostile_headers_begin_a_new_trace_and_break_nothing() {
    let upper = SAMPLED.to_uppercase();
    let zeros = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
    let long = "0".repeat(64 * 1024);
    for value in [
        upper.as_bytes(),
        zeros.as_bytes(),
        long.as_bytes(),
        b"\xff\xfe",
        b"00-",
        b"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ] {
        let trace = asked(ServerLayer::new(), &[("traceparent", value)]);
        assert!(trace.span("GET /").is_root() && trace.span("GET /").data().trace_id.to_string() != TRACE);
    }
    let twice: [(&str, &[u8]); 2] =
        [("traceparent", SAMPLED.as_bytes()), ("traceparent", SAMPLED.as_bytes())];
    assert_ne!(asked(ServerLayer::new(), &twice).span("GET /").data().trace_id.to_string(), TRACE);
    let future: [(&str, &[u8]); 1] =
        [("traceparent", b"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what")];
    assert_eq!(asked(ServerLayer::new(), &future).span("GET /").data().trace_id.to_string(), TRACE);
}

#[test]
fn agents_and_hosts_that_are_not_text_are_kept_out_or_made_text() {
    let headers: [(&str, &[u8]); 3] =
        [("user-agent", b"caf\xe9"), ("host", b"\xff\xff"), ("forwarded", b"for=\"[::1\";host=\"a,b")];
    let trace = asked(ServerLayer::new().trust_forwarded(), &headers);
    let span = trace.span("GET /");
    assert_eq!(*span.attr("user_agent.original"), "caf\u{fffd}");
    assert_eq!((span.try_attr("client.address"), span.is_unfinished()), (None, false));
}

#[test]
fn a_line_break_never_comes_through_a_socket() {
    let trace = captured(|| async {
        let address = serve(app(ServerLayer::new())).await;
        let injected = format!(
            "GET / HTTP/1.1\r\nhost: a\r\nuser-agent: x\r\n injected: y\r\ntraceparent: {SAMPLED}\r\n\r\n"
        );
        assert!(send_raw(address, injected.as_bytes()).await.starts_with("HTTP/1.1 400"));
    });
    assert!(trace.spans().is_empty());
}

#[test]
fn an_answer_to_http_1_0_is_traced_too() {
    let trace = captured(|| async {
        let address = serve(app(ServerLayer::new())).await;
        assert!(send_raw(address, b"GET / HTTP/1.0\r\n\r\n").await.starts_with("HTTP/1.0 200"));
    });
    let span = trace.span("GET /");
    assert_eq!(
        (span.attr("network.protocol.version"), span.try_attr("server.address")),
        (&"1.0".into(), None)
    );
}
