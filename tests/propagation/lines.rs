//! The correlation id, and members of baggage that were asked for, on lines and log records of every form.

use crate::support::{Lines, Recording, bare, text};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use throughline::log::{self, Preset};
use throughline::{Batch, BoxFuture, Builder, Events, Exporter, LogData, Outcome, Signal, baggage};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, Event, Subscriber, info, info_span};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{fmt, prelude::*, registry};

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

/// JSON lines of a program's own.
struct Flat;

impl<S, N> FormatEvent<S, N> for Flat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        _: &Event<'_>,
    ) -> std::fmt::Result {
        writeln!(writer, "{{\"message\":\"said\"}}")
    }
}

fn plain<S>() -> fmt::Layer<S> {
    fmt::layer().with_ansi(false)
}

/// The same line in JSON, in wrapped JSON, in text and in wrapped text.
fn lines(preset: &Preset, builder: Builder, set_up: impl FnOnce()) -> ([Value; 2], [String; 2]) {
    let lines: [Lines; 4] = Default::default();
    let (layer, _recording) = Recording::new(builder);
    let dispatch = Dispatch::new(
        registry()
            .with(plain().event_format(log::json().preset(preset.clone())).with_writer(lines[0].clone()))
            .with(
                plain()
                    .event_format(log::correlated(Flat).preset(preset.clone()))
                    .with_writer(lines[1].clone()),
            )
            .with(plain().event_format(log::text().preset(preset.clone())).with_writer(lines[2].clone()))
            .with(
                plain()
                    .event_format(log::correlated(Format::default().compact()).preset(preset.clone()))
                    .with_writer(lines[3].clone()),
            )
            .with(layer),
    );
    with_default(&dispatch, || {
        let _outer = info_span!("outer").entered();
        set_up();
        let _inner = info_span!("inner").entered();
        info!("said");
    });
    let parse = |lines: &Lines| serde_json::from_str(&lines.with("said")).expect("a line of JSON");
    ([parse(&lines[0]), parse(&lines[1])], [lines[2].with("said"), lines[3].with("said")])
}

fn presets() -> [Preset; 5] {
    let gcp = Preset::Gcp { project: "shop".to_owned() };
    [Preset::Otel, Preset::Ecs, Preset::Datadog, Preset::Datadog128, gcp]
}

#[test]
fn every_preset_has_the_correlation_id_and_the_named_members_of_baggage() {
    for preset in presets() {
        let builder = bare().baggage_attributes(["tenant", "absent", "correlation.id"]);
        let (jsons, texts) = lines(&preset, builder, || {
            baggage::set("correlation.id", "r-1").expect("there is a span");
            baggage::set("tenant", "Ä & \"sons\"\nforged").expect("there is a span");
        });
        for json in jsons {
            assert_eq!(json["correlation_id"], json!("r-1"), "{json}");
            assert_eq!(json["tenant"], json!("Ä & \"sons\"\nforged"), "{json}");
            assert_eq!((json.get("absent"), json.get("correlation.id")), (None, None), "{json}");
        }
        for text in texts {
            let end = " correlation_id=r-1 tenant=\"Ä & \\\"sons\\\"\\nforged\"";
            assert!(text.ends_with(end), "{text}");
        }
    }
}

#[test]
fn lines_of_a_trace_without_one_do_not_have_it() {
    for preset in presets() {
        let (jsons, texts) = lines(&preset, bare(), || {});
        assert!(jsons.iter().all(|json| json.get("correlation_id").is_none()), "{jsons:?}");
        assert!(texts.iter().all(|text| !text.contains("correlation_id")), "{texts:?}");
    }
}

#[derive(Clone, Default)]
struct Logs(Arc<Mutex<Vec<LogData>>>);

impl Exporter for Logs {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let logs = batch.logs().map(|log| log.to_data().expect("our own frames decode"));
        self.0.lock().expect("no test panics with the lock").extend(logs);
        Box::pin(async { Outcome::Accepted })
    }

    fn takes(&self, signal: Signal) -> bool {
        signal == Signal::Logs
    }
}

#[test]
fn log_records_have_both_as_attributes_unless_the_event_has_its_own() {
    let logs = Logs::default();
    let builder = bare().events(Events::Logs).exporter(logs.clone()).baggage_attributes(["tenant"]);
    let (layer, guard) = builder.build().expect("valid settings");
    with_default(&Dispatch::new(registry().with(layer)), || {
        info!("outside");
        let _in = info_span!("s").entered();
        info!("before");
        baggage::set("correlation.id", "r-1").expect("there is a span");
        baggage::set("tenant", "acme").expect("there is a span");
        info!(amount = 7, "after");
        info!(tenant = "own", "own");
    });
    guard.flush(Duration::from_secs(10)).expect("an exporter that takes everything");
    let logs = logs.0.lock().expect("no test panics with the lock").clone();
    let seen: Vec<_> = logs
        .iter()
        .map(|it| (text(&it.attributes, "correlation.id"), text(&it.attributes, "tenant")))
        .collect();
    let id = Some("r-1");
    assert_eq!(seen, [(None, None), (None, None), (id, Some("acme")), (id, Some("own"))]);
    assert_eq!(logs[2].attributes.len(), 3);
    assert!(logs[2].trace_id.is_valid());
}
