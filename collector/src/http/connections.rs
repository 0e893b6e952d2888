//! The loop over connections: bounded in number, each with a time-out for its headers, all stopped together.

use super::Answer;
use crate::error::{Error, Listener};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::{SocketAddr, TcpListener as StdListener};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Connections served at a time on one port; further ones wait in the system's backlog.
const MAX_CONNECTIONS: usize = 512;
/// How long a connection may take to send the headers of a request, or stay idle between two.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);
/// Pause after a failed `accept`, such as too many open files, so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long requests in progress may take once the collector stops.
const GRACE: Duration = Duration::from_secs(1);

/// Binds `addr`, which must be a loopback address.
pub(crate) fn bind(listener: Listener, addr: SocketAddr) -> Result<StdListener, Error> {
    if !addr.ip().is_loopback() {
        return Err(Error::not_loopback(listener, addr));
    }
    let bound = StdListener::bind(addr).map_err(|e| Error::listen(listener, addr, e))?;
    bound.set_nonblocking(true).map_err(|e| Error::listen(listener, addr, e))?;
    Ok(bound)
}

/// Serves `listener` with `handler` until `stop` turns true or its sender is gone.
pub(crate) async fn serve<H, F>(listener: TcpListener, handler: H, mut stop: watch::Receiver<bool>)
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut open = JoinSet::new();
    while let Some(place) = unless(&mut stop, Arc::clone(&places).acquire_owned()).await {
        let Some(accepted) = unless(&mut stop, listener.accept()).await else { break };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (handler, stop) = (handler.clone(), stop.clone());
        open.spawn(async move {
            connection(stream, handler, stop).await;
            drop(place);
        });
        while open.try_join_next().is_some() {}
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, async { while open.join_next().await.is_some() {} }).await;
}

async fn connection<H, F>(stream: TcpStream, handler: H, mut stop: watch::Receiver<bool>)
where
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Answer>,
{
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answer = handler(request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let (mut serving, mut stop) = (pin!(serving), pin!(stopped(&mut stop)));
    let mut stopping = false;
    // A broken connection is its client's affair: the error has nobody to go to.
    let _ = poll_fn(|cx| {
        if !stopping && stop.as_mut().poll(cx).is_ready() {
            stopping = true;
            serving.as_mut().graceful_shutdown();
        }
        serving.as_mut().poll(cx)
    })
    .await;
}

/// What `future` gives, or `None` if the stop comes first.
async fn unless<F: Future>(stop: &mut watch::Receiver<bool>, future: F) -> Option<F::Output> {
    let (mut future, mut stop) = (pin!(future), pin!(stopped(stop)));
    poll_fn(|cx| match stop.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => future.as_mut().poll(cx).map(Some),
    })
    .await
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which stops as well.
    let _ = stop.wait_for(|stop| *stop).await;
}
