//! `throughline traces`: the newest traces, one a line.

use super::args::Args;
use super::client::{escape, get};
use super::fault::Fault;
use serde_json::Value as Json;
use std::io::{self, Write};
use std::time::Duration;
use throughline_collector::{DEFAULT_HTTP, render};

const DEFAULT_LIMIT: &str = "20";

pub(super) fn traces(text: &[String]) -> Result<(), Fault> {
    let args = Args::read(text, &["http", "limit", "service"], &[], 0)?;
    let addr = args
        .addr("http", DEFAULT_HTTP)?
        .ok_or_else(|| Fault::usage("--http none: there is nobody to ask"))?;
    let mut path =
        format!("/api/throughline/traces?limit={}", escape(args.option("limit").unwrap_or(DEFAULT_LIMIT)));
    if let Some(service) = args.option("service") {
        path.push_str(&format!("&service={}", escape(service)));
    }
    let answer = get(addr, &path)?;
    let strange =
        |e| Fault::failed(format_args!("what answers on {addr} is not a collector of this version: {e}"));
    let json: Json = serde_json::from_str(&answer).map_err(strange)?;
    let mut out = io::stdout().lock();
    let now = nanos(&json["nowUnixNanos"]);
    let list = json["traces"].as_array().map(Vec::as_slice).unwrap_or_default();
    if list.is_empty() {
        writeln!(out, "no traces yet")?;
    }
    for trace in list {
        writeln!(out, "{}", line(trace, now))?;
    }
    Ok(out.flush()?)
}

fn line(trace: &Json, now: u64) -> String {
    let text = |key: &str| trace[key].as_str().unwrap_or_default().replace(char::is_control, "\u{fffd}");
    let number = |key: &str| trace[key].as_u64().unwrap_or_default();
    let age = now.saturating_sub(nanos(&trace["startUnixNanos"]));
    let errors = match number("errorCount") {
        0 => String::new(),
        errors => format!("  ✗ {errors}"),
    };
    format!(
        "{}  {:>12} ago  {:>11}  {:>6} spans  {}  {}{errors}",
        text("traceId"),
        render::duration(Duration::from_nanos(age)),
        render::duration(Duration::from_nanos(number("durationNanos"))),
        number("spanCount"),
        text("service"),
        text("operation"),
    )
}

/// A number that is too large for JSON, and so comes as text.
fn nanos(json: &Json) -> u64 {
    json.as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}
