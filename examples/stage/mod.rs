//! The stage of the small examples: a collector, the services as processes of their own, one request, and what came of it.
//!
//! * `children`: the services' processes, as the parent sees them
//! * `service`: what is in each of them around its routes

mod children;
mod service;

use children::Children;
pub(crate) use service::{serve, url_of};
use std::error::Error;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;
use throughline_collector::{Collector, render};

/// Columns that a terminal is taken to have.
const WIDTH: usize = 110;
/// The collector has a span at the latest so long after the process that sent it has ended.
const STORED: Duration = Duration::from_secs(5);

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// An example with these services, each named after those that it calls.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) services: &'static [&'static str],
    /// Spans of its one trace.
    pub(crate) spans: usize,
}

// === impl Stage ===

impl Stage {
    /// `main` of the example: alone it plays, as `service NAME` it is one of the services.
    pub(crate) fn main<A>(
        &self,
        service: impl FnOnce(&str) -> Result<()>,
        ask: impl FnOnce(SocketAddr) -> A,
    ) -> ExitCode
    where
        A: Future<Output = Result<String>>,
    {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ended = match arguments.as_slice() {
            [] => self.play(ask, false),
            ["--exit"] => self.play(ask, true),
            ["service", name] => service(name),
            _ => Err("it takes no argument, or --exit".into()),
        };
        ended.map_or_else(
            |error| {
                eprintln!("{}: {error}", self.name);
                ExitCode::FAILURE
            },
            |()| ExitCode::SUCCESS,
        )
    }

    fn play<A>(&self, ask: impl FnOnce(SocketAddr) -> A, exit: bool) -> Result<()>
    where
        A: Future<Output = Result<String>>,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let collector = Collector::builder().otlp_http(free).http(free).start()?;
        let endpoint = collector.otlp_http_addr().ok_or("the collector receives nothing")?;
        let mut children = Children::new(endpoint);
        let mut last = endpoint;
        for service in self.services {
            last = children.start(service)?;
        }
        let answer = runtime.block_on(ask(last))?;
        // They deliver what they have recorded before they end.
        let lines = children.end()?;
        self.report(&collector, &answer, &lines)?;
        if !exit {
            println!("\nViewer: {}  (Ctrl-C ends it)", collector.viewer_url().unwrap_or_default());
            runtime.block_on(tokio::signal::ctrl_c())?;
        }
        collector.shutdown();
        Ok(())
    }

    fn report(&self, collector: &Collector, answer: &str, lines: &[String]) -> Result<()> {
        let store = collector.store();
        if !store.wait_until(STORED, |store| store.stats().stored_spans as usize >= self.spans) {
            return Err(format!("{} of {} spans came", store.stats().stored_spans, self.spans).into());
        }
        let traces = store.traces(10);
        let [summary] = &traces[..] else { return Err(format!("{} traces, not one", traces.len()).into()) };
        let trace = store.trace(summary.id).ok_or("the trace is gone")?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "Answer: {answer}\n\nLog lines, with trace id and span id")?;
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        write!(out, "\nIts trace\n{}", render::waterfall(&trace, WIDTH))?;
        Ok(out.flush()?)
    }
}
