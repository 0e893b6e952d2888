//! `Preset`: under which names, and in which form, the ids stand on a line.

use super::ids::Ids;
use super::members::quoted;
use crate::context::correlation_id::LINE_KEY;
use std::fmt::{self, Write};

/// The names and forms of the ids on log lines. All of them stand at the top level of a JSON line, and at the end of a
/// line of text, inside of spans only. After them comes `correlation_id` where the trace has one, then the members of
/// baggage that [`Builder::baggage_attributes`](crate::Builder::baggage_attributes) names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// OpenTelemetry ("Trace Context in non-OTLP Log Formats"): `trace_id` in 32 hexadecimal digits, `span_id` in 16,
    /// `trace_flags` in 2.
    #[default]
    Otel,
    /// Elastic Common Schema: `trace.id`, `span.id`, and as `transaction.id` the span id of the local root.
    Ecs,
    /// Datadog: `dd.trace_id` (the low 64 bits) and `dd.span_id` in decimal; `dd.service`, `dd.env` and `dd.version` from
    /// the resource's `service.name`, `deployment.environment.name` and `service.version`, where it has them.
    Datadog,
    /// As [`Preset::Datadog`], with `dd.trace_id` as all 128 bits in 32 hexadecimal digits.
    Datadog128,
    /// Google Cloud Logging: `logging.googleapis.com/trace` (`projects/PROJECT/traces/` and 32 hexadecimal digits),
    /// `logging.googleapis.com/spanId` in 16, and `logging.googleapis.com/trace_sampled`, a truth value.
    Gcp {
        /// The id of the project.
        project: String,
    },
}

/// Takes names and values, as text (`true`) or as JSON without quotes.
type Put<'a> = &'a mut dyn FnMut(&str, &dyn fmt::Display, bool) -> fmt::Result;

/// Text in quotes, on one line whatever reads it. JSON lets the control characters of C1 stand as they are, of which a
/// terminal takes orders (U+009B), and what other readers take for the end of a line (U+0085, U+2028, U+2029).
struct OnOneLine<'a>(&'a str);

// === impl OnOneLine ===

impl fmt::Display for OnOneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quoted(self.0).to_string().chars().try_for_each(|c| match c {
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                write!(f, "\\u{:04x}", u32::from(c))
            }
            c => f.write_char(c),
        })
    }
}

// === impl Preset ===

impl Preset {
    /// The ids as members of a JSON object.
    pub(super) fn write_json(&self, out: &mut dyn Write, ids: &Ids) -> fmt::Result {
        let mut separator = "";
        self.each(ids, &mut |name, value, text| {
            match text {
                true => write!(out, "{separator}\"{name}\":{}", quoted(&value.to_string()))?,
                false => write!(out, "{separator}\"{name}\":{value}")?,
            }
            separator = ",";
            Ok(())
        })
    }

    /// The ids at the end of a line of text.
    pub(super) fn write_text(&self, out: &mut dyn Write, ids: &Ids) -> fmt::Result {
        self.each(ids, &mut |name, value, _| {
            let value = value.to_string();
            // What a reader of such lines takes for one word.
            match value.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"') {
                true => write!(out, " {name}={}", OnOneLine(&value)),
                false => write!(out, " {name}={value}"),
            }
        })
    }

    fn each(&self, ids: &Ids, put: Put<'_>) -> fmt::Result {
        if ids.context.is_valid() {
            self.each_id(ids, put)?;
        }
        if let Some(id) = ids.context.correlation_id() {
            put(LINE_KEY, id, true)?;
        }
        ids.baggage().try_for_each(|(name, value)| put(name, &value, true))
    }

    fn each_id(&self, ids: &Ids, put: Put<'_>) -> fmt::Result {
        let span = ids.context.span_context();
        match self {
            Preset::Otel => {
                put("trace_id", &span.trace_id(), true)?;
                put("span_id", &span.span_id(), true)?;
                put("trace_flags", &span.logged_flags(), true)
            }
            Preset::Ecs => {
                put("trace.id", &span.trace_id(), true)?;
                put("span.id", &span.span_id(), true)?;
                put("transaction.id", &ids.local_root, true)
            }
            Preset::Datadog => put_datadog(ids, &(span.trace_id().to_u128() as u64), put),
            Preset::Datadog128 => put_datadog(ids, &span.trace_id(), put),
            Preset::Gcp { project } => {
                let trace = format_args!("projects/{project}/traces/{}", span.trace_id()).to_string();
                put("logging.googleapis.com/trace", &trace, true)?;
                put("logging.googleapis.com/spanId", &span.span_id(), true)?;
                put("logging.googleapis.com/trace_sampled", &span.is_sampled(), false)
            }
        }
    }
}

fn put_datadog(ids: &Ids, trace_id: &dyn fmt::Display, put: Put<'_>) -> fmt::Result {
    put("dd.trace_id", trace_id, true)?;
    put("dd.span_id", &ids.context.span_context().span_id().to_u64(), true)?;
    let identity = ids.identity();
    let service = [
        ("dd.service", &identity.service),
        ("dd.env", &identity.environment),
        ("dd.version", &identity.version),
    ];
    for (name, value) in service {
        if let Some(value) = value {
            put(name, value, true)?;
        }
    }
    Ok(())
}
