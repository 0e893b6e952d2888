//! `flush_after`: a response is complete only when its spans have been delivered.

use crate::frames::{Frames, frame};
use crate::loopback::{SAMPLED, get};
use axum::body::{Body, Bytes};
use http::{Request, Response};
use http_body::{Body as _, Frame};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;
use throughline::http::ServerLayer;
use throughline::{Batch, BoxFuture, Exporter, Guard, Outcome};
use tower::{Layer, ServiceExt, service_fn};
use tracing_subscriber::prelude::*;

/// Keeps the names of what it is given, when it is let.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<String>>>, Arc<tokio::sync::Mutex<()>>);

impl Names {
    fn all(&self) -> Vec<String> {
        self.0.lock().expect("nothing panics").clone()
    }
}

impl Exporter for Names {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async {
            let _let = self.1.lock().await;
            let names = batch.spans().map(|span| span.to_data().expect("our own frames").name);
            self.0.lock().expect("nothing panics").extend(names);
            Outcome::Accepted
        })
    }
}

/// Runs work in a subscriber whose spans are kept, on a runtime of its own.
fn exporting<F: Future>(work: impl FnOnce(Names, Arc<Guard>) -> F) {
    let names = Names::default();
    let builder = throughline::builder().exporter(names.clone());
    let (layer, guard) = builder.build().expect("valid settings");
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { drop(work(names, Arc::new(guard)).await) });
    });
}

fn request() -> Request<Body> {
    let mut request = get("/");
    request.headers_mut().insert("traceparent", SAMPLED.parse().expect("text"));
    request
}

#[test]
fn the_last_frame_of_a_body_comes_when_the_span_has_been_delivered() {
    exporting(|names, guard| async move {
        let layer = ServerLayer::new().flush_after(guard.flusher(), Duration::from_secs(10));
        let service = service_fn(async |_| Ok::<_, Infallible>(Response::new(Body::from("hello"))));
        let mut body = layer.layer(service).oneshot(request()).await.expect("it answers").into_body();
        assert!(names.all().is_empty(), "the span is still open");
        let first = frame(&mut body).await.expect("one").expect("no error");
        assert_eq!(first.into_data().expect("data"), "hello");
        assert_eq!(names.all(), ["GET"]);
        assert!(body.is_end_stream());
    });
}

#[test]
fn an_answer_without_a_body_waits_too() {
    exporting(|names, guard| async move {
        let layer = ServerLayer::new().flush_after(guard.flusher(), Duration::from_secs(10));
        let service = service_fn(async |_| Ok::<_, Infallible>(Response::new(Body::empty())));
        let response = layer.layer(service).oneshot(request()).await.expect("it answers");
        assert_eq!((response.status().as_u16(), names.all()), (200, vec!["GET".to_owned()]));
    });
}

/// A stream of two bytes, of which nobody knows the end.
fn twice() -> Frames {
    Frames::new(["x", "x"].map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes())))))
}

#[test]
fn of_a_stream_the_end_waits() {
    exporting(|names, guard| async move {
        let layer = ServerLayer::new().flush_after(guard.flusher(), Duration::from_secs(10));
        let service = service_fn(async |_| Ok::<_, Infallible>(Response::new(twice())));
        let mut body = layer.layer(service).oneshot(request()).await.expect("it answers").into_body();
        assert!(frame(&mut body).await.is_some() && frame(&mut body).await.is_some());
        assert!(names.all().is_empty());
        assert!(frame(&mut body).await.is_none());
        assert_eq!(names.all(), ["GET"]);
    });
}

#[test]
fn a_response_waits_no_longer_than_the_deadline() {
    exporting(|names, guard| async move {
        let held = names.1.clone();
        let held = held.lock().await;
        let layer = ServerLayer::new().flush_after(guard.flusher(), Duration::from_millis(50));
        let service = service_fn(async |_| Ok::<_, Infallible>(Response::new(Body::from("hello"))));
        let mut body = layer.layer(service).oneshot(request()).await.expect("it answers").into_body();
        let mut context = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut body).poll_frame(&mut context).is_pending());
        assert!(!body.is_end_stream() && body.size_hint().exact().is_none(), "there is more to come");
        assert!(frame(&mut body).await.is_some());
        assert!(names.all().is_empty(), "the exporter hangs");
        drop(held);
    });
}

#[test]
fn without_a_guard_nothing_is_waited_for() {
    exporting(|_, guard| async move {
        let flusher = guard.flusher();
        drop(guard);
        assert!(flusher.flush(Duration::from_secs(10)).await.expect_err("it is gone").is_shut_down());
        let layer = ServerLayer::new().flush_after(flusher, Duration::from_secs(10));
        let service = service_fn(async |_| Ok::<_, Infallible>(Response::new(Body::from("hello"))));
        let mut body = layer.layer(service).oneshot(request()).await.expect("it answers").into_body();
        assert!(frame(&mut body).await.is_some());
    });
}

#[test]
fn of_a_failed_service_the_error_waits_too() {
    exporting(|names, guard| async move {
        let layer = ServerLayer::new().flush_after(guard.flusher(), Duration::from_secs(10));
        let service = service_fn(async |_| Err::<Response<Body>, _>(std::io::Error::other("no disk")));
        let error = layer.layer(service).oneshot(request()).await.expect_err("it fails");
        assert_eq!((error.to_string().as_str(), names.all()), ("no disk", vec!["GET".to_owned()]));
    });
}

#[test]
fn the_last_byte_that_the_head_has_promised_waits_too() {
    exporting(|names, guard| async move {
        let layer = ServerLayer::new().flush_after(guard.flusher(), Duration::from_secs(10));
        let service = service_fn(async |_| {
            Ok::<_, Infallible>(
                Response::builder().header("content-length", "2").body(twice()).expect("good"),
            )
        });
        let mut body = layer.layer(service).oneshot(request()).await.expect("it answers").into_body();
        assert!(frame(&mut body).await.is_some() && names.all().is_empty());
        assert!(frame(&mut body).await.is_some());
        assert_eq!(names.all(), ["GET"], "who counts bytes asks for nothing after them");
    });
}
