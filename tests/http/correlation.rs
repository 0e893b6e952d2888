//! The correlation id and baggage: taken or made by a server, told by its response, passed on by a client.

use crate::loopback::{SAMPLED, TRACE, UNSAMPLED, call, captured, get};
use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use http::{HeaderMap, Request, Response};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use throughline::http::{ClientLayer, ServerLayer};
use throughline::testing::Trace;
use tower::{Layer, ServiceExt, service_fn};
use tracing::Instrument as _;

const HEADER: &str = "x-correlation-id";

/// What a handler sees, what the response says, and the trace.
fn asked(layer: ServerLayer, headers: &[(&'static str, &str)]) -> (Option<String>, Vec<String>, Trace) {
    let (seen, told) = (Arc::new(Mutex::new(None)), Arc::new(Mutex::new(Vec::new())));
    let trace = captured(|| async {
        let noted = Arc::clone(&seen);
        let handler = async move || {
            *noted.lock().expect("nothing panics") = throughline::correlation_id().map(|id| id.to_string());
            tracing::info_span!("inner").in_scope(|| ());
        };
        let mut request = get("/");
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().expect("a header can hold it"));
        }
        let response = call(&mut Router::new().route("/", on_get(handler)).layer(layer), request).await;
        let values = response.headers().get_all(HEADER).iter();
        told.lock()
            .expect("nothing panics")
            .extend(values.map(|value| value.to_str().expect("text").to_owned()));
    });
    let seen = seen.lock().expect("nothing panics").clone();
    (seen, Arc::try_unwrap(told).expect("nobody else has it").into_inner().expect("nothing panics"), trace)
}

#[test]
fn an_id_that_comes_is_on_every_span_and_on_the_response() {
    for headers in [
        vec![(HEADER, "order-7")],
        vec![("x-request-id", "order-7")],
        vec![("baggage", "correlation.id=order-7"), (HEADER, "other")],
    ] {
        for traceparent in [None, Some(("traceparent", SAMPLED))] {
            let headers: Vec<_> = headers.iter().copied().chain(traceparent).collect();
            let (seen, told, trace) = asked(ServerLayer::new(), &headers);
            assert_eq!(
                (seen.as_deref(), &told[..]),
                (Some("order-7"), &["order-7".to_owned()][..]),
                "{headers:?}"
            );
            for span in trace.spans() {
                assert_eq!(*span.attr("correlation.id"), "order-7");
            }
            let continued = trace.span("GET /").data().trace_id.to_string() == TRACE;
            assert_eq!((trace.spans().len(), continued), (2, traceparent.is_some()));
        }
    }
}

#[test]
fn an_id_is_made_where_none_comes_and_where_it_is_hostile() {
    let long = "x".repeat(129);
    for headers in [
        vec![],
        vec![(HEADER, "two words")],
        vec![(HEADER, long.as_str())],
        vec![(HEADER, "a"), (HEADER, "b")],
    ] {
        let (seen, told, trace) = asked(ServerLayer::new(), &headers);
        let id = seen.expect("there is one");
        assert_eq!((id.len(), &told[..]), (36, std::slice::from_ref(&id)));
        assert_eq!(*trace.span("inner").attr("correlation.id"), id.as_str());
    }
}

#[test]
fn an_unsampled_request_has_an_id_too() {
    let (seen, told, trace) = asked(ServerLayer::new(), &[("traceparent", UNSAMPLED), (HEADER, "order-7")]);
    assert_eq!((seen.as_deref(), told.len(), trace.spans().len()), (Some("order-7"), 1, 0));
}

#[test]
fn a_public_endpoint_takes_the_header_and_no_baggage() {
    let headers =
        [("traceparent", SAMPLED), ("baggage", "correlation.id=foreign,user=7"), (HEADER, "order-7")];
    let (seen, _, trace) = asked(ServerLayer::new().public_endpoint(), &headers);
    assert_eq!(seen.as_deref(), Some("order-7"));
    assert_ne!(trace.span("GET /").data().trace_id.to_string(), TRACE);
}

#[test]
fn the_programs_own_header_is_left_alone() {
    let trace = captured(|| async {
        let handler = async || [(HEADER, "mine")];
        let mut app = Router::new().route("/", on_get(handler)).layer(ServerLayer::new());
        assert_eq!(call(&mut app, get("/")).await.headers()[HEADER], "mine");
    });
    assert_eq!(trace.spans().len(), 1);
}

#[test]
fn a_request_inside_of_another_span_has_the_id_of_its_trace() {
    let trace = captured(|| async {
        let mut app = Router::new().route("/", on_get(async || "hello")).layer(ServerLayer::new());
        let work = async { call(&mut app, get("/")).await };
        let response = work.instrument(tracing::info_span!("connection")).await;
        assert_eq!(response.headers()[HEADER].len(), 36);
    });
    let (outer, inner) = (trace.span("connection"), trace.span("GET /"));
    assert_eq!((inner.parent(), inner.attr("correlation.id")), (Some(outer), outer.attr("correlation.id")));
}

