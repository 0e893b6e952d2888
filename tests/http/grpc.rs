//! gRPC as HTTP shows it, with answers made by hand. A real tonic is in `neighbours/`.

use crate::frames::{Frames, frame};
use crate::loopback::{SAMPLED, captured};
use axum::body::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Frame;
use std::convert::Infallible;
use throughline::http::{ClientLayer, ServerLayer};
use throughline::testing::{CapturedSpan, Trace};
use throughline::wire::{SpanKind, StatusCode as Code};
use tower::{Layer, ServiceExt, service_fn};

/// What a server answers.
#[derive(Clone, Copy)]
enum Answer {
    /// A message, then trailers with this status.
    Trailers(&'static str),
    /// A head with this status, and no body.
    TrailersOnly(&'static str),
    /// As those two, with a message for people.
    Saying(&'static str, &'static str),
    SayingOnly(&'static str, &'static str),
    /// A message, and the connection is gone.
    CutShort,
    /// A proxy's page.
    Page(u16),
}

impl Answer {
    fn response(self) -> Response<Frames> {
        let message = || Frame::data(Bytes::from_static(b"message"));
        let trailers = |status: &'static str, said: Option<&'static str>| {
            let said = said.map(|said| ("grpc-message", said));
            let headers = [("grpc-status", status)].into_iter().chain(said);
            let headers =
                headers.map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("text")));
            HeaderMap::from_iter(headers)
        };
        let only = |trailers| {
            let mut response = Response::new(());
            *response.headers_mut() = trailers;
            (response, vec![])
        };
        let last = |trailers| (Response::new(()), vec![message(), Frame::trailers(trailers)]);
        let (mut response, frames) = match self {
            Answer::Trailers(status) => last(trailers(status, None)),
            Answer::TrailersOnly(status) => only(trailers(status, None)),
            Answer::Saying(status, said) => last(trailers(status, Some(said))),
            Answer::SayingOnly(status, said) => only(trailers(status, Some(said))),
            Answer::CutShort => (Response::new(()), vec![message()]),
            Answer::Page(_) => (Response::new(()), vec![message()]),
        };
        if let Answer::Page(status) = self {
            *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        }
        response.map(|()| Frames::new(frames.into_iter().map(Ok)).telling_the_end())
    }
}

fn request(path: &str) -> Request<()> {
    let request =
        Request::post(path).header("content-type", "application/grpc").header("host", "inner:50051");
    request.body(()).expect("a good request")
}

/// Calls through a layer, and reads so many frames of the answer.
fn called<L>(layer: L, path: &'static str, answer: Answer, frames: usize) -> Trace
where
    L: Layer<tower::util::BoxCloneService<Request<()>, Response<Frames>, Infallible>>,
    L::Service: tower::Service<Request<()>, Response = Response<throughline::http::TracedBody<Frames>>>,
{
    captured(|| async move {
        let service = service_fn(move |_: Request<()>| std::future::ready(Ok(answer.response())));
        let service = layer.layer(tower::util::BoxCloneService::new(service));
        let Ok(response) = service.oneshot(request(path)).await else { panic!("it answers") };
        let mut body = response.into_body();
        for _ in 0..frames {
            frame(&mut body).await;
        }
    })
}

const PATH: &str = "/shop.Cart/Add";
const NAME: &str = "shop.Cart/Add";
const ALL: usize = 3;

#[track_caller]
fn assert_ended(span: CapturedSpan<'_>, code: &str, failed: bool) {
    assert_eq!(*span.attr("rpc.status_code"), code, "{span}");
    assert_eq!(*span.attr("rpc.response.status_code"), code, "{span}");
    assert_eq!(span.status().code, if failed { Code::Error } else { Code::Unset }, "{span}");
    assert_eq!(span.status().description, "");
    assert_eq!(span.try_attr("error.type"), failed.then(|| code.into()).as_ref(), "{span}");
    assert_eq!((span.try_attr("throughline.cancelled"), span.is_unfinished()), (None, false), "{span}");
}

#[test]
fn a_call_has_the_attributes_of_rpc_and_none_of_http() {
    let trace = called(ServerLayer::new(), PATH, Answer::Trailers("0"), ALL);
    let span = trace.span(NAME);
    assert_eq!(span.kind(), SpanKind::Server);
    assert_ended(span, "OK", false);
    let mut keys: Vec<_> = span.data().attributes.iter().map(|it| it.key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "correlation.id",
            "rpc.method",
            "rpc.response.status_code",
            "rpc.status_code",
            "rpc.system.name",
            "server.address",
            "server.port"
        ]
    );
    assert_eq!((span.attr("rpc.method"), span.attr("rpc.system.name")), (&NAME.into(), &"grpc".into()));
    let trace = called(ClientLayer::new(), PATH, Answer::Trailers("0"), ALL);
    let span = trace.span(NAME);
    assert_eq!((span.kind(), span.attr("server.address")), (SpanKind::Client, &"inner".into()));
    assert_ended(span, "OK", false);
}

