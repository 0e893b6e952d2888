//! Bodies that come piece by piece: the span ends with them.

use crate::frames::{Frames, frame};
use crate::loopback::{SAMPLED, UNSAMPLED, captured, captured_by, get, send_raw, serve};
use axum::body::{Body, Bytes};
use http::{Request, Response};
use http_body::{Body as _, Frame};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use throughline::http::{ServerLayer, TracedBody};
use throughline::testing::Capture;
use throughline::wire::StatusCode;
use throughline::{Clock, current_context};
use tower::{Layer, ServiceExt, service_fn};

/// A clock that is moved by hand.
#[derive(Clone, Default)]
struct Ticks(Arc<AtomicU64>);

impl Clock for Ticks {
    fn now_unix_nanos(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

type Pieces = Frames<std::io::Error>;

/// Some pieces, then the end, or an error. Each poll logs, and moves the clock.
fn pieces(count: usize, fails: bool, clock: Ticks) -> Pieces {
    let pieces = std::iter::repeat_with(|| Ok(Frame::data(Bytes::from_static(b"piece")))).take(count);
    let error = fails.then(|| Err(std::io::Error::other("cut off")));
    Frames::new(pieces.chain(error)).when_asked(move || {
        clock.0.fetch_add(10, Ordering::SeqCst);
        tracing::info!(trace_id = %current_context().trace_id(), "a piece is asked for");
    })
}

async fn answer(pieces: Pieces, traceparent: &'static str) -> Response<TracedBody<Pieces>> {
    let mut pieces = Some(pieces);
    let service = service_fn(move |_: Request<Body>| {
        let response = Response::new(pieces.take().expect("called once"));
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let mut request = get("/");
    request.headers_mut().insert("traceparent", traceparent.parse().expect("text"));
    ServerLayer::new().layer(service).oneshot(request).await.expect("it answers")
}

#[test]
fn the_span_ends_with_the_body_and_the_body_is_in_the_span() {
    let clock = Ticks::default();
    let capture = Capture::with(|builder| builder.clock(clock.clone()));
    let trace = captured_by(capture, || async {
        let mut body = answer(pieces(2, false, clock.clone()), SAMPLED).await.into_body();
        while frame(&mut body).await.is_some() {}
        clock.0.store(1_000, Ordering::SeqCst);
        drop(body);
    });
    let span = trace.span("GET");
    assert_eq!((span.data().start_unix_nanos, span.data().end_unix_nanos, span.events().len()), (0, 30, 3));
    assert_eq!((span.try_attr("throughline.cancelled"), span.status().code), (None, StatusCode::Unset));
}

#[test]
fn a_body_that_is_dropped_half_way_is_cancelled() {
    for read in [0, 1] {
        let trace = captured(|| async {
            let mut body = answer(pieces(5, false, Ticks::default()), SAMPLED).await.into_body();
            for _ in 0..read {
                assert!(frame(&mut body).await.is_some());
            }
        });
        let span = trace.span("GET");
        assert_eq!(
            (span.attr("throughline.cancelled"), span.status().code),
            (&true.into(), StatusCode::Unset)
        );
        assert!(!span.is_unfinished());
    }
}

#[test]
fn a_body_that_breaks_off_is_an_error() {
    let trace = captured(|| async {
        let mut body = answer(pieces(1, true, Ticks::default()), SAMPLED).await.into_body();
        while frame(&mut body).await.is_some_and(|frame| frame.is_ok()) {}
    });
    let span = trace.span("GET");
    assert_eq!(
        (span.attr("error.type"), span.status().code),
        (&"std::io::error::Error".into(), StatusCode::Error)
    );
    assert_eq!(
        (span.attr("http.response.status_code"), span.try_attr("throughline.cancelled")),
        (&200.into(), None)
    );
}

#[test]
fn a_body_of_an_unsampled_request_still_has_its_ids() {
    let events = Arc::new(AtomicU64::new(0));
    let trace = captured(|| async {
        let mut body = answer(pieces(1, false, Ticks::default()), UNSAMPLED).await.into_body();
        let poll = std::future::poll_fn(|context| {
            let polled = Pin::new(&mut body).poll_frame(context);
            assert!(!current_context().is_valid(), "outside of a poll it is not");
            polled
        });
        assert!(poll.await.is_some());
        events.store(1, Ordering::SeqCst);
    });
    assert!(trace.spans().is_empty() && events.load(Ordering::SeqCst) == 1);
}

#[test]
fn a_wrapped_body_says_the_same_of_itself() {
    let trace = captured(|| async {
        let service =
            service_fn(async |_: Request<Body>| Ok::<_, Infallible>(Response::new(Body::from("hello"))));
        let response = ServerLayer::new().layer(service).oneshot(get("/")).await.expect("it answers");
        let mut body = response.into_body();
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(5), false));
        assert_eq!(
            frame(&mut body).await.expect("one frame").expect("no error").into_data().expect("data"),
            "hello"
        );
        assert!(body.is_end_stream());
    });
    assert_eq!(trace.span("GET").try_attr("throughline.cancelled"), None);
}

/// Some bytes in pieces, of which only the head of the response says how many they are.
fn counted(length: &str) -> Response<Body> {
    let response = Response::builder().header("content-length", length);
    let pieces =
        [&b"he"[..], b"llo"].map(|piece| Ok::<_, Infallible>(Frame::data(Bytes::from_static(piece))));
    response.body(Body::new(Frames::new(pieces))).expect("a good response")
}

/// hyper asks for no more once it has sent what the head has promised.
#[test]
fn a_body_whose_length_the_head_tells_is_not_cancelled_by_a_server_that_counts() {
    let trace = captured(|| async {
        let handler = axum::routing::get(async || counted("5"));
        let address = serve(axum::Router::new().route("/", handler).layer(ServerLayer::new())).await;
        let answer = send_raw(address, b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
        assert!(answer.ends_with("hello"), "{answer}");
    });
    let span = trace.span("GET /");
    assert_eq!((span.try_attr("throughline.cancelled"), span.is_unfinished()), (None, false), "{span}");
}

#[test]
fn the_span_ends_with_the_last_byte_that_was_promised_and_no_earlier() {
    for (length, frames, cancelled) in [
        ("5", 2, false),
        ("5", 1, true),
        ("0", 0, false),
        ("6", 2, true),
        ("junk", 2, true),
        ("junk", 3, false),
    ] {
        let trace = captured(|| async {
            let service = service_fn(async |_: Request<Body>| Ok::<_, Infallible>(counted(length)));
            let response = ServerLayer::new().layer(service).oneshot(get("/")).await.expect("it answers");
            let mut body = response.into_body();
            for _ in 0..frames {
                frame(&mut body).await;
            }
        });
        let expected = cancelled.then(|| true.into());
        assert_eq!(
            trace.span("GET").try_attr("throughline.cancelled"),
            expected.as_ref(),
            "{length} {frames}"
        );
    }
}
