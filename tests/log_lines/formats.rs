//! Lines in every format.

use crate::support::{Lines, Recording, bare};
use crate::{assert_ids, ids, json, subscriber, talk};
use serde_json::Value;
use std::fmt;
use throughline::{Sampler, SpanExt, log};
use tracing::dispatcher::with_default;
use tracing::field::Empty;
use tracing::{Dispatch, Event, Subscriber, error, info, info_span, warn};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{fmt as tracing_fmt, prelude::*, registry};

#[test]
fn text_lines_end_in_the_ids() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare()));
    with_default(&subscriber(&lines, log::text(), layer), talk);
    let (outer, inner) = (recording.span("outer"), recording.span("inner"));
    for (part, span) in [("inside", &outer), ("by name", &outer), ("deeper", &inner)] {
        let line = lines.with(part);
        assert!(line.ends_with(&ids(span)), "{line}");
    }
    assert!(lines.with("inside").contains("INFO outer{n=1}: log_lines: inside a=7 trace_id="));
    for part in ["outside again", "rootless"] {
        assert!(!lines.with(part).contains("trace_id"), "{part}");
    }
    assert_eq!(lines.all().len(), 6);
}

#[test]
fn json_lines_have_the_ids_at_the_top_level() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare()));
    with_default(&subscriber(&lines, log::json(), layer), talk);
    let (outer, inner) = (recording.span("outer"), recording.span("inner"));
    for (part, span) in [("inside", &outer), ("by name", &outer), ("deeper", &inner)] {
        let line = json(&lines.with(part));
        assert_ids(&line, span);
        assert_eq!(line["span"]["name"], span.name);
    }
    let deeper = json(&lines.with("deeper"));
    assert_eq!(deeper["level"], "WARN");
    assert_eq!(deeper["fields"]["message"], "deeper");
    assert_eq!(deeper["spans"].as_array().map(Vec::len), Some(2));
    assert_eq!(deeper["spans"][0]["name"], "outer");
    assert_eq!(json(&lines.with("inside"))["fields"]["a"], 7);
    for part in ["outside again", "rootless"] {
        let line = json(&lines.with(part));
        assert!(line.get("trace_id").is_none() && line.get("span_id").is_none(), "{line}");
        assert!(line.get("span").is_none(), "{line}");
    }
    lines.all().iter().for_each(|line| drop(json(line)));
}

#[test]
fn the_order_of_the_layers_does_not_matter() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare()));
    let fmt = tracing_fmt::layer().event_format(log::json()).with_writer(lines.clone());
    with_default(&Dispatch::new(registry().with(layer).with(fmt)), talk);
    assert_ids(&json(&lines.with("deeper")), &recording.span("inner"));
    assert_ids(&json(&lines.with("by name")), &recording.span("outer"));
    assert!(json(&lines.with("rootless")).get("trace_id").is_none());
}

#[test]
fn other_formats_get_the_ids_too() {
    let format = Format::default().with_ansi(false);
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare()));
    with_default(&subscriber(&lines, log::correlated(format.clone().compact()), layer), talk);
    assert!(lines.with("inside").ends_with(&ids(&recording.span("outer"))), "{}", lines.text());
    assert!(!lines.with("rootless").contains("trace_id"));

    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare()));
    with_default(&subscriber(&lines, log::correlated(format.clone().pretty()), layer), talk);
    let text = lines.text();
    assert_eq!(text.matches("trace_id=").count(), 3, "{text}");
    assert_eq!(text.matches(&ids(&recording.span("outer"))).count(), 2, "{text}");
    assert_eq!(text.matches(&ids(&recording.span("inner"))).count(), 1, "{text}");

    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare()));
    with_default(&subscriber(&lines, log::correlated(format.without_time()), layer), talk);
    assert!(lines.with("deeper").ends_with(&ids(&recording.span("inner"))));
}

/// A program's own JSON format.
struct Own;

