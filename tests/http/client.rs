//! Requests that a client sends, on tower.

use crate::loopback::{NOBODY, captured, captured_by, serve};
use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use http::{Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use throughline::SpanExt as _;
use throughline::http::{ClientLayer, ResendCount, ServerLayer, UrlTemplate};
use throughline::testing::{Capture, Trace};
use throughline::wire::{SpanKind, StatusCode as Code};
use tower::{Layer, ServiceExt, service_fn};

/// The trace of one request, which is answered with this status, and the headers that it was sent with.
fn sent(layer: ClientLayer, request: http::request::Builder, status: u16) -> (Trace, http::HeaderMap) {
    let seen = Arc::new(Mutex::new(http::HeaderMap::new()));
    let trace = captured(|| async {
        let service = service_fn(|request: Request<Body>| {
            *seen.lock().expect("nothing panics") = request.headers().clone();
            let response = Response::builder().status(status).body(Body::from("hello"));
            std::future::ready(Ok::<_, Infallible>(response.expect("a good response")))
        });
        let request = request.body(Body::empty()).expect("a good request");
        layer.layer(service).oneshot(request).await.expect("it answers");
    });
    let headers = seen.lock().expect("nothing panics").clone();
    (trace, headers)
}

#[test]
fn a_request_over_loopback_is_one_trace_with_the_server() {
    let trace = captured(|| async {
        let app = Router::new().route("/users/{id}", on_get(async || "hello")).layer(ServerLayer::new());
        let address = serve(app).await;
        let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
        let client = ClientLayer::new().layer(client);
        let request = Request::get(format!("http://{address}/users/7?sig=hunter2&a=b")).body(Body::empty());
        let response = client.oneshot(request.expect("a good request")).await.expect("it answers");
        let body = axum::body::to_bytes(Body::new(response.into_body()), 100).await.expect("a body");
        assert_eq!(body, "hello");
    });
    let (client, server) = (trace.span("GET"), trace.span("GET /users/{id}"));
    assert_eq!((client.kind(), server.parent()), (SpanKind::Client, Some(client)));
    let port = server.attr("server.port");
    let throughline::wire::Value::Int(number) = port else { panic!("a number: {port:?}") };
    let url = format!("http://127.0.0.1:{number}/users/7?sig=REDACTED&a=b");
    assert_eq!(
        (client.attr("url.full"), client.attr("server.address")),
        (&url.as_str().into(), &"127.0.0.1".into())
    );
    assert_eq!((client.attr("server.port"), client.attr("http.response.status_code")), (port, &200.into()));
    assert_eq!(client.try_attr("throughline.cancelled"), None);
    assert_eq!(client.data().attributes.len(), 5, "{client}");
}

#[test]
fn credentials_are_not_in_the_url() {
    let request = Request::get("https://user:hunter2@api.example/a");
    let (trace, _) = sent(ClientLayer::new(), request, 200);
    let span = trace.span("GET");
    assert_eq!(*span.attr("url.full"), "https://REDACTED:REDACTED@api.example/a");
    assert_eq!((span.attr("server.address"), span.attr("server.port")), (&"api.example".into(), &443.into()));
}

#[test]
fn a_template_is_part_of_the_name_and_an_attempt_has_its_number() {
    let request = Request::get("http://api/users/7");
    let request = request.extension(UrlTemplate::new("/users/{id}")).extension(ResendCount(2));
    let (trace, _) = sent(ClientLayer::new(), request, 200);
    let span = trace.span("GET /users/{id}");
    assert_eq!(
        (span.attr("url.template"), span.attr("http.request.resend_count")),
        (&"/users/{id}".into(), &2.into())
    );
    let (trace, _) = sent(ClientLayer::new(), Request::get("http://api/").extension(ResendCount(0)), 200);
    assert_eq!(trace.span("GET").try_attr("http.request.resend_count"), None);
}

#[test]
fn client_and_server_errors_are_errors_of_the_request() {
    for (code, failed) in [(200, false), (302, false), (400, true), (404, true), (500, true)] {
        let (trace, _) = sent(ClientLayer::new(), Request::get("http://api/"), code);
        let span = trace.span("GET");
        assert_eq!(span.status().code, if failed { Code::Error } else { Code::Unset }, "{code}");
        assert_eq!(span.try_attr("error.type"), failed.then(|| code.to_string().into()).as_ref(), "{code}");
        assert_eq!(*span.attr("http.response.status_code"), i64::from(code));
    }
}

#[test]
fn a_request_without_an_answer_is_an_error() {
    let trace = captured(|| async {
        let client = ClientLayer::new().layer(Client::builder(TokioExecutor::new()).build_http::<Body>());
        let request = Request::get(format!("http://{NOBODY}/")).body(Body::empty()).expect("a good request");
        client.oneshot(request).await.expect_err("nobody listens");
    });
    let span = trace.span("GET");
    assert_eq!(*span.attr("error.type"), "hyper_util::client::legacy::client::Error");
    assert_eq!(span.status().code, Code::Error);
    assert!(span.status().description.contains("Connect"), "{}", span.status().description);
}

/// The description where a client fails with this.
fn described<E: std::fmt::Display + Clone + 'static>(layer: ClientLayer, error: E) -> String {
    let trace = captured(|| async {
        let client = layer.layer(service_fn(move |_: Request<Body>| {
            std::future::ready(Err::<Response<Body>, _>(error.clone()))
        }));
        assert!(
            client.oneshot(Request::get("http://api/").body(Body::empty()).expect("good")).await.is_err()
        );
    });
    trace.span("GET").status().description.clone()
}

