//! What a person sees of it all, on standard output.

use crate::ledger::Ledger;
use crate::message::LogLine;
use crate::traffic::Seen;
use std::io::{self, Write};
use throughline::TraceId;
use throughline::wire::{EventData, Value};
use throughline_collector::{Collector, DEFAULT_HTTP, DEFAULT_OTLP_HTTP, Trace, Tree, render};

/// Columns that a terminal is taken to have.
const WIDTH: usize = 110;

/// Where everything is.
pub(crate) fn started(collector: &Collector) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Four services and a collector are running, each service in a process of its own.")?;
    for (default, address) in
        [(DEFAULT_OTLP_HTTP, collector.otlp_http_addr()), (DEFAULT_HTTP, collector.http_addr())]
    {
        if let Some(address) = address.filter(|address| *address != default) {
            writeln!(out, "Port {} is taken: {} is used instead.", default.port(), address.port())?;
        }
    }
    out.flush()
}

/// What customers did and saw.
pub(crate) fn visits(seen: &[Seen]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    title(&mut out, "Requests")?;
    for Seen { visit, status, took, .. } in seen {
        let (method, path, shows) = (visit.method.as_str(), visit.path, visit.shows);
        let took = render::duration(*took);
        writeln!(out, "{method:<5} {path:<10} {}  {took:>8}   {shows}", status.as_u16())?;
    }
    out.flush()
}

/// The log lines of one trace, from all services.
pub(crate) fn log_lines(mut lines: Vec<(&'static str, LogLine)>, id: TraceId) -> io::Result<()> {
    let mut out = io::stdout().lock();
    title(&mut out, "Log lines of the last one, with trace id and span id")?;
    let id = id.to_string();
    lines.retain(|(_, line)| line.trace_id == id);
    lines.sort_by(|(_, one), (_, other)| one.timestamp.cmp(&other.timestamp));
    for (service, LogLine { level, trace_id, span_id, text, .. }) in &lines {
        writeln!(out, "{service:<9}  {level:<5}  {trace_id} {span_id}  {text}")?;
    }
    out.flush()
}

/// A trace, and the longest chain of errors in it.
pub(crate) fn waterfall(trace: &Trace) -> io::Result<()> {
    let mut out = io::stdout().lock();
    title(&mut out, "Its trace")?;
    write!(out, "{}", render::waterfall(trace, WIDTH))?;
    if let Some((service, chain)) = longest_chain(trace) {
        title(&mut out, &format!("The error, as {service} recorded it"))?;
        chain.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    out.flush()
}

/// What became of all spans.
pub(crate) fn ledger(ledgers: &[(&'static str, Ledger)], collector: &Collector) -> io::Result<()> {
    let mut out = io::stdout().lock();
    title(&mut out, "The ledger: what became of every span")?;
    writeln!(
        out,
        "{:<9} {:>8} {:>8} {:>9} {:>8} {:>8} {:>8} {:>8}",
        "", "started", "open", "unsampled", "refused", "finished", "exported", "lost"
    )?;
    ledgers.iter().try_for_each(|(service, ledger)| ledger_row(&mut out, service, ledger))?;
    let sum = ledgers.iter().fold(Ledger::EMPTY, |sum, (_, ledger)| sum.plus(*ledger));
    ledger_row(&mut out, "all", &sum)?;
    let balanced = if sum.balanced { "Balanced" } else { "NOT BALANCED" };
    writeln!(out, "{balanced}; the collector has stored {} spans.", collector.store().stats().stored_spans)?;
    out.flush()
}

/// Where to look at it.
pub(crate) fn viewer(collector: &Collector) -> io::Result<()> {
    let mut out = io::stdout().lock();
    title(&mut out, &format!("Viewer: {}", collector.viewer_url().unwrap_or_default()))?;
    out.flush()
}

/// That there is more to come.
pub(crate) fn going_on() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Light traffic goes on. Ctrl-C ends it.")?;
    out.flush()
}

fn title(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{text}")
}

fn ledger_row(out: &mut impl Write, name: &str, ledger: &Ledger) -> io::Result<()> {
    let Ledger { started, open, unsampled, refused, finished, exported, lost, .. } = ledger;
    writeln!(
        out,
        "{name:<9} {started:>8} {open:>8} {unsampled:>9} {refused:>8} {finished:>8} {exported:>8} {lost:>8}"
    )
}

/// The error with the most sources, and the service that it happened in.
fn longest_chain(trace: &Trace) -> Option<(String, Vec<String>)> {
    let tree = Tree::new(trace);
    let chains = tree.rows().iter().flat_map(|row| {
        let errors = row.span.data().events.iter().filter(|event| event.name == "exception");
        errors.map(|event| {
            let (message, sources) = (text(event, "exception.message"), text(event, "exception.stacktrace"));
            let lines = [message].into_iter().chain(sources.lines()).map(str::to_owned);
            (row.span.service().to_owned(), lines.collect::<Vec<_>>())
        })
    });
    chains.max_by_key(|(_, lines)| lines.len())
}

fn text<'a>(event: &'a EventData, key: &str) -> &'a str {
    match event.attributes.iter().find(|attribute| attribute.key == key).map(|found| &found.value) {
        Some(Value::String(text)) => text,
        _ => "",
    }
}
