//! `Text`: the usual text line, with the ids at its end.

use super::ids::ids_of;
use super::preset::Preset;
use std::fmt;
use tracing_core::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// The default format of `tracing_subscriber::fmt`, with ids; made by [`text`].
#[derive(Clone, Debug)]
pub struct Text {
    plain: Format<Full>,
    coloured: Format<Full>,
    preset: Preset,
}

/// Text lines as `tracing_subscriber::fmt` writes them by default, in colour where the layer has colours on, that
/// end in ` trace_id=… span_id=… trace_flags=…` inside a recorded span.
#[must_use]
pub fn text() -> Text {
    Text {
        plain: Format::default().with_ansi(false),
        coloured: Format::default().with_ansi(true),
        preset: Preset::default(),
    }
}

// === impl Text ===

impl Text {
    /// Under which names the ids stand. Default: [`Preset::Otel`].
    #[must_use]
    pub fn preset(self, preset: Preset) -> Self {
        Text { preset, ..self }
    }
}

impl<S, N> FormatEvent<S, N> for Text
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
        let format = if writer.has_ansi_escapes() { &self.coloured } else { &self.plain };
        let mut line = String::new();
        format.format_event(ctx, Writer::new(&mut line), event)?;
        writer.write_str(line.trim_end_matches('\n'))?;
        if let Some(ids) = ids_of(ctx, event) {
            self.preset.write_text(&mut writer, &ids)?;
        }
        writer.write_char('\n')
    }
}
