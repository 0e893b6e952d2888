//! `Chosen`: which exporters the environment asks for (OpenTelemetry specification, "Exporter Selection").

use crate::env::Env;
use crate::export::Signal;

/// The exporters of a signal that a variable names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) otlp: bool,
    pub(crate) console: bool,
}

/// What the signal's variable names; `None` if it is unset, or names nothing that can be used.
pub(super) fn chosen(env: &mut Env, signal: Signal) -> Option<Chosen> {
    let (name, default) = match signal {
        Signal::Traces => ("OTEL_TRACES_EXPORTER", "otlp"),
        Signal::Logs => ("OTEL_LOGS_EXPORTER", "none"),
    };
    let (mut chosen, mut none, mut bad) = (Chosen::default(), false, Vec::new());
    for item in env.list(name)? {
        match item.as_str() {
            "none" => none = true,
            "otlp" => chosen.otlp = true,
            "console" => chosen.console = true,
            "zipkin" if signal == Signal::Traces => bad.push((item, "this exporter is not built yet")),
            "otlp/stdout" => bad.push((item, "this exporter is not built yet")),
            _ => bad.push((item, "there is no such exporter")),
        }
    }
    unbuilt(signal, &mut chosen, &mut bad);
    let names_one = chosen != Chosen::default();
    if none && names_one {
        bad.push(("none".to_owned(), "others are named beside it"));
    }
    let instead = match (chosen.otlp, names_one || none) {
        (true, _) => "otlp",
        (false, true) => "none",
        (false, false) => default,
    };
    bad.into_iter().for_each(|(item, reason)| env.warn(name, &item, reason, instead));
    (names_one || none).then_some(chosen)
}

/// Takes out what is read and cannot be used yet.
fn unbuilt(signal: Signal, chosen: &mut Chosen, bad: &mut Vec<(String, &'static str)>) {
    const REASON: &str = "this exporter is not built yet";
    if std::mem::take(&mut chosen.console) {
        bad.push(("console".to_owned(), REASON));
    }
    if signal == Signal::Logs && std::mem::take(&mut chosen.otlp) {
        bad.push(("otlp".to_owned(), REASON));
    }
}
