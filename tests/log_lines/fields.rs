//! The fields of spans on lines.

use crate::support::{Lines, Recording, bare};
use crate::{assert_ids, json, subscriber};
use serde_json::Value;
use std::fmt;
use throughline::log;
use tracing::dispatcher::with_default;
use tracing::field::{Empty, Field, Visit};
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::{fmt as tracing_fmt, prelude::*, registry};

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
