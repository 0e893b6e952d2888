//! Requests that reqwest sends, to a server over loopback.

use crate::loopback::{NOBODY, captured, serve};
use axum::Router;
use axum::routing::get as on_get;
use http::{Extensions, HeaderMap, StatusCode};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use std::net::SocketAddr;
use std::pin::Pin;
use throughline::http::{ReqwestMiddleware, SendTraced as _, ServerLayer, UrlTemplate};
use throughline::wire::{SpanKind, StatusCode as Code};

async fn server() -> SocketAddr {
    let hello =
        async |headers: HeaderMap| headers["traceparent"].to_str().map(str::to_owned).unwrap_or_default();
    let app = Router::new().route("/users/{id}", on_get(hello)).layer(ServerLayer::new());
    serve(app).await
}

fn client() -> reqwest::Client {
    // Nothing here speaks TLS, but reqwest wants to know how.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

#[test]
fn a_request_is_sent_in_a_span_without_a_middleware() {
    let trace = captured(|| async {
        let url = format!("http://user:hunter2@{}/users/7?Signature=hunter2", server().await);
        let response = client().get(url).send_traced().await.expect("it answers");
        assert!(response.text().await.expect("text").starts_with("00-"));
    });
    let (sent, served) = (trace.span("GET"), trace.span("GET /users/{id}"));
    assert_eq!((sent.kind(), served.parent()), (SpanKind::Client, Some(sent)));
    let throughline::wire::Value::String(url) = sent.attr("url.full") else { panic!("{sent}") };
    assert!(url.starts_with("http://REDACTED:REDACTED@127.0.0.1:") || !url.contains('@'), "{url}");
    assert!(url.ends_with("/users/7?Signature=REDACTED") && !sent.to_string().contains("hunter2"), "{sent}");
    assert_eq!(*sent.attr("http.response.status_code"), 200);
}

#[test]
fn a_middleware_makes_spans_with_templates() {
    let trace = captured(|| async {
        let url = format!("http://{}/users/7", server().await);
        let client = ClientBuilder::new(client()).with(ReqwestMiddleware::new()).build();
        let response = client.get(url).with_extension(UrlTemplate::new("/users/{id}")).send().await;
        assert_eq!(response.expect("it answers").status(), 200);
    });
    let [sent, served] = trace.spans()[..] else { panic!("{trace}") };
    assert_eq!((sent.name(), sent.attr("url.template")), ("GET /users/{id}", &"/users/{id}".into()));
    assert_eq!(served.parent(), Some(sent));
}

/// Sends everything three times.
struct Thrice;

impl Middleware for Thrice {
    fn handle<'a, 'b, 'c, 'd>(
        &'a self,
        request: reqwest::Request,
        extensions: &'b mut Extensions,
        next: Next<'c>,
    ) -> Pin<Box<dyn Future<Output = reqwest_middleware::Result<reqwest::Response>> + Send + 'd>>
    where
        'a: 'd,
        'b: 'd,
        'c: 'd,
    {
        Box::pin(async move {
            for _ in 0..2 {
                next.clone().run(request.try_clone().expect("no body"), extensions).await?;
            }
            next.run(request, extensions).await
        })
    }
}

#[test]
fn every_attempt_is_a_span_with_its_number() {
    let trace = captured(|| async {
        let url = format!("http://{}/nothing", server().await);
        let client = ClientBuilder::new(client()).with(Thrice).with(ReqwestMiddleware::new()).build();
        assert_eq!(client.get(url).send().await.expect("it answers").status(), StatusCode::NOT_FOUND);
    });
    let clients: Vec<_> = trace.spans().into_iter().filter(|span| span.kind() == SpanKind::Client).collect();
    let counts: Vec<_> = clients.iter().map(|span| span.try_attr("http.request.resend_count")).collect();
    assert_eq!(counts, [None, Some(&1.into()), Some(&2.into())]);
    for span in clients {
        assert_eq!((span.attr("error.type"), span.status().code), (&"404".into(), Code::Error));
    }
}

#[test]
fn a_connection_that_is_refused_is_an_error_without_the_url() {
    let trace = captured(|| async {
        let url = format!("http://{NOBODY}/?token=hunter2");
        client().get(&url).send_traced().await.expect_err("nobody listens");
        let client = ClientBuilder::new(client()).with(ReqwestMiddleware::new()).build();
        client.get(&url).send().await.expect_err("nobody listens");
    });
    for span in trace.spans() {
        assert_eq!((span.attr("error.type"), span.status().code), (&"connect".into(), Code::Error));
        let description = &span.status().description;
        assert!(description.contains("refused") && !description.contains("hunter2"), "{description}");
    }
    assert_eq!(trace.spans().len(), 2);
}

#[test]
fn a_request_that_is_given_up_is_cancelled() {
    let trace = captured(|| async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let mut sending = Box::pin(client().get(format!("http://{address}/")).send_traced());
        tokio::select! {
            biased;
            _ = &mut sending => panic!("nobody answers"),
            accepted = listener.accept() => drop(accepted.expect("it connects")),
        }
    });
    let span = trace.span("GET");
    assert_eq!((span.attr("throughline.cancelled"), span.status().code), (&true.into(), Code::Unset));
}
