//! A layer in a layer, of which the outer one does not believe what a stranger says.

use crate::loopback::{SAMPLED, TRACE, UNSAMPLED, call, captured, get};
use axum::Router;
use axum::routing::get as on_get;
use throughline::http::ServerLayer;
use throughline::testing::Trace;

/// The trace of a request, with what a stranger sends, to a router in a router.
fn nested(outer: ServerLayer, inner: ServerLayer, headers: &[(&'static str, &str)]) -> Trace {
    captured(|| async {
        let handler = async || assert_eq!(throughline::baggage::get("user"), None);
        let inner = Router::new().route("/", on_get(handler)).layer(inner);
        let mut app = Router::new().nest_service("/in", inner).layer(outer);
        let mut request = get("/in/");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("text"));
        }
        call(&mut app, request).await;
    })
}

#[test]
fn inside_of_a_public_endpoint_no_layer_believes_the_stranger() {
    let public = || ServerLayer::new().public_endpoint();
    for headers in [
        &[("traceparent", SAMPLED), ("baggage", "user=7,correlation.id=theirs")][..],
        &[("traceparent", UNSAMPLED)],
        &[("baggage", "user=7,correlation.id=theirs")],
        &[("x-datadog-sampling-priority", "-1")],
        &[],
    ] {
        for inner in [ServerLayer::new(), public()] {
            let trace = nested(public(), inner, headers);
            let [outer, inner] = trace.spans()[..] else { panic!("two spans: {trace}") };
            assert_eq!((outer.is_root(), inner.parent()), (true, Some(outer)), "{headers:?}: {trace}");
            assert_ne!(outer.data().trace_id.to_string(), TRACE);
            let named = headers.iter().any(|(name, _)| *name == "traceparent");
            assert_eq!((outer.data().links.len(), inner.data().links.len()), (usize::from(named), 0));
            assert_eq!(outer.attr("correlation.id"), inner.attr("correlation.id"));
            assert_ne!(*inner.attr("correlation.id"), "theirs");
        }
    }
}

#[test]
fn inside_of_a_public_endpoint_a_task_of_its_own_is_in_its_trace() {
    use tower::{Layer as _, ServiceExt as _, service_fn};
    let trace = captured(|| async {
        let inner = Router::new().route("/", on_get(async || "hello")).layer(ServerLayer::new());
        // As a middleware that knows nothing of spans: the task is in none.
        let spawning = service_fn(move |request| {
            let inner = inner.clone();
            async move { tokio::spawn(inner.oneshot(request)).await.expect("it does not panic") }
        });
        let mut request = get("/");
        request.headers_mut().insert("traceparent", SAMPLED.parse().expect("text"));
        call(&mut ServerLayer::new().public_endpoint().layer(spawning), request).await;
    });
    let [outer, inner] = trace.spans()[..] else { panic!("two spans: {trace}") };
    assert_eq!((outer.is_root(), inner.parent()), (true, Some(outer)), "{trace}");
    assert_ne!(inner.data().trace_id.to_string(), TRACE);
}

#[test]
fn a_public_endpoint_in_a_layer_that_believes_begins_a_trace() {
    let headers = [("traceparent", SAMPLED)];
    let trace = nested(ServerLayer::new(), ServerLayer::new().public_endpoint(), &headers);
    let [trusting, public] = trace.spans()[..] else { panic!("two spans: {trace}") };
    let (trusting, public) = match trusting.data().trace_id.to_string() == TRACE {
        true => (trusting, public),
        false => (public, trusting),
    };
    assert_eq!(trusting.data().trace_id.to_string(), TRACE);
    assert_ne!(public.data().trace_id.to_string(), TRACE);
    assert_eq!((public.data().links.len(), public.is_root()), (1, true));
}
