//! Names and attributes of a server's spans.

use crate::loopback::{SAMPLED, TRACE, call, captured, get, send_raw, serve};
use axum::Router;
use axum::body::Body;
use axum::routing::{any, get as on_get};
use http::Request;
use throughline::http::ServerLayer;
use throughline::testing::assert_tree;
use throughline::wire::SpanKind;

fn app() -> Router {
    Router::new().route("/users/{id}", any(async || "hello")).layer(ServerLayer::new())
}

#[test]
fn a_request_over_loopback_has_every_attribute_of_the_conventions() {
    let trace = captured(|| async {
        let address = serve(app()).await;
        let request = format!(
            "GET /users/7?a=1&sig=hunter2 HTTP/1.1\r\nhost: shop.example:8080\r\nuser-agent: test/1\r\n\
             traceparent: {SAMPLED}\r\nconnection: close\r\n\r\n"
        );
        let answer = send_raw(address, request.as_bytes()).await;
        assert!(answer.ends_with("hello"), "{answer}");
    });
    let span = trace.span("GET /users/{id}");
    assert_eq!((span.kind(), span.data().trace_id.to_string()), (SpanKind::Server, TRACE.to_owned()));
    for (key, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/users/{id}"),
        ("url.path", "/users/7"),
        ("url.query", "a=1&sig=REDACTED"),
        ("url.scheme", "http"),
        ("server.address", "shop.example"),
        ("client.address", "127.0.0.1"),
        ("network.peer.address", "127.0.0.1"),
        ("user_agent.original", "test/1"),
        ("network.protocol.version", "1.1"),
    ] {
        assert_eq!(*span.attr(key), value, "{key}");
    }
    assert_eq!(
        (span.attr("server.port"), span.attr("http.response.status_code")),
        (&8080.into(), &200.into())
    );
    assert!(matches!(span.attr("network.peer.port"), throughline::wire::Value::Int(port) if *port > 0));
    assert_eq!(span.data().attributes.len(), 14, "{span}");
}

#[test]
fn a_handlers_spans_and_log_lines_are_in_the_requests_trace() {
    let trace = captured(|| async {
        let handler = async || {
            tracing::info!("in the handler");
            tracing::info_span!("query").in_scope(|| ());
        };
        let mut app = Router::new().route("/", on_get(handler)).layer(ServerLayer::new());
        let mut request = get("/");
        request.headers_mut().insert("traceparent", SAMPLED.parse().expect("text"));
        call(&mut app, request).await;
    });
    let request = trace.span("GET /");
    assert_eq!(request.event("in the handler").attr("level"), "INFO");
    assert_eq!(trace.span("query").parent(), Some(request));
    assert_eq!(request.data().parent_span_id.to_string(), "00f067aa0ba902b7");
}

#[test]
fn without_a_route_the_name_is_the_method_and_never_the_path() {
    let trace = captured(|| async {
        let mut app = Router::new().fallback(async || http::StatusCode::NOT_FOUND).layer(ServerLayer::new());
        call(&mut app, get("/wp-admin/setup.php")).await;
    });
    let span = trace.span("GET");
    assert_eq!((span.attr("url.path"), span.try_attr("http.route")), (&"/wp-admin/setup.php".into(), None));
    assert_eq!(*span.attr("http.response.status_code"), 404);
}

#[test]
fn a_method_that_nobody_knows_is_not_in_the_name() {
    let trace = captured(|| async {
        let request = |method: &str| Request::builder().method(method).uri("/users/1").body(Body::empty());
        call(&mut app(), request("BREW").expect("a token is a method")).await;
        call(&mut app(), request("QUERY").expect("a token is a method")).await;
    });
    let span = trace.span("HTTP /users/{id}");
    assert_eq!(
        (span.attr("http.request.method"), span.attr("http.request.method_original")),
        (&"_OTHER".into(), &"BREW".into())
    );
    assert_eq!(trace.span("QUERY /users/{id}").try_attr("http.request.method_original"), None);
}

#[test]
fn versions_are_written_as_the_conventions_say() {
    for (version, text) in
        [(http::Version::HTTP_10, "1.0"), (http::Version::HTTP_2, "2"), (http::Version::HTTP_3, "3")]
    {
        let trace = captured(|| async {
            let mut request = get("/users/1");
            *request.version_mut() = version;
            call(&mut app(), request).await;
        });
        assert_eq!(*trace.span("GET /users/{id}").attr("network.protocol.version"), text);
    }
}

#[test]
fn the_address_of_a_request_is_that_of_its_uri_before_that_of_its_header() {
    let trace = captured(|| async {
        let mut request = get("https://one.example/users/1");
        request.headers_mut().insert("host", "two.example".parse().expect("text"));
        call(&mut app(), request).await;
    });
    let span = trace.span("GET /users/{id}");
    assert_eq!((span.attr("server.address"), span.try_attr("server.port")), (&"one.example".into(), None));
    assert_eq!(*span.attr("url.scheme"), "https");
}

#[test]
fn a_request_without_a_trace_is_a_child_of_the_span_that_the_service_is_called_in() {
    use tracing::Instrument as _;
    let trace = captured(|| async {
        let work = async { call(&mut app(), get("/users/1")).await };
        work.instrument(tracing::info_span!("connection")).await;
    });
    let trace =
        trace.mask("correlation.id").mask("http.route").mask("url.scheme").mask("network.protocol.version");
    assert_tree!(
        trace,
        "
        connection correlation.id=_
          GET /users/{id} kind=server http.request.method=GET http.route=_ url.path=/users/1 url.scheme=_ network.protocol.version=_ http.response.status_code=200 correlation.id=_
        "
    );
}
