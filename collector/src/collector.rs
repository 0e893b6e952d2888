//! `Collector`: the running collector, and the thread that it runs on.

use crate::builder::Builder;
use crate::http;
use crate::ingest::Ingest;
use crate::receive::OtlpHttp;
use crate::serve::Api;
use crate::store::Store;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;
use throughline::TraceId;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// The longest that stopping takes: requests in progress get a second of it.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);
/// The longest that the runtime waits for work that cannot be interrupted, such as decoding.
const WORK_TIMEOUT: Duration = Duration::from_millis(500);

/// A running collector; dropping it stops it.
///
/// It runs on a thread and a runtime of its own: it works in a synchronous `main`, in a test and inside any
/// runtime, and it never waits for them.
#[derive(Debug)]
pub struct Collector {
    otlp_http: Option<SocketAddr>,
    http: Option<SocketAddr>,
    store: Arc<Store>,
    stop: watch::Sender<bool>,
    stopped: mpsc::Receiver<()>,
}

/// Sockets bound before the thread starts.
pub(crate) struct Listeners {
    pub(crate) otlp_http: Option<StdListener>,
    pub(crate) http: Option<StdListener>,
}

// === impl Collector ===

impl Collector {
    /// A collector on the default ports of loopback, in memory.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn start(
        runtime: Runtime,
        listeners: Listeners,
        memory_bytes: usize,
    ) -> std::io::Result<Self> {
        let addr =
            |listener: &Option<StdListener>| listener.as_ref().map(StdListener::local_addr).transpose();
        let (otlp_http, http) = (addr(&listeners.otlp_http)?, addr(&listeners.http)?);
        let store = Arc::new(Store::new(memory_bytes));
        let (stop, stopping) = watch::channel(false);
        let (done, stopped) = mpsc::channel();
        let served = Arc::clone(&store);
        thread::Builder::new().name("throughline-collector".to_owned()).spawn(move || {
            let receiver = OtlpHttp::new(Ingest::new(Arc::clone(&served)));
            runtime.block_on(run(listeners, receiver, Api::new(served, otlp_http), stopping));
            runtime.shutdown_timeout(WORK_TIMEOUT);
            // Nobody listens any more if the collector was dropped after its time was over.
            let _ = done.send(());
        })?;
        Ok(Collector { otlp_http, http, store, stop, stopped })
    }

    /// Where OTLP over HTTP is received, the port as bound; `None` if it is off.
    #[must_use]
    pub fn otlp_http_addr(&self) -> Option<SocketAddr> {
        self.otlp_http
    }

    /// Where the query API and the viewer are served, the port as bound; `None` if they are off.
    #[must_use]
    pub fn http_addr(&self) -> Option<SocketAddr> {
        self.http
    }

    /// The viewer's address, such as `http://127.0.0.1:16686/`; `None` if it is off.
    #[must_use]
    pub fn viewer_url(&self) -> Option<String> {
        self.http.map(|addr| format!("http://{addr}/"))
    }

    /// The address of a trace in the viewer; `None` if it is off.
    #[must_use]
    pub fn trace_url(&self, id: TraceId) -> Option<String> {
        self.http.map(|addr| format!("http://{addr}/#/trace/{id}"))
    }

    /// What has arrived.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Stops listening, lets requests in progress end, and frees the ports; takes three seconds at most.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        // Past the time-out the thread is left to itself; its sockets are closed by then.
        let _ = self.stopped.recv_timeout(STOP_TIMEOUT);
    }
}

async fn run(listeners: Listeners, receiver: OtlpHttp, api: Api, stop: watch::Receiver<bool>) {
    let receiving = listeners.otlp_http.map(|listener| {
        let stop = stop.clone();
        tokio::spawn(async move {
            // Registering fails only without an I/O driver, and the runtime has one.
            let listener = TcpListener::from_std(listener).expect("a non-blocking socket and an I/O driver");
            http::serve(listener, move |request| receiver.clone().handle(request), stop).await;
        })
    });
    let serving = listeners.http.map(|listener| {
        let stop = stop.clone();
        tokio::spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a non-blocking socket and an I/O driver");
            http::serve(listener, move |request| api.clone().handle(request), stop).await;
        })
    });
    let mut stop = stop;
    // An error means that the handle is gone, which stops as well.
    let _ = stop.wait_for(|stop| *stop).await;
    for task in [receiving, serving].into_iter().flatten() {
        let _ = task.await;
    }
}
