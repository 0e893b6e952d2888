//! How a server's span ends: statuses, failures, panics, requests that nobody waits for.

use crate::loopback::{call, captured, captured_by, get, send_raw, serve, status};
use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use http::{Request, Response, StatusCode};
use std::convert::Infallible;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use throughline::Redaction;
use throughline::http::ServerLayer;
use throughline::testing::{Capture, Trace};
use throughline::wire::StatusCode as Code;
use tower::{Layer, Service, ServiceExt, service_fn};

fn answered(status: StatusCode) -> Trace {
    captured(|| async move {
        let mut app = Router::new().route("/", on_get(async move || status)).layer(ServerLayer::new());
        call(&mut app, get("/")).await;
    })
}

#[test]
fn only_5xx_is_an_error_of_the_server_and_needs_no_description() {
    for code in [200, 204, 301, 304, 400, 401, 404, 429, 499] {
        let trace = answered(StatusCode::from_u16(code).expect("a status"));
        assert_eq!(status(&trace), (Code::Unset, String::new()), "{code}");
        assert_eq!(trace.span("GET /").try_attr("error.type"), None, "{code}");
        assert_eq!(*trace.span("GET /").attr("http.response.status_code"), i64::from(code));
    }
    for code in [500, 503, 599] {
        let trace = answered(StatusCode::from_u16(code).expect("a status"));
        assert_eq!(status(&trace), (Code::Error, String::new()), "{code}");
        assert_eq!(*trace.span("GET /").attr("error.type"), code.to_string().as_str());
    }
}

#[test]
fn a_service_that_fails_has_the_error_and_its_type() {
    let trace = captured(|| async {
        let service = service_fn(async |_| Err::<Response<Body>, _>(std::io::Error::other("no disk")));
        ServerLayer::new().layer(service).oneshot(get("/")).await.expect_err("it fails");
    });
    assert_eq!(status(&trace), (Code::Error, "no disk".to_owned()));
    assert_eq!(*trace.span("GET").attr("error.type"), "std::io::error::Error");
    assert_eq!(trace.span("GET").try_attr("http.response.status_code"), None);
}

#[test]
fn what_an_error_says_is_exported_as_the_program_lets_it() {
    for (redaction, expected) in
        [(Redaction::Drop, 0), (Redaction::Hash, 32), (Redaction::Keep, "no disk".len())]
    {
        let decide =
            move |_: &str, key: &str| if key == "exception.message" { redaction } else { Redaction::Keep };
        let trace = captured_by(Capture::with(|builder| builder.attributes(decide)), || async {
            let service = service_fn(async |_| Err::<Response<Body>, _>(std::io::Error::other("no disk")));
            ServerLayer::new().layer(service).oneshot(get("/")).await.expect_err("it fails");
        });
        let (code, description) = status(&trace);
        assert_eq!((code, description.len()), (Code::Error, expected), "{description}");
    }
}

#[test]
fn an_error_in_a_box_has_no_name() {
    let trace = captured(|| async {
        type BoxError = Box<dyn std::error::Error + Send + Sync>;
        let service = service_fn(async |_| Err::<Response<Body>, BoxError>("no disk".into()));
        ServerLayer::new().layer(service).oneshot(get("/")).await.expect_err("it fails");
    });
    assert_eq!(*trace.span("GET").attr("error.type"), "_OTHER");
}

#[test]
fn a_handler_that_panics_is_an_error_and_not_cancelled() {
    for late in [false, true] {
        let capture = Capture::new();
        let panicked = capture.run(|| {
            let service = service_fn(move |_: Request<Body>| async move {
                if late {
                    tokio::task::yield_now().await;
                }
                never_answers()
            });
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            catch_unwind(AssertUnwindSafe(|| {
                runtime
                    .block_on(async { ServerLayer::new().layer(service).oneshot(get("/")).await.map(drop) })
            }))
        });
        assert!(panicked.is_err());
        let trace = capture.finish();
        assert_eq!(status(&trace), (Code::Error, String::new()));
        assert_eq!(*trace.span("GET").attr("error.type"), "panic");
        assert_eq!(trace.span("GET").try_attr("throughline.cancelled"), None);
    }
}

