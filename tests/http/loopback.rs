//! What the tests share: a capture around a runtime, servers on ports of their own, and requests.

use crate::frames::frame;
use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use std::convert::Infallible;
use std::net::SocketAddr;
use throughline::testing::{Capture, Trace};
use throughline::wire::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::Service;

/// Nobody listens there: the system gives this port to nobody.
pub(crate) const NOBODY: &str = "127.0.0.1:1";

pub(crate) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
pub(crate) const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
pub(crate) const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

/// Runs work and all tasks that it spawns on one thread, in a capture.
pub(crate) fn captured<F: Future>(work: impl FnOnce() -> F) -> Trace {
    captured_by(Capture::new(), work)
}

pub(crate) fn captured_by<F: Future>(capture: Capture, work: impl FnOnce() -> F) -> Trace {
    capture.run(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(async { drop(work().await) });
    });
    capture.finish()
}

/// Serves on a port of its own, for as long as the runtime lives.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.expect("it serves") });
    address
}

/// Sends these bytes, and reads until the other side closes.
pub(crate) async fn send_raw(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(request).await.expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("it answers");
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a good request")
}

/// Calls a service and reads the body to its end.
pub(crate) async fn call<S, B>(service: &mut S, request: Request<Body>) -> Response<()>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body + Unpin,
{
    let Ok(response) = service.call(request).await;
    let (parts, mut body) = response.into_parts();
    while frame(&mut body).await.is_some() {}
    Response::from_parts(parts, ())
}

/// The status's code and description.
pub(crate) fn status(trace: &Trace) -> (StatusCode, String) {
    let [span] = trace.spans()[..] else { panic!("one span: {trace}") };
    (span.status().code, span.status().description.clone())
}
