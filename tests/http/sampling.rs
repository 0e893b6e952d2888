//! Which requests are sampled: by what is known of one before its span is made.

use crate::loopback::{SAMPLED, UNSAMPLED, call, captured_by, get};
use axum::Router;
use axum::routing::get as on_get;
use http::HeaderValue;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use throughline::http::ServerLayer;
use throughline::testing::Capture;
use throughline::wire::SpanKind;
use throughline::{Sampler, SamplingDecision, SamplingRule, current_context};

/// Serves these requests, and gives the names of the spans, and the flags within the handlers.
fn served(sampler: Sampler, requests: &[(&str, Option<&'static str>)]) -> (Vec<String>, Vec<bool>) {
    let flags = Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = Arc::clone(&flags);
    let hello =
        on_get(async move || noted.lock().expect("not poisoned").push(current_context().is_sampled()));
    let trace = captured_by(Capture::with(|builder| builder.sampler(sampler)), || async {
        let app = Router::new().route("/users/{id}", hello.clone()).route("/health", hello);
        let mut app = app.layer(ServerLayer::new());
        for (path, traceparent) in requests {
            let mut request = get(path);
            if let Some(traceparent) = traceparent {
                request.headers_mut().insert("traceparent", HeaderValue::from_static(traceparent));
            }
            call(&mut app, request).await;
        }
    });
    let names = trace.spans().iter().map(|span| span.name().to_owned()).collect();
    (names, Arc::into_inner(flags).expect("the handlers are gone").into_inner().expect("not poisoned"))
}

#[test]
fn rules_see_name_kind_route_and_attributes_of_a_request() {
    let rule: [fn(SamplingRule) -> SamplingRule; 4] = [
        |rule| rule.route("/users/*"),
        |rule| rule.name("GET /users/{id}"),
        |rule| rule.kind(SpanKind::Server).attribute("url.path", "/users/7"),
        |rule| rule.target("throughline::http").attribute("http.request.method", "GET").route("/users/?id?"),
    ];
    for fits in rule {
        let sampler = Sampler::rules([
            fits(SamplingRule::new(Sampler::always_on())),
            SamplingRule::new(Sampler::always_off()),
        ]);
        let (names, flags) =
            served(sampler, &[("/users/7", None), ("/health", None), ("/users/7", Some(UNSAMPLED))]);
        assert_eq!(names, ["GET /users/{id}", "GET /users/{id}"]);
        assert_eq!(flags, [true, false, true]);
    }
}

#[test]
fn a_rule_may_follow_the_caller() {
    let sampler = Sampler::rules([
        SamplingRule::new(Sampler::always_off()).route("/health"),
        SamplingRule::new(Sampler::parent_based(Sampler::always_off())),
    ]);
    let requests = [
        ("/health", Some(SAMPLED)),
        ("/users/7", Some(SAMPLED)),
        ("/users/7", Some(UNSAMPLED)),
        ("/users/7", None),
    ];
    let (names, flags) = served(sampler, &requests);
    assert_eq!((names, flags), (vec!["GET /users/{id}".to_owned()], vec![false, true, false, false]));
}

#[test]
fn a_sampler_of_the_programs_own_is_asked_once_a_request() {
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    let sampler = Sampler::custom(move |params| {
        counted.fetch_add(1, Ordering::Relaxed);
        assert_eq!(params.kind(), SpanKind::Server);
        match params.attribute("http.route") {
            Some(route) if route == "/health" => SamplingDecision::Drop,
            _ => SamplingDecision::Sample,
        }
    });
    let (names, flags) =
        served(sampler, &[("/health", None), ("/users/7", Some(SAMPLED)), ("/users/8", None)]);
    assert_eq!((names.len(), flags), (2, vec![false, true, true]));
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

#[test]
fn a_rate_is_used_up_by_one_a_request() {
    let sampler = Sampler::rate_limited(1e-3);
    let (names, flags) = served(sampler, &[("/users/7", None); 3]);
    assert_eq!((names.len(), flags), (1, vec![true, false, false]));
}