impl<S, N> FormatEvent<S, N> for Own
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        match event.metadata().level() {
            &tracing::Level::WARN => writeln!(out, "{{}}"),
            _ => writeln!(out, "{{\"own\":{}}}", event.metadata().line().unwrap_or_default()),
        }
    }
}

#[test]
fn a_programs_own_json_stays_json() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare()));
    with_default(&subscriber(&lines, log::correlated(Own), layer), || {
        info!("outside");
        let _in = info_span!("s").entered();
        info!("inside");
        warn!("an empty object");
    });
    let parsed: Vec<_> = lines.all().iter().map(|line| json(line)).collect();
    assert!(parsed[0].get("trace_id").is_none() && parsed[0]["own"].is_u64());
    assert!(parsed[1]["own"].is_u64());
    assert_ids(&parsed[1], &recording.span("s"));
    assert_ids(&parsed[2], &recording.span("s"));
}

#[test]
fn every_json_line_parses_whatever_is_in_it() {
    let (lines, (layer, _recording)) = (Lines::default(), Recording::new(bare()));
    with_default(&subscriber(&lines, log::json(), layer), || {
        let nasty = "\"}{\\\n\r\t\0\u{1b}[31m\u{2028}漢🦀";
        let _in = info_span!("nasty \"name\"", nasty, quoted = ?nasty, late = Empty).entered();
        info!(nasty, quoted = ?nasty, "{nasty}");
        info!(
            nan = f64::NAN,
            infinite = f64::NEG_INFINITY,
            big = u64::MAX,
            wide = i128::MIN,
            bytes = &b"x"[..]
        );
        error!(error = &std::io::Error::other(nasty) as &(dyn std::error::Error + 'static));
        info!(target: "a \"target\"", "");
        tracing::Span::current().record("late", nasty);
        info!("after a late value");
    });
    let parsed: Vec<_> = lines.all().iter().map(|line| json(line)).collect();
    assert_eq!(parsed.len(), 5);
    assert_eq!(parsed[0]["fields"]["message"], "\"}{\\\n\r\t\0\u{1b}[31m\u{2028}漢🦀");
    assert_eq!(parsed[0]["fields"]["nasty"], parsed[0]["fields"]["message"]);
    assert_eq!(parsed[1]["fields"]["big"], u64::MAX);
    assert_eq!(parsed[3]["target"], "a \"target\"");
    assert!(parsed.iter().all(|line| line["trace_id"].as_str().is_some_and(|id| id.len() == 32)));
    assert_eq!(parsed[0]["span"]["name"], "nasty \"name\"");
}

#[test]
fn records_of_the_log_crate_have_their_own_target_and_no_fields_that_tell_it() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare()));
    with_default(&subscriber(&lines, log::json(), layer), || {
        let _in = info_span!("work").entered();
        let record = ::log::Record::builder()
            .target("old")
            .level(::log::Level::Warn)
            .file(Some("src/old.rs"))
            .line(Some(42))
            .module_path(Some("old::code"))
            .args(format_args!("careful"))
            .build();
        tracing_log::format_trace(&record).expect("a subscriber");
    });
    let line = json(&lines.with("careful"));
    assert_eq!((&line["target"], &line["level"]), (&Value::from("old"), &Value::from("WARN")));
    assert_eq!(line["fields"], serde_json::json!({ "message": "careful" }));
    assert_ids(&line, &recording.span("work"));
}

#[test]
fn unsampled_spans_have_ids_with_the_flag_clear() {
    let (lines, (layer, recording)) =
        (Lines::default(), Recording::new(bare().sampler(Sampler::always_off()).random_flag(false)));
    let mut context = None;
    with_default(&subscriber(&lines, log::text(), layer), || {
        let span = info_span!("s").entered();
        info!("inside");
        context = Some(span.context().span_context());
    });
    let context = context.expect("ran");
    let ids = format!("trace_id={} span_id={} trace_flags=00", context.trace_id(), context.span_id());
    assert!(lines.with("inside").ends_with(&ids), "{}", lines.text());
    assert!(recording.spans().is_empty());
}