#[test]
fn baggage_goes_to_our_own_hosts_only() {
    let sent = |layer: ClientLayer| {
        let seen = Arc::new(Mutex::new(HeaderMap::new()));
        captured(|| async {
            let noted = Arc::clone(&seen);
            let inner = service_fn(move |request: Request<Body>| {
                *noted.lock().expect("nothing panics") = request.headers().clone();
                std::future::ready(Ok::<_, Infallible>(Response::new(Body::empty())))
            });
            let client = layer.layer(inner);
            let service = service_fn(|_: Request<Body>| {
                let request =
                    Request::get("http://api.example/").body(Body::empty()).expect("a good request");
                client.clone().oneshot(request)
            });
            let mut request = get("/");
            request.headers_mut().insert("baggage", "user=7,correlation.id=order-7".parse().expect("text"));
            ServerLayer::new().layer(service).oneshot(request).await.expect("it answers");
        });
        Arc::try_unwrap(seen).expect("nobody else has it").into_inner().expect("nothing panics")
    };
    for own in [ClientLayer::new(), ClientLayer::new().own_hosts([".example"])] {
        let headers = sent(own);
        let baggage = headers["baggage"].to_str().expect("text");
        assert!(baggage.contains("user=7") && baggage.contains("correlation.id=order-7"), "{baggage}");
    }
    let headers = sent(ClientLayer::new().own_hosts(["api.other"]));
    assert!(headers.contains_key("traceparent") && !headers.contains_key("baggage"), "{headers:?}");
    assert!(!headers.contains_key(HEADER));
}

#[test]
fn a_request_that_brings_an_id_keeps_it_inside_of_another_span() {
    for header in [(HEADER, "order-7"), ("x-request-id", "order-7")] {
        let trace = captured(|| async {
            let handler = async || {
                assert_eq!(throughline::correlation_id().expect("it came").as_str(), "order-7");
                tracing::info_span!("inner").in_scope(|| ());
            };
            let mut app = Router::new().route("/", on_get(handler)).layer(ServerLayer::new());
            let mut request = get("/");
            request.headers_mut().insert(header.0, header.1.parse().expect("text"));
            let work = async { call(&mut app, request).await };
            let response = work.instrument(tracing::info_span!("connection")).await;
            assert_eq!(response.headers()[HEADER], "order-7");
        });
        let request = trace.span("GET /");
        assert_eq!(request.parent(), Some(trace.span("connection")));
        assert_eq!(*request.attr("correlation.id"), "order-7");
        assert_eq!(*trace.span("inner").attr("correlation.id"), "order-7");
        assert_ne!(*trace.span("connection").attr("correlation.id"), "order-7");
    }
}

#[test]
fn baggage_without_a_trace_is_that_of_a_child_of_the_span_around() {
    let trace = captured(|| async {
        let handler = async || {
            let baggage = throughline::baggage::current();
            assert_eq!(
                ["user", "shop", "mine"].map(|name| baggage.get(name).as_deref().map(str::to_owned)),
                [Some("7".to_owned()), Some("a".to_owned()), Some("1".to_owned())]
            );
            assert_eq!(baggage.properties("user"), Some("p=1"));
        };
        let mut app = Router::new().route("/", on_get(handler)).layer(ServerLayer::new());
        let mut request = get("/");
        request.headers_mut().insert("baggage", "user=7;p=1,shop=a".parse().expect("text"));
        let work = async {
            throughline::baggage::set("shop", "b").expect("there is room");
            throughline::baggage::set("mine", "1").expect("there is room");
            call(&mut app, request).await;
            assert_eq!(throughline::baggage::get("user"), None);
        };
        work.instrument(tracing::info_span!("connection")).await;
    });
    let (outer, inner) = (trace.span("connection"), trace.span("GET /"));
    assert_eq!((inner.parent(), inner.attr("correlation.id")), (Some(outer), outer.attr("correlation.id")));
}

/// A router in a router, both with the layer.
#[test]
fn a_layer_in_a_layer_makes_a_child_with_the_same_id() {
    let headers = [
        None,
        Some(("traceparent", SAMPLED)),
        Some(("baggage", "user=7")),
        Some(("baggage", "correlation.id=0123456789abcdef0123456789abcdef0123")),
    ];
    for header in headers {
        let trace = captured(|| async {
            let inner = Router::new().route("/", on_get(async || "hello")).layer(ServerLayer::new());
            let mut app = Router::new().nest_service("/in", inner).layer(ServerLayer::new());
            let mut request = get("/in/");
            if let Some((name, value)) = header {
                request.headers_mut().insert(name, value.parse().expect("text"));
            }
            let told = call(&mut app, request).await.headers()[HEADER].len();
            assert_eq!(told, 36);
        });
        let [outer, inner] = trace.spans()[..] else { panic!("two spans: {trace}") };
        assert_eq!((outer.is_root(), inner.parent()), (true, Some(outer)), "{trace}");
        assert_eq!(inner.attr("correlation.id"), outer.attr("correlation.id"));
        let continued = header.is_some_and(|(name, _)| name == "traceparent");
        assert_eq!(outer.data().trace_id.to_string() == TRACE, continued);
    }
}
