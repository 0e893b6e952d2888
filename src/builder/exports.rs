//! `Exports`: which signals leave, and how (OpenTelemetry specification, "Exporter Selection").

use super::batching::Batching;
use super::builder::Builder;
use super::otlp::http;
use crate::env::Env;
use crate::error::Error;
use crate::export::{HttpConfig, Signal};
use crate::record::Events;

/// What events become, and where a signal is posted, if it is.
pub(super) struct Exports {
    pub(super) events: Events,
    pub(super) otlp: [Option<HttpConfig>; 2],
}

pub(super) fn exports(
    builder: &Builder,
    env: &mut Env,
    batching: &[Batching; 2],
    disabled: bool,
) -> Result<Exports, Error> {
    if disabled {
        return Ok(Exports { events: Events::None, otlp: [None, None] });
    }
    let alone = builder.exporters.is_empty();
    let in_code = |own: &Option<String>| own.is_some() || builder.endpoint.is_some();
    let spans =
        in_code(&builder.traces_endpoint) || alone && otlp_is_named(env, Signal::Traces).unwrap_or(true);
    let named = otlp_is_named(env, Signal::Logs);
    let events = builder.events.unwrap_or(match named {
        Some(true) => Events::Both,
        _ => Events::Span,
    });
    let own = builder.exporters.iter().any(|exporter| exporter.takes(Signal::Logs));
    let wanted = named.map_or(alone, |named| named && !own);
    let logs = events.in_logs() && (in_code(&builder.logs_endpoint) || wanted);
    let mut post = |signal: Signal, wanted| match wanted {
        true => http(builder, env, signal, batching[signal as usize].attempt).map(Some),
        false => Ok(None),
    };
    let otlp = [post(Signal::Traces, spans)?, post(Signal::Logs, logs)?];
    let taken = logs || own;
    if events.in_logs() && !taken {
        env.tell(format!("events are to become log records ({events:?}), but no exporter takes log records"));
    }
    Ok(Exports { events: if taken { events } else { events.without_logs() }, otlp })
}

/// Whether the signal's variable names OTLP; `None` if it is unset, or names nothing that can be used.
fn otlp_is_named(env: &mut Env, signal: Signal) -> Option<bool> {
    let (name, default) = match signal {
        Signal::Traces => ("OTEL_TRACES_EXPORTER", "otlp"),
        Signal::Logs => ("OTEL_LOGS_EXPORTER", "none"),
    };
    let (mut otlp, mut none, mut bad) = (false, false, Vec::new());
    for item in env.list(name)? {
        match item.as_str() {
            "none" => none = true,
            "otlp" => otlp = true,
            "console" | "otlp/stdout" => bad.push((item, "this exporter is not built yet")),
            "zipkin" if signal == Signal::Traces => bad.push((item, "this exporter is not built yet")),
            _ => bad.push((item, "there is no such exporter")),
        }
    }
    if none && otlp {
        bad.push(("none".to_owned(), "another is named beside it"));
    }
    let instead = match (otlp, none) {
        (true, _) => "otlp",
        (false, true) => "none",
        (false, false) => default,
    };
    bad.into_iter().for_each(|(item, reason)| env.warn(name, &item, reason, instead));
    (otlp || none).then_some(otlp)
}