#[test]
fn a_service_that_panics_when_it_is_called_is_an_error() {
    let capture = Capture::new();
    capture.run(|| {
        let service =
            service_fn(|_: Request<Body>| -> std::future::Ready<Result<Response<Body>, Infallible>> {
                panic!("on purpose")
            });
        let mut service = ServerLayer::new().layer(service);
        assert!(catch_unwind(AssertUnwindSafe(|| drop(service.call(get("/"))))).is_err());
    });
    assert_eq!(*capture.finish().span("GET").attr("error.type"), "panic");
}

#[test]
fn a_request_whose_client_is_gone_is_cancelled_and_an_error() {
    let trace = captured(|| async {
        let service = service_fn(async |_: Request<Body>| -> Result<Response<Body>, Infallible> {
            let _tells = Tells;
            pending().await
        });
        let mut future = Box::pin(ServerLayer::new().layer(service).oneshot(get("/")));
        let waiting = std::future::poll_fn(|context| {
            std::task::Poll::Ready(future.as_mut().poll(context).is_pending())
        });
        assert!(waiting.await);
    });
    let span = trace.span("GET");
    assert_eq!(status(&trace), (Code::Error, String::new()));
    assert_eq!(
        (span.attr("throughline.cancelled"), span.attr("error.type")),
        (&true.into(), &"cancelled".into())
    );
    assert_eq!(span.events().len(), 1, "what is dropped is dropped in the span: {span}");
}

fn never_answers() -> Result<Response<Body>, Infallible> {
    panic!("on purpose")
}

/// Tells when it is dropped.
struct Tells;

impl Drop for Tells {
    fn drop(&mut self) {
        tracing::info!("given up");
    }
}

#[test]
fn a_connection_that_is_closed_before_the_answer_cancels_the_request() {
    let (dropped, was_dropped) = std::sync::mpsc::channel();
    let trace = captured(|| async move {
        let (called, was_called) = tokio::sync::oneshot::channel();
        let called = std::sync::Mutex::new(Some(called));
        let handler = {
            let called = std::sync::Arc::new(called);
            move || {
                let (called, dropped) = (called.clone(), Sends(dropped.clone()));
                async move {
                    let _dropped = dropped;
                    if let Some(called) = called.lock().expect("nothing panics").take() {
                        let _ = called.send(());
                    }
                    pending::<()>().await;
                }
            }
        };
        let address = serve(Router::new().route("/", on_get(handler)).layer(ServerLayer::new())).await;
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            .await
            .expect("sent");
        was_called.await.expect("it was called");
        drop(stream);
        while was_dropped.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(*trace.span("GET /").attr("throughline.cancelled"), true);
    assert_eq!(status(&trace).0, Code::Error);
}

/// Says when it is dropped.
struct Sends(std::sync::mpsc::Sender<()>);

impl Drop for Sends {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn answers_without_a_body_are_not_cancelled() {
    let trace = captured(|| async {
        let app = Router::new()
            .route("/", on_get(async || "hello"))
            .route("/204", on_get(async || StatusCode::NO_CONTENT))
            .layer(ServerLayer::new());
        let address = serve(app).await;
        for line in ["HEAD /", "GET /204", "GET /"] {
            let request = format!("{line} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
            assert!(send_raw(address, request.as_bytes()).await.starts_with("HTTP/1.1 2"));
        }
    });
    assert_eq!(trace.spans().len(), 3);
    for span in trace.spans() {
        assert_eq!((span.try_attr("throughline.cancelled"), span.is_unfinished()), (None, false), "{span}");
        assert_eq!(span.status().code, Code::Unset);
    }
}
