//! What has become of it.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::time::Duration;
use throughline::wire::{KeyValue, Value};
use throughline::{Stats, TraceId};
use throughline_collector::{Collector, render};

/// Columns that a terminal is taken to have.
const WIDTH: usize = 110;
/// The collector has what was sent at the latest so long after the shutdown.
const STORED: Duration = Duration::from_secs(5);

/// Prints the kept traces by reason, one that failed, and the ledger.
pub(crate) fn print(collector: &Collector, stats: &Stats) -> Result<(), Box<dyn Error>> {
    let store = collector.store();
    let sent = stats.exporters.iter().map(|exporter| exporter.exported).sum::<u64>();
    if !store.wait_until(STORED, |store| store.stats().stored_spans >= sent) {
        return Err(format!("{} of {sent} spans came", store.stats().stored_spans).into());
    }
    let mut reasons = BTreeMap::<String, (u64, u64, u64)>::new();
    let mut failed: Option<TraceId> = None;
    for summary in store.traces(usize::MAX) {
        let trace = store.trace(summary.id).ok_or("the trace is gone")?;
        let reason = trace.spans().find_map(|span| reason(&span.data().attributes)).unwrap_or("none");
        let row = reasons.entry(reason.to_owned()).or_default();
        *row = (row.0 + 1, row.1 + summary.span_count, row.2 + summary.log_count);
        failed = failed.or((reason == "error").then_some(summary.id));
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "1,000 orders and as many questions after its health.\n\nWhat the collector was sent")?;
    writeln!(out, "{:<16}{:>8}{:>8}{:>14}", "sampling.reason", "traces", "spans", "details")?;
    for (reason, (traces, spans, logs)) in &reasons {
        writeln!(out, "{reason:<16}{traces:>8}{spans:>8}{logs:>14}")?;
    }
    let trace = failed.and_then(|id| store.trace(id)).ok_or("no failed order came")?;
    write!(out, "\nAn order that failed, with its details\n{}", render::waterfall(&trace, WIDTH))?;
    writeln!(
        out,
        "\nThe ledger{}\n{stats}",
        if stats.is_balanced() { ", balanced" } else { ", NOT BALANCED" }
    )?;
    Ok(out.flush()?)
}

fn reason(attributes: &[KeyValue]) -> Option<&str> {
    attributes.iter().find_map(|attribute| match &attribute.value {
        Value::String(text) if attribute.key == "sampling.reason" => Some(text.as_str()),
        _ => None,
    })
}
