//! Servers and clients without axum: hyper-util's own, upgrades, readiness, attempts.

use crate::loopback::{captured, get, send_raw};
use axum::body::Body;
use http::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use throughline::http::{ClientLayer, ResendCount, ServerLayer};
use throughline::wire::StatusCode as Code;
use tokio::net::TcpListener;
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};

/// Answers every request with this, on a port of its own.
async fn serve(answer: fn() -> Response<Body>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        let answers = service_fn(move |_: Request<_>| ready(Ok::<_, Infallible>(answer())));
        let service = ServiceBuilder::new().layer(ServerLayer::new()).service(answers);
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                let builder = Builder::new(TokioExecutor::new());
                let _ = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

#[test]
fn a_server_of_hyper_util_needs_no_axum() {
    let trace = captured(|| async {
        let address = serve(|| Response::new(Body::from("hello"))).await;
        let request = b"GET /users/7?a=b HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";
        let answer = send_raw(address, request).await;
        assert!(answer.ends_with("hello") && answer.contains("x-correlation-id: "), "{answer}");
    });
    let span = trace.span("GET");
    assert_eq!((span.attr("url.path"), span.attr("url.query")), (&"/users/7".into(), &"a=b".into()));
    assert_eq!((span.try_attr("http.route"), span.try_attr("throughline.cancelled")), (None, None));
}

#[test]
fn an_upgrade_is_the_end_of_the_request() {
    let trace = captured(|| async {
        let address = serve(|| {
            let answer = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
            let answer = answer.header("connection", "upgrade").header("upgrade", "echo");
            answer.body(Body::empty()).expect("a good response")
        })
        .await;
        let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
        assert!(send_raw(address, request).await.starts_with("HTTP/1.1 101"));
    });
    let span = trace.span("GET");
    assert_eq!(*span.attr("http.response.status_code"), 101);
    assert_eq!((span.status().code, span.try_attr("throughline.cancelled")), (Code::Unset, None), "{span}");
    assert!(!span.is_unfinished());
}

/// Has to be asked whether it is ready, itself and not the one that it was copied from.
#[derive(Default)]
struct Asked(bool);

impl Clone for Asked {
    fn clone(&self) -> Self {
        Asked(false)
    }
}

impl Service<Request<Body>> for Asked {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0 = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        assert!(std::mem::take(&mut self.0), "the one that is called is the one that was asked");
        ready(Ok(Response::new(Body::empty())))
    }
}

#[test]
fn the_service_that_was_ready_is_the_one_that_is_called() {
    let trace = captured(|| async {
        let mut server = ServerLayer::new().layer(Asked::default());
        let mut client = ClientLayer::new().layer(Asked::default());
        for _ in 0..2 {
            server.ready().await.expect("always").call(get("/")).await.map(drop).expect("it answers");
            client.ready().await.expect("always").call(get("http://a/")).await.map(drop).expect("it answers");
            server.clone().oneshot(get("/")).await.map(drop).expect("it answers");
        }
    });
    assert_eq!(trace.spans().len(), 6);
}

#[test]
fn every_attempt_is_a_span_of_its_own_with_its_own_header() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let trace = captured(|| async {
        let client = ClientLayer::new().layer(service_fn(|request: Request<Body>| {
            let mut sent = sent.lock().expect("nothing panics");
            sent.push(request.headers()["traceparent"].clone());
            let status = if sent.len() < 3 { 503 } else { 200 };
            ready(Ok::<_, Infallible>(Response::builder().status(status).body(Body::empty()).expect("good")))
        }));
        let attempts = async {
            let mut headers = http::HeaderMap::new();
            for attempt in 0..3 {
                // As a layer that repeats does it: a copy of what was sent before.
                let mut request = get("http://api.example/");
                *request.headers_mut() = headers.clone();
                request.extensions_mut().insert(ResendCount(attempt));
                headers.insert(
                    "traceparent",
                    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().expect("text"),
                );
                client.clone().oneshot(request).await.map(drop).expect("it answers");
            }
        };
        tracing::Instrument::instrument(attempts, tracing::info_span!("work")).await;
    });
    let attempts: Vec<_> = trace.spans().into_iter().filter(|span| span.name() == "GET").collect();
    for (number, span) in attempts.iter().enumerate() {
        assert_eq!(span.parent(), Some(trace.span("work")));
        let count = (number > 0).then(|| (number as i64).into());
        assert_eq!(span.try_attr("http.request.resend_count"), count.as_ref());
        let expected = format!("00-{}-{}-03", span.data().trace_id, span.data().span_id);
        assert_eq!(sent.lock().expect("nothing panics")[number], expected.as_str());
        assert_eq!(span.status().code, if number < 2 { Code::Error } else { Code::Unset });
    }
    assert_eq!(attempts.len(), 3);
}

/// A request of 64 KiB names and values, and of many headers, is a request.
#[test]
fn what_a_stranger_sends_too_much_of_breaks_nothing() {
    let trace = captured(|| async {
        let layer = ServerLayer::new().trust_forwarded();
        let service = service_fn(async |_: Request<Body>| Ok::<_, Infallible>(Response::new(Body::empty())));
        let long = "x".repeat(60_000);
        let mut request = get(&format!("/{}?{}", &long[..30_000], &long[..30_000]));
        for name in
            ["user-agent", "host", "forwarded", "x-forwarded-for", "x-forwarded-host", "x-correlation-id"]
        {
            request.headers_mut().insert(name, long.parse().expect("text"));
        }
        for number in 0..10_000 {
            request.headers_mut().append("baggage", format!("k{number}=v").parse().expect("text"));
            request.headers_mut().append("x-request-id", "twice".parse().expect("text"));
        }
        let response = layer.layer(service).oneshot(request).await.expect("it answers");
        assert_eq!(response.headers()["x-correlation-id"], "twice");
    });
    assert_eq!(*trace.span("GET").attr("user_agent.original"), "x".repeat(60_000).as_str());
}
