//! gRPC with tonic over loopback: both layers, unary calls and streams, every way to end.

use std::net::SocketAddr;
use std::pin::Pin;
use throughline::http::{ClientLayer, ServerLayer};
use throughline::testing::{Capture, CapturedSpan, Trace};
use throughline::wire::{SpanKind, StatusCode};
use tokio::net::TcpListener;
use tokio_stream::Stream;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::server::TcpConnectInfo;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tower::ServiceBuilder;

/// Answers with the code that is asked for by its number; streams three messages, then a status.
struct Numbers;

type Messages = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

fn serving() -> HealthCheckResponse {
    HealthCheckResponse { status: ServingStatus::Serving.into() }
}

fn result_of(request: &Request<HealthCheckRequest>) -> Result<(), Status> {
    match request.get_ref().service.parse().map_or(Code::InvalidArgument, Code::from_i32) {
        Code::Ok => Ok(()),
        code => Err(Status::new(code, "as you wish")),
    }
}

#[tonic::async_trait]
impl Health for Numbers {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        tracing::info!("checked");
        result_of(&request).map(|()| Response::new(serving()))
    }

    type WatchStream = Messages;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Messages>, Status> {
        let mut items: Vec<_> = (0..3).map(|_| Ok(serving())).collect();
        items.extend(result_of(&request).err().map(Err));
        Ok(Response::new(Box::pin(tokio_stream::iter(items))))
    }
}

async fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let layer =
        ServerLayer::new().peer(|request| request.extensions().get::<TcpConnectInfo>()?.remote_addr());
    let server = Server::builder().layer(layer).add_service(HealthServer::new(Numbers));
    tokio::spawn(async {
        server.serve_with_incoming(TcpListenerStream::new(listener)).await.expect("it serves")
    });
    address
}

async fn channel(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).expect("a URL").connect().await.expect("it listens")
}

type Client = HealthClient<throughline::http::ClientService<Channel>>;

/// Runs work with a client of a server, all of it on one thread and in a capture.
fn called<F: Future>(work: impl FnOnce(Client) -> F) -> Trace {
    let capture = Capture::with(|builder| builder.spans("info,h2=off,hyper=off,tower=off"));
    capture.run(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let address = server().await;
            let layer = ClientLayer::new().server("127.0.0.1", address.port());
            let client = ServiceBuilder::new().layer(layer).service(channel(address).await);
            work(HealthClient::new(client)).await;
        });
    });
    capture.finish()
}

fn ask(number: i32) -> HealthCheckRequest {
    HealthCheckRequest { service: number.to_string() }
}

/// The client's span and the server's below it.
fn both<'a>(trace: &'a Trace, name: &str) -> [CapturedSpan<'a>; 2] {
    let spans = trace.spans();
    let [client, server] = spans[..] else { panic!("two spans: {trace}") };
    assert_eq!((client.name(), server.name()), (name, name));
    assert_eq!((client.kind(), server.kind()), (SpanKind::Client, SpanKind::Server));
    assert_eq!(server.parent(), Some(client));
    [client, server]
}

#[track_caller]
fn assert_code(span: CapturedSpan<'_>, code: &str, failed: bool) {
    assert_eq!(*span.attr("rpc.status_code"), code, "{span}");
    assert_eq!(span.status().code, if failed { StatusCode::Error } else { StatusCode::Unset }, "{span}");
    assert_eq!(span.try_attr("error.type"), failed.then(|| code.into()).as_ref(), "{span}");
    assert_eq!((span.try_attr("throughline.cancelled"), span.is_unfinished()), (None, false), "{span}");
}

const CHECK: &str = "grpc.health.v1.Health/Check";
const WATCH: &str = "grpc.health.v1.Health/Watch";

