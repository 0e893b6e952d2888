//! Log lines carry the ids of the span that they were written in, whatever the format, the filters, the subscriber.

mod fields;
mod filters;
mod formats;
mod subscribers;
#[path = "../support/mod.rs"]
mod support;

use serde_json::Value;
use support::Lines;
use throughline::SpanData;
use tracing::{Dispatch, info, info_span, warn};
use tracing_subscriber::fmt::{FormatEvent, MakeWriter};
use tracing_subscriber::{Registry, fmt as tracing_fmt, prelude::*, registry};

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

/// Lines in this format, over or under a layer of ours.
fn subscriber<F>(lines: &Lines, format: F, layer: throughline::Layer) -> Dispatch
where
    F: FormatEvent<Registry, fmt_fields> + Send + Sync + 'static,
{
    let fmt = tracing_fmt::layer().event_format(format).with_writer(lines.clone()).with_ansi(false);
    Dispatch::new(registry().with(fmt).with(layer))
}

#[expect(non_camel_case_types, reason = "an alias that reads as what it is")]
type fmt_fields = tracing_subscriber::fmt::format::DefaultFields;

fn ids(span: &SpanData) -> String {
    format!("trace_id={} span_id={} trace_flags=03", span.trace_id, span.span_id)
}

#[track_caller]
fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"))
}

#[track_caller]
fn assert_ids(line: &Value, span: &SpanData) {
    assert_eq!(line["trace_id"], span.trace_id.to_string(), "{line}");
    assert_eq!(line["span_id"], span.span_id.to_string(), "{line}");
    assert_eq!(line["trace_flags"], "03", "{line}");
}

/// Lines outside, inside, deeper, and by name.
fn talk() {
    info!("outside");
    let outer = info_span!("outer", n = 1).entered();
    info!(a = 7, "inside");
    info_span!("inner").in_scope(|| warn!("deeper"));
    info!(parent: None, "rootless");
    let outer = outer.exit();
    info!(parent: &outer, "by name");
    info!("outside again");
}
