//! Log lines carry the ids of the span that they were written in, whatever the format, the filters, the subscriber.

mod support;

use serde_json::Value;
use std::fmt;
use support::{Lines, Recording, bare};
use throughline::{Sampler, SpanData, SpanExt, log};
use tracing::dispatcher::with_default;
use tracing::field::{Empty, Field, Visit};
use tracing::{Dispatch, Event, Subscriber, debug_span, error, info, info_span, warn};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry, fmt as tracing_fmt, prelude::*, registry};

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

/// Fields as JSON, as the `json` feature of `tracing-subscriber` formats them.
struct AsJson;

struct Members(serde_json::Map<String, Value>);

impl Visit for Members {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }
}

impl<'w> FormatFields<'w> for AsJson {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut members = Members(serde_json::Map::new());
        fields.record(&mut members);
        write!(writer, "{}", Value::Object(members.0))
    }
}

#[test]
fn fields_of_spans_are_members_where_the_layer_formats_them_as_json_and_text_elsewhere() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare()));
    let fmt = tracing_fmt::layer().fmt_fields(AsJson).event_format(log::json()).with_writer(lines.clone());
    with_default(&Dispatch::new(registry().with(fmt).with(layer)), || {
        let _in = info_span!("s", n = 7, text = "}{", late = Empty).entered();
        info!("early");
        info_span!("empty").in_scope(|| info!("in empty"));
        tracing::Span::current().record("late", 8);
        info!("late");
    });
    let early = json(&lines.with("\"early\""));
    assert_eq!((&early["span"]["n"], &early["span"]["name"]), (&Value::from(7), &Value::from("s")));
    assert_ids(&early, &recording.span("s"));
    assert_eq!(json(&lines.with("in empty"))["span"], serde_json::json!({"name": "empty"}));
    json(&lines.with("\"late\""));

    let (lines, (layer, _recording)) = (Lines::default(), Recording::new(bare()));
    with_default(&subscriber(&lines, log::json(), layer), || {
        info_span!("s", n = 7, text = "{}").in_scope(|| info!("plain"));
    });
    let plain = json(&lines.with("plain"));
    assert_eq!(plain["span"], serde_json::json!({"name": "s", "fields": "n=7 text=\"{}\""}));
}

#[test]
fn lines_keep_their_ids_when_a_filter_hides_the_spans_from_them() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare().spans("debug")));
    let fmt = tracing_fmt::layer().event_format(log::json()).with_writer(lines.clone());
    let fmt = fmt.with_filter(EnvFilter::new("warn"));
    let mut by_name = None;
    with_default(&Dispatch::new(registry().with(fmt).with(layer)), || {
        let outer = info_span!("outer").entered();
        info!("not a line");
        debug_span!("inner").in_scope(|| warn!("inside"));
        let outer = outer.exit();
        warn!(parent: &outer, "by name");
        by_name = Some(outer);
    });
    drop(by_name);
    assert_eq!(lines.all().len(), 2, "{}", lines.text());
    assert_ids(&json(&lines.with("inside")), &recording.span("inner"));
    assert_ids(&json(&lines.with("by name")), &recording.span("outer"));
}

#[test]
fn lines_in_spans_that_our_own_filter_hides_carry_the_nearest_recorded_span() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare().spans("info")));
    with_default(&subscriber(&lines, log::json(), layer), || {
        let _outer = info_span!("outer").entered();
        let hidden = debug_span!("hidden");
        hidden.in_scope(|| info!("in hidden"));
        info!(parent: &hidden, "by the name of hidden");
    });
    assert_ids(&json(&lines.with("in hidden")), &recording.span("outer"));
    assert_ids(&json(&lines.with("by the name of hidden")), &recording.span("outer"));
}

#[test]
fn lines_of_events_that_our_layer_does_not_want_carry_the_ids_too() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare().spans("info")));
    let fmt = tracing_fmt::layer().event_format(log::json()).with_writer(lines.clone());
    let filtered = layer.with_filter(tracing_subscriber::filter::LevelFilter::INFO);
    with_default(&Dispatch::new(registry().with(fmt).with(filtered)), || {
        let _in = info_span!("s").entered();
        tracing::debug!("a line only");
    });
    assert!(recording.span("s").events.is_empty());
    assert_ids(&json(&lines.with("a line only")), &recording.span("s"));
}

#[test]
fn two_subscribers_write_their_own_ids() {
    let ((one, first), (two, second)) =
        ((Lines::default(), Recording::new(bare())), (Lines::default(), Recording::new(bare())));
    let a = subscriber(&one, log::json(), first.0);
    let b = subscriber(&two, log::json(), second.0);
    with_default(&a, || {
        let _a = info_span!("a").entered();
        with_default(&b, || {
            info!("outside of b");
            let _b = info_span!("b").entered();
            info!("in b");
            with_default(&a, || info!("in a"));
        });
    });
    assert_ids(&json(&one.with("in a")), &first.1.span("a"));
    assert_ids(&json(&two.with("in b")), &second.1.span("b"));
    assert!(json(&two.with("outside of b")).get("trace_id").is_none());
    assert_eq!((one.all().len(), two.all().len()), (1, 2));
}

#[inline(never)]
fn same_place() {
    info!("from the same place");
}

#[test]
fn a_line_of_a_subscriber_without_a_layer_never_carries_the_ids_of_another() {
    let (ours, others) = (Lines::default(), Lines::default());
    let (layer, recording) = Recording::new(bare());
    let fmt = tracing_fmt::layer().event_format(log::json()).with_writer(others.clone());
    let dispatches = [subscriber(&ours, log::json(), layer), Dispatch::new(registry().with(fmt))];
    with_default(&dispatches[0], || {
        let _in = info_span!("ours").entered();
        // The events of both lie at the same address.
        for dispatch in dispatches.iter().chain(&dispatches) {
            with_default(dispatch, same_place);
        }
    });
    for line in ours.all() {
        assert_ids(&json(&line), &recording.span("ours"));
    }
    assert_eq!((ours.all().len(), others.all().len()), (2, 2));
    for line in others.all() {
        assert!(json(&line).get("trace_id").is_none(), "{line}");
    }
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

#[test]
fn filtered_layers_boxed_in_a_vec_write_ids_as_well() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare()));
    let fmt = tracing_fmt::layer().event_format(log::json()).with_writer(lines.clone());
    let layers = vec![fmt.with_filter(EnvFilter::new("info")).boxed(), layer.boxed()];
    with_default(&Dispatch::new(registry().with(layers)), talk);
    assert_ids(&json(&lines.with("deeper")), &recording.span("inner"));
    assert_ids(&json(&lines.with("by name")), &recording.span("outer"));
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
fn a_field_called_name_does_not_meet_the_name_of_the_span() {
    let (lines, (layer, _recording)) = (Lines::default(), Recording::new(bare()));
    let fmt = tracing_fmt::layer().fmt_fields(log::json_fields()).event_format(log::json());
    let fmt = fmt.with_writer(lines.clone()).with_ansi(false);
    with_default(&Dispatch::new(registry().with(fmt).with(layer)), || {
        info_span!("greet", name = "world").in_scope(|| info!("hello"));
    });
    let line = lines.with("hello");
    assert_eq!(
        json(&line)["span"],
        serde_json::json!({ "name": "greet", "fields": { "name": "world" } }),
        "{line}"
    );
    assert_eq!(line.matches("\"name\":\"greet\"").count(), 2, "in span and in spans: {line}");
}
