//! `throughline serve`: the collector in the foreground.

use super::args::Args;
use super::fault::Fault;
use std::io::{self, Write};
use throughline_collector::{Collector, DEFAULT_HTTP, DEFAULT_OTLP_HTTP, Error, Listener};
use tokio::signal::unix::{SignalKind, signal};

const OPTIONS: [&str; 5] = ["data", "otlp-http", "http", "otlp-grpc", "zipkin"];
const SWITCHES: [&str; 1] = ["memory"];
/// Receivers whose options are accepted, so that a command line of later versions works, but not served.
const NOT_BUILT: [(&str, &str); 2] = [("otlp-grpc", "OTLP over gRPC"), ("zipkin", "Zipkin")];

pub(super) fn serve(text: &[String]) -> Result<(), Fault> {
    let args = Args::read(text, &OPTIONS, &SWITCHES, 0)?;
    if args.option("data").is_some() {
        return Err(Fault::usage("--data is not built yet: traces are kept in memory only, with --memory"));
    }
    for (option, name) in NOT_BUILT {
        if args.addr(option, DEFAULT_HTTP)?.is_some() && args.option(option).is_some() {
            // A warning that cannot be written is lost; the collector works without it.
            let _ = writeln!(io::stderr(), "throughline: --{option}: {name} is not built yet and not served");
        }
    }
    let (otlp_http, http) = (args.addr("otlp-http", DEFAULT_OTLP_HTTP)?, args.addr("http", DEFAULT_HTTP)?);
    // Signals are caught before anything is printed: whoever reads that we serve may stop us.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(Fault::failed)?;
    let guard = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Fault::failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Fault::failed)?;
    drop(guard);
    let collector = Collector::builder().otlp_http(otlp_http).http(http).start().map_err(start_fault)?;
    // Whoever reads our output may go away after the addresses: we serve on.
    let _ = announce(&collector, args.switch("memory"));
    runtime.block_on(std::future::poll_fn(|cx| {
        let stopped = interrupt.poll_recv(cx).is_ready() | terminate.poll_recv(cx).is_ready();
        if stopped { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    }));
    collector.shutdown();
    Ok(())
}

fn start_fault(error: Error) -> Fault {
    match error.listener() {
        Some(Listener::OtlpHttp) => Fault::failed(format_args!("{error}; see --otlp-http")),
        Some(Listener::Http) => Fault::failed(format_args!("{error}; see --http")),
        _ => Fault::failed(error),
    }
}

fn announce(collector: &Collector, memory: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match collector.otlp_http_addr() {
        Some(addr) => writeln!(out, "OTLP over HTTP      http://{addr}")?,
        None => writeln!(out, "OTLP over HTTP      off")?,
    }
    match collector.viewer_url() {
        Some(url) => writeln!(out, "viewer, query API   {url}")?,
        None => writeln!(out, "viewer, query API   off")?,
    }
    if !memory {
        writeln!(out, "Traces are kept in memory: they are gone when this ends.")?;
    }
    writeln!(out, "Ctrl-C stops it.")?;
    out.flush()
}
