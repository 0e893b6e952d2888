//! `Json`: a line is a JSON object, with the ids at its top level.

use super::ids::ids_of;
use super::members::{Members, quoted};
use super::preset::Preset;
use serde_json::Value;
use std::fmt::{self, Write};
use tracing_core::{Event, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// JSON lines with ids; made by [`json`].
#[derive(Clone, Debug, Default)]
pub struct Json {
    preset: Preset,
}

/// JSON lines in the shape of `tracing_subscriber::fmt::format::Json`, with the ids at the top level.
///
/// ```text
/// {"timestamp":"…","level":"INFO","trace_id":"…","span_id":"…","trace_flags":"01",
///  "fields":{"message":"paid","amount":7},"target":"shop","span":{"name":"pay"},"spans":[{"name":"order"},…]}
/// ```
///
/// `span` is the innermost span, `spans` all of them from the root on; the fields of a span stand in it as members
/// where the layer formats fields as JSON (in an object `fields`, if one of them is called `name`), else as text in
/// `fields`.
#[must_use]
pub fn json() -> Json {
    Json::default()
}

// === impl Json ===

impl Json {
    /// Under which names the ids stand. Default: [`Preset::Otel`].
    #[must_use]
    pub fn preset(self, preset: Preset) -> Self {
        Json { preset }
    }
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        // Records of the `log` crate have a target of their own.
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        write!(writer, "{{\"timestamp\":{},\"level\":\"{}\"", quoted(&time), metadata.level())?;
        if let Some(ids) = ids_of(ctx, event) {
            writer.write_char(',')?;
            self.preset.write_json(&mut writer, &ids)?;
        }
        writer.write_str(",\"fields\":{")?;
        let mut members = Members::default();
        members.of_log_crate = normalized.is_some();
        event.record(&mut members);
        write!(writer, "{}}},\"target\":{}", members.as_str(), quoted(metadata.target()))?;
        if let Some(span) = ctx.parent_span() {
            writer.write_str(",\"span\":")?;
            write_span::<S, N>(&mut writer, &span)?;
            writer.write_str(",\"spans\":[")?;
            for (index, span) in span.scope().from_root().enumerate() {
                writer.write_str(if index > 0 { "," } else { "" })?;
                write_span::<S, N>(&mut writer, &span)?;
            }
            writer.write_char(']')?;
        }
        writer.write_str("}\n")
    }
}

fn write_span<'a, S, N>(out: &mut dyn Write, span: &SpanRef<'a, S>) -> fmt::Result
where
    S: for<'b> LookupSpan<'b>,
    N: 'static,
{
    let extensions = span.extensions();
    let fields = extensions.get::<FormattedFields<N>>().map_or("", |fields| fields.fields.as_str());
    let members = fields.strip_prefix('{').and_then(|fields| fields.strip_suffix('}'));
    let object = members.and_then(|_| serde_json::from_str::<Value>(fields).ok());
    let named = object.as_ref().is_some_and(|object| object.get("name").is_some());
    match members.filter(|_| object.is_some()).map(str::trim) {
        Some("") => write!(out, "{{\"name\":{}}}", quoted(span.name())),
        // No key may be there twice.
        Some(members) if named => {
            write!(out, "{{\"fields\":{{{members}}},\"name\":{}}}", quoted(span.name()))
        }
        Some(members) => write!(out, "{{{members},\"name\":{}}}", quoted(span.name())),
        None if fields.is_empty() => write!(out, "{{\"name\":{}}}", quoted(span.name())),
        None => write!(out, "{{\"fields\":{},\"name\":{}}}", quoted(fields), quoted(span.name())),
    }
}