/// An error that tells its cause itself, or leaves it to be asked for.
#[derive(Clone, Debug)]
struct Failed {
    tells: bool,
    cause: Option<Box<Failed>>,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.cause {
            Some(cause) if self.tells => write!(f, "outer ({cause})"),
            Some(_) => f.write_str("outer"),
            None => f.write_str("innermost"),
        }
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

#[test]
fn an_error_is_described_with_its_causes_where_they_can_be_seen() {
    let failed = |tells| Failed { tells, cause: Some(Box::new(Failed { tells, cause: None })) };
    let known = ClientLayer::new().causes_of::<Failed>();
    assert_eq!(described(known.clone(), failed(false)), "outer: innermost");
    assert_eq!(described(known.clone(), failed(true)), "outer (innermost)");
    assert_eq!(described(ClientLayer::new(), failed(false)), "outer");
    assert_eq!(described(known, "only shown"), "only shown");
}

#[test]
fn a_boxed_error_and_one_of_hyper_util_are_described_with_their_causes() {
    let trace = captured(|| async {
        let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
        let boxing = tower::ServiceBuilder::new().map_err(tower::BoxError::from).service(client.clone());
        let request =
            || Request::get(format!("http://{NOBODY}/")).body(Body::empty()).expect("a good request");
        ClientLayer::new().layer(client).oneshot(request()).await.expect_err("nobody listens");
        ClientLayer::new().layer(boxing).oneshot(request()).await.expect_err("nobody listens");
    });
    assert_eq!(trace.spans().len(), 2);
    for span in trace.spans() {
        let description = &span.status().description;
        assert!(description.starts_with("client error (Connect): tcp connect error: "), "{description}");
        assert_eq!(description.matches("refused").count(), 1, "{description}");
    }
}

#[test]
fn what_the_caller_gives_up_is_no_error() {
    let trace = captured(|| async {
        let service =
            service_fn(|_: Request<Body>| std::future::pending::<Result<Response<Body>, Infallible>>());
        let request = Request::get("http://api/").body(Body::empty()).expect("a good request");
        let mut future = Box::pin(ClientLayer::new().layer(service).oneshot(request));
        std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context).is_pending()))
            .await;
    });
    let span = trace.span("GET");
    assert_eq!((span.attr("throughline.cancelled"), span.status().code), (&true.into(), Code::Unset));
    assert_eq!(span.try_attr("error.type"), None);
}

#[test]
fn a_caller_that_wants_only_the_head_has_cancelled_nothing() {
    let (trace, _) = sent(ClientLayer::new(), Request::get("http://api/"), 200);
    assert_eq!(trace.span("GET").try_attr("throughline.cancelled"), None);
}

#[test]
fn headers_name_the_clients_span_even_where_another_trace_was_there() {
    let stale = "00-11111111111111111111111111111111-2222222222222222-01";
    let request = Request::get("http://api/").header("traceparent", stale).header("tracestate", "old=1");
    let (trace, headers) = sent(ClientLayer::new(), request, 200);
    let span = trace.span("GET").data();
    let expected = format!("00-{}-{}-03", span.trace_id, span.span_id);
    assert_eq!(headers.get_all("traceparent").iter().collect::<Vec<_>>(), [expected.as_str()]);
    assert!(!headers.contains_key("tracestate"));
}

#[test]
fn where_the_span_is_filtered_out_the_callers_goes_on() {
    let capture = Capture::with(|builder| builder.spans("info,throughline::http=off"));
    let seen = Arc::new(Mutex::new(String::new()));
    let trace = captured_by(capture, || async {
        use tracing::Instrument as _;
        let service = service_fn(|request: Request<Body>| {
            let header = request.headers()["traceparent"].to_str().expect("text").to_owned();
            *seen.lock().expect("nothing panics") = header;
            std::future::ready(Ok::<_, Infallible>(Response::new(Body::empty())))
        });
        let request = Request::get("http://api/").body(Body::empty()).expect("a good request");
        let sending = ClientLayer::new().layer(service).oneshot(request);
        sending.instrument(tracing::info_span!("caller")).await.expect("it answers");
    });
    let caller = trace.span("caller").data();
    let header = seen.lock().expect("nothing panics").clone();
    assert!(header.contains(&caller.span_id.to_string()), "{header}");
}

#[test]
fn hooks_of_a_client_filter_name_and_describe() {
    let layer = ClientLayer::new()
        .filter(|request| request.uri().path() != "/quiet")
        .name(|request| Some(format!("ask {}", request.uri().host()?)))
        .on_request(|request, span| span.set_attribute("headers", request.headers().len() as i64))
        .on_response(|response, span| span.set_attribute("good", response.status() == StatusCode::OK));
    let (trace, headers) = sent(layer.clone(), Request::get("http://api/"), 200);
    let span = trace.span("ask api");
    assert_eq!((span.attr("headers"), span.attr("good")), (&1.into(), &true.into()));
    assert_eq!(headers.len(), 1);
    let (trace, headers) = sent(layer, Request::get("http://api/quiet"), 200);
    assert!(trace.spans().is_empty() && headers.is_empty());
}

#[test]
fn a_request_that_names_nobody_goes_to_whom_the_layer_was_told() {
    let (trace, _) = sent(ClientLayer::new().server("stock", 50051), Request::get("/items"), 200);
    let span = trace.span("GET");
    assert_eq!((span.attr("server.address"), span.attr("server.port")), (&"stock".into(), &50051.into()));
    assert_eq!(span.try_attr("url.full"), None);
    let (trace, _) = sent(ClientLayer::new(), Request::get("/items").header("host", "stock:81"), 200);
    assert_eq!(*trace.span("GET").attr("server.port"), 81);
}
