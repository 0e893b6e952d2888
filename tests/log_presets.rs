//! The names and forms that other backends know the ids by, on lines of every format.

mod support;

use serde_json::{Value, json};
use support::{Lines, Recording, bare};
use throughline::log::{self, Preset};
use throughline::{Builder, Sampler, SpanData};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Format;
use tracing_subscriber::{fmt as tracing_fmt, prelude::*, registry};

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

fn plain<S>() -> tracing_fmt::Layer<S> {
    tracing_fmt::layer().with_ansi(false)
}

/// The same line in JSON, in text, and in a wrapped format; and the spans that it was written in, innermost first.
fn lines(preset: &Preset, builder: Builder) -> (Value, [String; 2], Vec<SpanData>) {
    let lines: [Lines; 3] = Default::default();
    let (layer, recording) = Recording::new(builder);
    let wrapped = log::correlated(Format::default().compact()).preset(preset.clone());
    let dispatch = Dispatch::new(
        registry()
            .with(plain().event_format(log::json().preset(preset.clone())).with_writer(lines[0].clone()))
            .with(plain().event_format(log::text().preset(preset.clone())).with_writer(lines[1].clone()))
            .with(plain().event_format(wrapped).with_writer(lines[2].clone()))
            .with(layer),
    );
    with_default(&dispatch, || {
        info_span!("outer").in_scope(|| {
            info_span!("middle").in_scope(|| info_span!("inner").in_scope(|| info!("said")));
        });
    });
    let parse = |lines: &Lines| serde_json::from_str(&lines.with("said")).expect("a line of JSON");
    let mut spans = recording.spans();
    spans.reverse();
    (parse(&lines[0]), [lines[1].with("said"), lines[2].with("said")], spans)
}

#[track_caller]
fn assert_members(line: &Value, expected: &Value) {
    for (key, value) in expected.as_object().expect("an object") {
        assert_eq!(&line[key], value, "{key} in {line}");
    }
    assert_eq!(line.get("trace_flags"), None, "nothing of other presets: {line}");
}

#[test]
fn ecs_has_the_local_root_as_the_transaction() {
    let (json, texts, spans) = lines(&Preset::Ecs, bare());
    let (inner, outer) = (&spans[0], &spans[2]);
    let expected = json!({
        "trace.id": inner.trace_id.to_string(),
        "span.id": inner.span_id.to_string(),
        "transaction.id": outer.span_id.to_string(),
    });
    assert_members(&json, &expected);
    let (trace, span, root) = (inner.trace_id, inner.span_id, outer.span_id);
    for text in texts {
        assert!(text.ends_with(&format!(" trace.id={trace} span.id={span} transaction.id={root}")), "{text}");
    }
}

#[test]
fn datadog_has_decimal_ids_and_the_service() {
    let builder = || {
        let builder = bare().service_name("check out").resource_attribute("service.version", "1.2");
        builder.resource_attribute("deployment.environment.name", "prod")
    };
    let (json, texts, spans) = lines(&Preset::Datadog, builder());
    let (trace, span) = (spans[0].trace_id.to_u128() as u64, spans[0].span_id.to_u64());
    let expected = json!({
        "dd.trace_id": trace.to_string(), "dd.span_id": span.to_string(),
        "dd.service": "check out", "dd.env": "prod", "dd.version": "1.2",
    });
    assert_members(&json, &expected);
    let end = " dd.service=\"check out\" dd.env=prod dd.version=1.2";
    for text in texts {
        assert!(text.ends_with(&format!(" dd.trace_id={trace} dd.span_id={span}{end}")), "{text}");
    }
    let (json, .., spans) = lines(&Preset::Datadog128, builder());
    assert_eq!(json["dd.trace_id"], spans[0].trace_id.to_string());
}

#[test]
fn datadog_leaves_out_what_the_resource_does_not_have() {
    let (json, ..) = lines(&Preset::Datadog, bare().service_name("shop"));
    assert_eq!(
        (&json["dd.service"], json.get("dd.env"), json.get("dd.version")),
        (&json!("shop"), None, None)
    );
}

#[test]
fn google_cloud_has_the_project_and_a_truth_value() {
    let preset = Preset::Gcp { project: "my-project".to_owned() };
    let (json, _, spans) = lines(&preset, bare());
    let expected = json!({
        "logging.googleapis.com/trace": format!("projects/my-project/traces/{}", spans[0].trace_id),
        "logging.googleapis.com/spanId": spans[0].span_id.to_string(),
        "logging.googleapis.com/trace_sampled": true,
    });
    assert_members(&json, &expected);
    let (json, ..) = lines(&preset, bare().sampler(Sampler::always_off()));
    assert_eq!(json["logging.googleapis.com/trace_sampled"], false);
}

#[test]
fn what_callers_say_stays_inside_of_its_line_and_of_its_value() {
    let hostile = "a\n\r\t\"}\\ \u{1b}[31m\u{7f}\u{85}\u{9b}2J\u{2028}\u{2029}b";
    let gcp = Preset::Gcp { project: "shop".to_owned() };
    for preset in [Preset::Otel, Preset::Ecs, Preset::Datadog, Preset::Datadog128, gcp] {
        let lines: [Lines; 2] = Default::default();
        let (layer, _recording) = Recording::new(bare().baggage_attributes(["user"]));
        let dispatch = Dispatch::new(
            registry()
                .with(plain().event_format(log::json().preset(preset.clone())).with_writer(lines[0].clone()))
                .with(plain().event_format(log::text().preset(preset.clone())).with_writer(lines[1].clone()))
                .with(layer),
        );
        with_default(&dispatch, || {
            let _in = info_span!("request").entered();
            throughline::baggage::set("user", hostile).expect("there is room");
            throughline::baggage::set("correlation.id", "a\"},\\x=1").expect("visible ASCII");
            info!("said");
        });
        let [json, text] = lines.each_ref().map(|lines| lines.with("said"));
        let json: Value = serde_json::from_str(&json).expect("a line of JSON");
        assert_eq!((&json["user"], &json["correlation_id"]), (&hostile.into(), &"a\"},\\x=1".into()));
        assert!(!text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')), "{text:?}");
        let (_, told) = text.split_once(" user=").expect("it is there");
        assert_eq!(serde_json::from_str::<Value>(told).expect("one value, to the end"), hostile);
        assert!(text.contains(r#" correlation_id="a\"},\\x=1" "#), "{text}");
    }
}