#[test]
fn a_call_that_succeeds_is_ok_on_both_sides() {
    let trace = called(async |mut client: Client| client.check(ask(0)).await.expect("it answers"));
    let [client, server] = both(&trace, CHECK);
    for span in [client, server] {
        assert_code(span, "OK", false);
        assert_eq!((span.attr("rpc.method"), span.attr("rpc.system.name")), (&CHECK.into(), &"grpc".into()));
        assert_eq!(*span.attr("server.address"), "127.0.0.1");
        assert_eq!(span.try_attr("http.response.status_code"), None);
    }
    assert_eq!(client.attr("server.port"), server.attr("server.port"));
    assert_eq!(*server.attr("network.peer.address"), "127.0.0.1");
    assert_eq!(*server.attr("client.address"), "127.0.0.1");
    assert!(server.try_attr("network.peer.port").is_some(), "{server}");
    assert_eq!(server.event("checked").attr("level"), "INFO");
}

#[test]
fn not_found_is_an_error_of_the_caller_only() {
    let trace = called(async |mut client: Client| client.check(ask(5)).await.expect_err("it is not found"));
    let [client, server] = both(&trace, CHECK);
    assert_code(client, "NOT_FOUND", true);
    assert_code(server, "NOT_FOUND", false);
}

#[test]
fn unknown_is_an_error_of_both() {
    let trace = called(async |mut client: Client| client.check(ask(2)).await.expect_err("it fails"));
    for span in both(&trace, CHECK) {
        assert_code(span, "UNKNOWN", true);
    }
}

#[test]
fn a_stream_ends_with_its_trailers() {
    for (number, name, faults) in [
        (0, "OK", [false, false]),
        (14, "UNAVAILABLE", [true, true]),
        (8, "RESOURCE_EXHAUSTED", [true, false]),
    ] {
        let trace = called(async |mut client: Client| {
            let mut stream = client.watch(ask(number)).await.expect("it answers").into_inner();
            let mut messages = 0;
            while let Ok(Some(_)) = stream.message().await {
                messages += 1;
            }
            assert_eq!(messages, 3);
        });
        for (span, failed) in both(&trace, WATCH).into_iter().zip(faults) {
            assert_code(span, name, failed);
        }
    }
}

#[test]
fn a_stream_that_is_given_up_is_cancelled() {
    let trace = called(async |mut client: Client| {
        let mut stream = client.watch(ask(0)).await.expect("it answers").into_inner();
        assert!(stream.message().await.expect("no error").is_some());
        drop(stream);
    });
    let client = trace.spans()[0];
    assert_eq!(
        (client.attr("throughline.cancelled"), client.status().code),
        (&true.into(), StatusCode::Unset)
    );
    assert_eq!(client.try_attr("rpc.status_code"), None);
}

#[test]
fn a_method_that_does_not_exist_is_unimplemented_by_the_server_and_no_name() {
    let trace = unimplemented();
    let server = trace.spans()[0];
    assert_eq!((server.name(), server.attr("rpc.method")), ("grpc", &"_OTHER".into()));
    assert_eq!(*server.attr("rpc.method_original"), CHECK);
    assert_code(server, "UNIMPLEMENTED", true);
}

/// A call of a service that the server has not.
fn unimplemented() -> Trace {
    let capture = Capture::with(|builder| builder.spans("info,h2=off,hyper=off,tower=off"));
    capture.run(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let address = listener.local_addr().expect("bound");
            let mut server = Server::builder().layer(ServerLayer::new());
            let server = server.add_routes(tonic::service::Routes::default());
            tokio::spawn(async {
                server.serve_with_incoming(TcpListenerStream::new(listener)).await.expect("it serves")
            });
            let error =
                HealthClient::new(channel(address).await).check(ask(0)).await.expect_err("nothing is there");
            assert_eq!(error.code(), Code::Unimplemented);
        });
    });
    capture.finish()
}

#[test]
fn a_channel_that_reaches_nobody_says_why() {
    let capture = Capture::with(|builder| builder.spans("info,h2=off,hyper=off,tower=off"));
    capture.run(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let layer = ClientLayer::new().causes_of::<tonic::transport::Error>();
            let channel = Endpoint::from_static("http://127.0.0.1:1").connect_lazy();
            let client = ServiceBuilder::new().layer(layer).service(channel);
            HealthClient::new(client).check(ask(0)).await.expect_err("nobody listens");
        });
    });
    let trace = capture.finish();
    let description = &trace.span(CHECK).status().description;
    assert!(description.starts_with("transport error: "), "{description}");
    assert_eq!(description.matches("refused").count(), 1, "{description}");
}