#[test]
fn every_code_but_ok_is_an_error_to_the_caller_and_six_are_to_the_server() {
    let faults = ["2", "4", "12", "13", "14", "15"];
    let names = [
        ("0", "OK"),
        ("1", "CANCELLED"),
        ("2", "UNKNOWN"),
        ("3", "INVALID_ARGUMENT"),
        ("4", "DEADLINE_EXCEEDED"),
        ("5", "NOT_FOUND"),
        ("6", "ALREADY_EXISTS"),
        ("7", "PERMISSION_DENIED"),
        ("8", "RESOURCE_EXHAUSTED"),
        ("9", "FAILED_PRECONDITION"),
        ("10", "ABORTED"),
        ("11", "OUT_OF_RANGE"),
        ("12", "UNIMPLEMENTED"),
        ("13", "INTERNAL"),
        ("14", "UNAVAILABLE"),
        ("15", "DATA_LOSS"),
        ("16", "UNAUTHENTICATED"),
    ];
    for (number, name) in names {
        for answer in [Answer::Trailers(number), Answer::TrailersOnly(number)] {
            let server = called(ServerLayer::new().grpc_methods([NAME]), PATH, answer, ALL);
            assert_ended(server.span(NAME), name, faults.contains(&number));
            let client = called(ClientLayer::new(), PATH, answer, ALL);
            assert_ended(client.span(NAME), name, number != "0");
        }
    }
}

#[test]
fn what_the_server_says_of_a_failure_is_the_description() {
    let said = |answer: Answer| {
        let layers =
            (called(ServerLayer::new(), PATH, answer, ALL), called(ClientLayer::new(), PATH, answer, ALL));
        [layers.0, layers.1].map(|trace| {
            let status = trace.span(NAME).status().clone();
            (status.code, status.description)
        })
    };
    let failed = (Code::Error, "caf\u{e9} is closed, 100%".to_owned());
    for answer in [
        Answer::Saying("14", "caf%C3%A9 is closed, 100%25"),
        Answer::SayingOnly("14", "caf%C3%A9 is closed, 100%25"),
    ] {
        assert_eq!(said(answer), [failed.clone(), failed.clone()]);
    }
    let unset = (Code::Unset, String::new());
    assert_eq!(
        said(Answer::Saying("5", "no such cart")),
        [unset.clone(), (Code::Error, "no such cart".to_owned())]
    );
    assert_eq!(said(Answer::Saying("0", "fine")), [unset.clone(), unset]);
}

#[test]
fn a_status_that_is_no_number_is_unknown() {
    let trace = called(ClientLayer::new(), PATH, Answer::Trailers("seven"), ALL);
    assert_ended(trace.span(NAME), "UNKNOWN", true);
}

#[test]
fn an_answer_without_a_status_is_unknown_or_what_http_says() {
    assert_ended(called(ClientLayer::new(), PATH, Answer::CutShort, ALL).span(NAME), "UNKNOWN", true);
    let trace = called(ClientLayer::new(), PATH, Answer::Page(503), ALL);
    assert_ended(trace.span(NAME), "UNAVAILABLE", true);
    assert_eq!(*trace.span(NAME).attr("http.response.status_code"), 503);
}

#[test]
fn a_stream_that_is_given_up_is_cancelled_and_no_error() {
    let trace = called(ServerLayer::new(), PATH, Answer::Trailers("0"), 1);
    let span = trace.span(NAME);
    assert_eq!(
        (span.attr("rpc.status_code"), span.attr("throughline.cancelled")),
        (&"CANCELLED".into(), &true.into())
    );
    assert_eq!(span.status().code, Code::Unset);
    let trace = called(ClientLayer::new(), PATH, Answer::Trailers("0"), 1);
    let span = trace.span(NAME);
    assert_eq!((span.try_attr("rpc.status_code"), span.attr("throughline.cancelled")), (None, &true.into()));
    assert_eq!(span.status().code, Code::Unset);
}

#[test]
fn a_path_that_is_no_method_is_a_call_all_the_same() {
    for server in [true, false] {
        let answer = Answer::TrailersOnly("12");
        let trace = match server {
            true => called(ServerLayer::new(), "/not-a-method", answer, ALL),
            false => called(ClientLayer::new(), "/not-a-method", answer, ALL),
        };
        let span = trace.span("grpc");
        assert_eq!(*span.attr("rpc.method"), "_OTHER");
        assert_eq!((span.try_attr("rpc.method_original"), span.try_attr("url.path")), (None, None));
        assert_ended(span, "UNIMPLEMENTED", true);
    }
}

