//! What the program has a say in: filters, names, attributes. And what other layers see.

use crate::loopback::{SAMPLED, call, captured, captured_by, get};
use axum::Router;
use axum::routing::get as on_get;
use std::sync::{Arc, Mutex};
use throughline::SpanExt as _;
use throughline::http::ServerLayer;
use throughline::testing::Capture;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

fn app(layer: ServerLayer) -> Router {
    let routes = Router::new()
        .route("/", on_get(async || tracing::info!("handled")))
        .route("/health", on_get(async || "up"));
    routes.layer(layer)
}

#[test]
fn health_checks_are_filtered_out_and_served() {
    let trace = captured(|| async {
        let mut app = app(ServerLayer::new().filter(|request| request.uri().path() != "/health"));
        assert_eq!(call(&mut app, get("/health")).await.status(), 200);
        call(&mut app, get("/")).await;
    });
    assert_eq!(trace.spans().iter().map(|span| span.name()).collect::<Vec<_>>(), ["GET /"]);
}

#[test]
fn hooks_name_the_span_and_add_attributes() {
    let layer = ServerLayer::new()
        .name(|request| (request.uri().path() == "/").then(|| "front page".to_owned()))
        .on_request(|request, span| {
            span.set_attribute("tenant", request.headers()["x-tenant"].to_str().expect("text"));
            span.set_attribute("user_agent.original", "hidden");
        })
        .on_response(|response, span| span.set_attribute("answered", response.headers().len() as i64));
    let trace = captured(|| async {
        let mut request = get("/");
        request.headers_mut().insert("x-tenant", "blue".parse().expect("text"));
        request.headers_mut().insert("user-agent", "curl/8".parse().expect("text"));
        call(&mut app(layer), request).await;
    });
    let span = trace.span("front page");
    assert_eq!((span.attr("tenant"), span.attr("user_agent.original")), (&"blue".into(), &"hidden".into()));
    assert!(span.try_attr("answered").is_some());
    assert_eq!(span.data().attributes.iter().filter(|it| it.key == "user_agent.original").count(), 1);
}

#[test]
fn a_hook_that_panics_has_said_nothing() {
    let layer = ServerLayer::new()
        .filter(|_| panic!("filter"))
        .name(|_| panic!("name"))
        .route(|_| panic!("route"))
        .peer(|_| panic!("peer"))
        .on_request(|_, _| panic!("request"))
        .on_response(|_, _| panic!("response"));
    let trace = captured(|| async {
        assert_eq!(call(&mut app(layer), get("/")).await.status(), 200);
    });
    assert_eq!(*trace.span("GET").attr("http.response.status_code"), 200);
}

#[test]
fn settings_of_a_copy_do_not_reach_the_original() {
    let original = ServerLayer::new();
    let copy = original.clone().name(|_| Some("copy".to_owned()));
    let trace = captured(|| async {
        call(&mut app(original), get("/")).await;
        call(&mut app(copy), get("/")).await;
    });
    assert_eq!(trace.spans().iter().map(|span| span.name()).collect::<Vec<_>>(), ["GET /", "copy"]);
}

/// A writer for log lines, kept in memory.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nothing panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Lines;

    fn make_writer(&self) -> Lines {
        self.clone()
    }
}

#[test]
fn log_lines_of_a_handler_carry_the_ids_and_the_request() {
    let lines = Lines::default();
    let fmt = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(lines.clone())
        .event_format(throughline::log::text());
    let capture =
        Capture::in_subscriber(|it| it, |layer| tracing_subscriber::registry().with(fmt).with(layer));
    let trace = captured_by(capture, || async {
        let mut request = get("/?secret=1");
        request.headers_mut().insert("traceparent", SAMPLED.parse().expect("text"));
        call(&mut app(ServerLayer::new()), request).await;
    });
    let bytes = lines.0.lock().expect("nothing panics").clone();
    let text = String::from_utf8(bytes).expect("text");
    let span = trace.span("GET /").data();
    for part in [
        format!("trace_id={} span_id={} trace_flags=01", span.trace_id, span.span_id),
        r#"http.request.method="GET" http.route="/" url.path="/""#.to_owned(),
    ] {
        assert!(text.contains(&part), "{part} in {text}");
    }
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn the_programs_own_filter_and_redaction_hold_for_requests_too() {
    use throughline::Redaction;
    let capture = Capture::with(|builder| {
        builder.attributes(|_, key| match key {
            "url.query" => Redaction::Drop,
            "user_agent.original" | "http.response.status_code" => Redaction::Hash,
            _ => Redaction::Keep,
        })
    });
    let trace = captured_by(capture, || async {
        let mut request = get("/?a=b");
        request.headers_mut().insert("user-agent", "abc".parse().expect("text"));
        call(&mut app(ServerLayer::new()), request).await;
    });
    let span = trace.span("GET /");
    assert_eq!(
        (span.try_attr("url.query"), span.attr("user_agent.original")),
        (None, &"ba7816bf8f01cfea414140de5dae2223".into())
    );
    let capture = Capture::with(|builder| builder.spans("warn"));
    let trace = captured_by(capture, || async { call(&mut app(ServerLayer::new()), get("/")).await });
    assert!(trace.spans().is_empty());
}
