//! `Correlated`: ids on the lines of any format.

use super::ids::context_of;
use crate::context::{Context, SpanContext, TraceFlags};
use std::fmt::{self, Write};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Puts the ids on the lines of another format; made by [`correlated`].
#[derive(Clone, Debug, Default)]
pub struct Correlated<F> {
    inner: F,
}

/// Wraps a format so that each line inside a recorded span carries `trace_id`, `span_id` and `trace_flags`.
///
/// A line that is a JSON object gets them as its first members; any other line gets ` trace_id=… span_id=…
/// trace_flags=…` at its end. The wrapped format cannot see whether the output is a terminal: set its `with_ansi`
/// where colours are wanted.
pub fn correlated<F>(format: F) -> Correlated<F> {
    Correlated { inner: format }
}

// === impl Correlated ===

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
        let Some(context) = context_of(ctx, event) else {
            return self.inner.format_event(ctx, writer, event);
        };
        let mut line = String::new();
        self.inner.format_event(ctx, Writer::new(&mut line), event)?;
        write_with_ids(&mut writer, &line, &context)
    }
}

/// Writes a line with the ids in it.
pub(super) fn write_with_ids(out: &mut dyn Write, line: &str, context: &Context) -> fmt::Result {
    let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
    match body.strip_prefix('{').filter(|_| body.ends_with('}')) {
        Some(members) => {
            out.write_char('{')?;
            write_json_ids(out, context)?;
            let separator = if members.trim_start() == "}" { "" } else { "," };
            write!(out, "{separator}{members}{end}")
        }
        None => {
            out.write_str(body)?;
            write_text_ids(out, context)?;
            out.write_str(end)
        }
    }
}

/// The ids as members of a JSON object.
pub(super) fn write_json_ids(out: &mut dyn Write, context: &Context) -> fmt::Result {
    let span = context.span_context();
    let (trace_id, span_id, flags) = (span.trace_id(), span.span_id(), flags_of(span));
    write!(out, "\"trace_id\":\"{trace_id}\",\"span_id\":\"{span_id}\",\"trace_flags\":\"{flags}\"")
}

/// The ids at the end of a line of text.
pub(super) fn write_text_ids(out: &mut dyn Write, context: &Context) -> fmt::Result {
    let span = context.span_context();
    let (trace_id, span_id, flags) = (span.trace_id(), span.span_id(), flags_of(span));
    write!(out, " trace_id={trace_id} span_id={span_id} trace_flags={flags}")
}

/// The flags of a line: 00 for a span that is not sampled, whatever else is known of its trace.
fn flags_of(span: SpanContext) -> TraceFlags {
    if span.is_sampled() { span.trace_flags() } else { TraceFlags::NONE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SpanId, TraceId};

    fn with_ids(line: &str) -> String {
        let span = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED, false);
        let mut out = String::new();
        write_with_ids(&mut out, line, &Context::new(span)).expect("a string takes it");
        out
    }

    #[test]
    fn json_gets_members_and_text_gets_an_end() {
        let ids = "\"trace_id\":\"00000000000000000000000000000001\",\"span_id\":\"0000000000000002\",\"trace_flags\":\"01\"";
        assert_eq!(with_ids("{\"a\":1}\n"), format!("{{{ids},\"a\":1}}\n"));
        assert_eq!(with_ids("{}\n"), format!("{{{ids}}}\n"));
        let end = " trace_id=00000000000000000000000000000001 span_id=0000000000000002 trace_flags=01";
        assert_eq!(with_ids("INFO hello\n"), format!("INFO hello{end}\n"));
        assert_eq!(with_ids("{ not json\n"), format!("{{ not json{end}\n"));
        assert_eq!(with_ids(""), end);
    }

    #[test]
    fn an_unsampled_span_has_flags_00() {
        let flags = |flags| {
            flags_of(SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), flags, false)).to_u8()
        };
        assert_eq!(flags(TraceFlags::RANDOM), 0);
        assert_eq!(flags(TraceFlags::RANDOM.with_sampled(true)), 3);
    }
}