#[test]
fn what_is_before_the_service_in_a_path_is_no_part_of_the_method() {
    for path in ["/api/shop.Cart/Add", "/a/b/shop.Cart/Add"] {
        let server = called(ServerLayer::new().grpc_methods([NAME]), path, Answer::Trailers("14"), ALL);
        let client = called(ClientLayer::new(), path, Answer::Trailers("14"), ALL);
        for trace in [server, client] {
            assert_eq!(*trace.span(NAME).attr("rpc.method"), NAME, "{path}");
            assert_ended(trace.span(NAME), "UNAVAILABLE", true);
        }
    }
}

/// The span of a method that is none: its name is bounded, what was asked for is an attribute.
#[track_caller]
fn assert_other(trace: &Trace, asked: &str) {
    let [span] = trace.spans()[..] else { panic!("one span: {trace}") };
    assert_eq!((span.name(), span.attr("rpc.method")), ("grpc", &"_OTHER".into()));
    assert_eq!(*span.attr("rpc.method_original"), asked, "{span}");
    assert_eq!(*span.attr("rpc.status_code"), "UNIMPLEMENTED");
    assert_eq!(span.data().attributes.iter().filter(|it| it.key.starts_with("rpc.method")).count(), 2);
}

#[test]
fn a_method_that_does_not_exist_is_no_name() {
    for answer in [Answer::TrailersOnly("12"), Answer::Trailers("12"), Answer::Page(404)] {
        let trace = called(ServerLayer::new(), "/shop.Cart/xkcd", answer, ALL);
        assert_other(&trace, "shop.Cart/xkcd");
        assert_eq!(*trace.span("grpc").attr("error.type"), "UNIMPLEMENTED");
    }
    let named = ServerLayer::new().name(|_| Some("mine".to_owned()));
    let trace = called(named, "/shop.Cart/xkcd", Answer::TrailersOnly("12"), ALL);
    assert_eq!(*trace.span("mine").attr("rpc.method"), "_OTHER");
    let trace = called(ClientLayer::new(), PATH, Answer::TrailersOnly("12"), ALL);
    assert_eq!(*trace.span(NAME).attr("rpc.method"), NAME, "a client knows what it calls");
}

#[test]
fn a_path_that_no_method_has_is_no_name_whatever_the_answer_is() {
    let long: &'static str = Box::leak(format!("/shop.Cart/{}", "x".repeat(10_000)).into_boxed_str());
    for path in ["/shop.Cart/%41dd", "/shop.Cart/$x", "/shop.Cart/(x)", long] {
        let Ok(uri) = path.parse::<http::Uri>() else { continue };
        let trace = called(ServerLayer::new(), path, Answer::Trailers("16"), ALL);
        let span = trace.span("grpc");
        assert_eq!(
            (span.attr("rpc.method"), span.attr("rpc.method_original")),
            (&"_OTHER".into(), &uri.path()[1..].into())
        );
    }
}

#[test]
fn of_methods_that_were_named_no_other_is_a_name() {
    let layer = ServerLayer::new().grpc_methods([NAME]);
    let trace = called(layer.clone(), "/shop.Cart/xkcd", Answer::TrailersOnly("16"), ALL);
    let span = trace.span("grpc");
    assert_eq!(
        (span.attr("rpc.method"), span.attr("rpc.method_original")),
        (&"_OTHER".into(), &"shop.Cart/xkcd".into())
    );
    let trace = called(layer, PATH, Answer::TrailersOnly("12"), ALL);
    assert_eq!(trace.span(NAME).try_attr("rpc.method_original"), None, "it exists, whatever it answers");
}

#[test]
fn a_call_continues_the_callers_trace() {
    let trace = captured(|| async {
        let service = service_fn(|request: Request<()>| {
            assert!(request.headers().contains_key("traceparent"));
            std::future::ready(Ok::<_, Infallible>(Answer::TrailersOnly("0").response()))
        });
        let service = ClientLayer::new().layer(ServerLayer::new().layer(service));
        let mut request = request(PATH);
        request.headers_mut().insert("traceparent", SAMPLED.parse().expect("text"));
        service.oneshot(request).await.map(drop).expect("it answers");
    });
    let [client, server] = trace.spans()[..] else { panic!("{trace}") };
    assert_eq!(
        (client.kind(), server.kind(), server.parent()),
        (SpanKind::Client, SpanKind::Server, Some(client))
    );
    assert!(client.is_root() && !client.data().parent_span_id.is_valid(), "a client's header is overwritten");
}
