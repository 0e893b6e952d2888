//! `Correlated`: ids on the lines of any format.

use super::ids::ids_of;
use super::preset::Preset;
use std::fmt::{self, Write};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Puts the ids on the lines of another format; made by [`correlated`].
#[derive(Clone, Debug, Default)]
pub struct Correlated<F> {
    inner: F,
    preset: Preset,
}

/// Wraps a format so that each line inside a recorded span carries `trace_id`, `span_id` and `trace_flags`,
/// or what another [`preset`](Correlated::preset) has.
///
/// A line that is a JSON object gets them as its first members; any other line gets ` trace_id=… span_id=…
/// trace_flags=…` at its end. The wrapped format cannot see whether the output is a terminal: set its `with_ansi`
/// where colours are wanted.
pub fn correlated<F>(format: F) -> Correlated<F> {
    Correlated { inner: format, preset: Preset::default() }
}

// === impl Correlated ===

impl<F> Correlated<F> {
    /// Under which names the ids stand. Default: [`Preset::Otel`].
    #[must_use]
    pub fn preset(self, preset: Preset) -> Self {
        Correlated { preset, ..self }
    }
}

impl<S, N, F> FormatEvent<S, N> for Correlated<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(ids) = ids_of(ctx, event) else {
            return self.inner.format_event(ctx, writer, event);
        };
        let mut line = String::new();
        self.inner.format_event(ctx, Writer::new(&mut line), event)?;
        let (members, end) = (
            |out: &mut dyn Write| self.preset.write_json(out, &ids),
            |out: &mut dyn Write| self.preset.write_text(out, &ids),
        );
        write_with(&mut writer, &line, members, end)
    }
}

/// Writes a line with ids in it, as members of the object that it is, or at its end.
fn write_with(
    out: &mut dyn Write,
    line: &str,
    members: impl FnOnce(&mut dyn Write) -> fmt::Result,
    end: impl FnOnce(&mut dyn Write) -> fmt::Result,
) -> fmt::Result {
    let (body, newline) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
    match body.strip_prefix('{').filter(|_| body.ends_with('}')) {
        Some(rest) => {
            out.write_char('{')?;
            members(out)?;
            let separator = if rest.trim_start() == "}" { "" } else { "," };
            write!(out, "{separator}{rest}{newline}")
        }
        None => {
            out.write_str(body)?;
            end(out)?;
            out.write_str(newline)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_ids(line: &str) -> String {
        let mut out = String::new();
        write_with(&mut out, line, |out| out.write_str("\"id\":1"), |out| out.write_str(" id=1"))
            .expect("a string takes it");
        out
    }

    #[test]
    fn json_gets_members_and_text_gets_an_end() {
        assert_eq!(with_ids("{\"a\":1}\n"), "{\"id\":1,\"a\":1}\n");
        assert_eq!(with_ids("{}\n"), "{\"id\":1}\n");
        assert_eq!(with_ids("INFO hello\n"), "INFO hello id=1\n");
        assert_eq!(with_ids("{ not json\n"), "{ not json id=1\n");
        assert_eq!(with_ids(""), " id=1");
    }
}
