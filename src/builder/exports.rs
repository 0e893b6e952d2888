//! `Exports`: which signals leave, and how (OpenTelemetry specification, "Exporter Selection").

use super::batching::Batching;
use super::builder::Builder;
use super::otlp::http;
use crate::env::Env;
use crate::error::Error;
use crate::export::{HttpConfig, Signal};
use crate::record::{Events, caught};

/// What events become, and where a signal is posted, if it is.
pub(super) struct Exports {
    pub(super) events: Events,
    /// Whether somebody takes what the flight recorder makes.
    pub(super) flight_recorder: bool,
    pub(super) otlp: [Option<HttpConfig>; 2],
    /// Whether a signal is printed.
    pub(super) console: [bool; 2],
}

/// The exporters that a signal's variable names.
#[derive(Clone, Copy, Default)]
struct Named {
    otlp: bool,
    console: bool,
}

pub(super) fn exports(
    builder: &Builder,
    env: &mut Env,
    batching: &[Batching; 2],
    disabled: bool,
) -> Result<Exports, Error> {
    if disabled {
        return Ok(Exports {
            events: Events::None,
            flight_recorder: false,
            otlp: [None, None],
            console: [false; 2],
        });
    }
    let alone = builder.exporters.is_empty();
    let in_code = |own: &Option<String>| own.is_some() || builder.endpoint.is_some();
    let usual = Named { otlp: true, console: false };
    let of_spans = match in_code(&builder.traces_endpoint) {
        true => usual,
        false if alone => named(env, Signal::Traces).unwrap_or(usual),
        false => Named::default(),
    };
    let given = named(env, Signal::Logs);
    let events = builder.events.unwrap_or(match given {
        Some(Named { otlp: true, .. } | Named { console: true, .. }) => Events::Both,
        _ => Events::Span,
    });
    let asked = || builder.exporters.iter().any(|exporter| exporter.takes(Signal::Logs));
    let own = caught(asked).ok_or_else(Error::exporter_panicked)?;
    let of_logs = if own { Named::default() } else { given.unwrap_or(Named { otlp: alone, console: false }) };
    let flight_recorder = builder.tail.as_ref().is_some_and(|tail| tail.flight_recorder.is_some());
    let wanted = events.in_logs() || flight_recorder;
    let logs = wanted && (in_code(&builder.logs_endpoint) || of_logs.otlp);
    let printed = wanted && of_logs.console;
    let mut post = |signal: Signal, wanted| match wanted {
        true => http(builder, env, signal, batching[signal as usize].attempt).map(Some),
        false => Ok(None),
    };
    let otlp = [post(Signal::Traces, of_spans.otlp)?, post(Signal::Logs, logs)?];
    let taken = logs || printed || own;
    if events.in_logs() && !taken {
        env.tell(format!("events are to become log records ({events:?}), but no exporter takes log records"));
    }
    if flight_recorder && !taken {
        env.tell(
            "the flight recorder makes log records, but no exporter takes log records: it records nothing"
                .to_owned(),
        );
    }
    let events = if taken { events } else { events.without_logs() };
    let flight_recorder = flight_recorder && taken;
    Ok(Exports { events, flight_recorder, otlp, console: [of_spans.console, printed] })
}

/// The exporters that the signal's variable names; `None` if it is unset, or names nothing that can be used.
fn named(env: &mut Env, signal: Signal) -> Option<Named> {
    let (name, default) = match signal {
        Signal::Traces => ("OTEL_TRACES_EXPORTER", "otlp"),
        Signal::Logs => ("OTEL_LOGS_EXPORTER", "none"),
    };
    let (mut named, mut none, mut bad) = (Named::default(), false, Vec::new());
    for item in env.list(name)? {
        match item.as_str() {
            "none" => none = true,
            "otlp" => named.otlp = true,
            "console" => named.console = true,
            "otlp/stdout" => bad.push((item, "this exporter is not built yet")),
            "zipkin" if signal == Signal::Traces => bad.push((item, "this exporter is not built yet")),
            _ => bad.push((item, "there is no such exporter")),
        }
    }
    let any = named.otlp || named.console;
    if none && any {
        bad.push(("none".to_owned(), "another is named beside it"));
    }
    let instead = match named {
        Named { otlp: true, console: true } => "otlp,console",
        Named { otlp: true, .. } => "otlp",
        Named { console: true, .. } => "console",
        _ if none => "none",
        _ => default,
    };
    bad.into_iter().for_each(|(item, reason)| env.warn(name, &item, reason, instead));
    (any || none).then_some(named)
}
