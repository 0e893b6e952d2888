//! `Chain`: services in a row, each asking the next, and the collector that they all send to.

use crate::lineage::Link;
use crate::process::Process;
use crate::service::Service;
use crate::sight::Sight;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use throughline::TraceId;
use throughline_collector::Collector;

/// A request through a whole chain takes no longer.
const BOUND: Duration = Duration::from_secs(60);
/// What has been delivered is stored by then.
const STORED: Duration = Duration::from_secs(10);

/// Running services.
pub(crate) struct Chain {
    collector: Collector,
    /// The first one first.
    processes: Vec<Process>,
}

/// What a request is answered with.
pub(crate) struct Answer {
    /// The header `x-correlation-id`.
    pub(crate) correlation_id: Option<String>,
    pub(crate) sights: Vec<Sight>,
}

/// What is left when all services have ended.
pub(crate) struct Ended {
    collector: Collector,
    /// The lines that ours have logged.
    pub(crate) log: Vec<Value>,
}

// === impl Chain ===

impl Chain {
    pub(crate) fn start(services: &[Service]) -> Chain {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let collector = Collector::builder().otlp_http(free).http(None).start().expect("loopback is there");
        let endpoint = collector.otlp_http_addr().expect("it receives");
        let mut variables = vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{endpoint}")),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip".to_owned()),
        ];
        let mut processes = Vec::new();
        for service in services.iter().rev() {
            let process = Process::start(service, &variables);
            variables.truncate(2);
            variables.push(("NEXT_URL", format!("http://{}", process.address)));
            processes.insert(0, process);
        }
        Chain { collector, processes }
    }

    /// Asks the first service as a browser does.
    pub(crate) fn ask(&self, headers: &[(&str, &str)]) -> Answer {
        self.ask_at(0, "/", headers)
    }

    /// Asks the service at this place in the chain for this path.
    pub(crate) fn ask_at(&self, place: usize, path: &str, headers: &[(&str, &str)]) -> Answer {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().timeout(BOUND).build().expect("TLS is there");
        let url = format!("http://{}{path}", self.processes[place].address);
        let mut request = client.get(url).header("user-agent", "Mozilla/5.0").header("accept", "*/*");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (status, correlation_id, body) = runtime.block_on(async {
            let answer = request.send().await.expect("it answers");
            let id = answer.headers().get("x-correlation-id").cloned();
            (answer.status(), id, answer.text().await.expect("text"))
        });
        assert!(status.is_success(), "{status}: {body}");
        let sights: Vec<Value> = serde_json::from_str(&body).expect("a list of sights");
        assert_eq!(sights.len(), self.processes.len() - place, "each service has seen it");
        Answer {
            correlation_id: correlation_id.map(|id| id.to_str().expect("text").to_owned()),
            sights: sights.into_iter().map(Sight).collect(),
        }
    }

    /// Ends all services, the callers before the called; the collector has all that they recorded.
    pub(crate) fn end(self) -> Ended {
        let lines = self.processes.into_iter().flat_map(Process::end);
        let log = lines
            .map(|line| serde_json::from_str(&line).unwrap_or_else(|_| panic!("logged: {line}")))
            .collect();
        Ended { collector: self.collector, log }
    }
}

// === impl Ended ===

impl Ended {
    /// The ids of all traces that were recorded, in order.
    pub(crate) fn traces(&self) -> Vec<String> {
        let mut ids: Vec<_> =
            self.collector.store().traces(usize::MAX).iter().map(|trace| trace.id.to_string()).collect();
        ids.sort();
        ids
    }

    /// The spans of a trace; panics if there are not so many.
    #[track_caller]
    pub(crate) fn spans(&self, trace_id: &str, count: usize) -> Vec<Link> {
        let id: TraceId = trace_id.parse().expect("an id");
        let store = self.collector.store();
        store.wait_until(STORED, |store| store.trace(id).is_some_and(|trace| trace.len() >= count));
        let trace = store.trace(id).unwrap_or_else(|| panic!("no trace {id}"));
        let spans: Vec<_> = trace.spans().map(Link::of).collect();
        assert_eq!(spans.len(), count, "{spans:#?}");
        spans
    }
}
