//! What is wrong with a path that is not found.

use super::finding::{Finding, Problem, setting};
use crate::export::{Signal, without_secrets};
use reqwest::Url;

/// The paths of receivers, by signal.
const PATHS: [&str; 2] = ["/v1/traces", "/v1/logs"];

/// Looks for what is usual: a path that is doubled, missing, or that of another signal.
pub(super) fn path(signal: Signal, url: &Url, origin: &str) -> Finding {
    let (found, right, set) = (url.path(), PATHS[signal as usize], setting(origin));
    let with = |path: &str| {
        let mut url = url.clone();
        url.set_path(path);
        without_secrets(url.as_str())
    };
    let plain = found.trim_end_matches('/');
    let ending = PATHS.into_iter().find(|path| plain.ends_with(path));
    let before = ending.map_or(plain, |ending| &plain[..plain.len() - ending.len()]);
    let again = PATHS.into_iter().find(|path| before.contains(path));
    match (ending, again) {
        (_, Some(again)) => {
            let prefix = &before[..before.find(again).unwrap_or_default()];
            let message = format!("404: the path {found} has /v1/... twice");
            let verbatim = ["TRACES", "LOGS", "_endpoint"].iter().any(|part| origin.contains(part));
            let advice = match verbatim {
                true => format!("set {set} to {}", with(&format!("{prefix}{right}"))),
                false => format!("set {set} to {}, without it", with(prefix).trim_end_matches('/')),
            };
            Finding::new(Problem::PathDoubled, message, advice)
        }
        (Some(other), None) if other != right => {
            let message = format!("404: {other} is not the path of {signal}");
            Finding::new(
                Problem::PathMissing,
                message,
                format!("set {set} to {}", with(&format!("{before}{right}"))),
            )
        }
        (None, None) => {
            let message =
                format!("404: the path {found} is used as {set} has it, and it does not end in {right}");
            let advice = format!(
                "set {set} to {}, or OTEL_EXPORTER_OTLP_ENDPOINT to {}",
                with(&format!("{plain}{right}")),
                with(plain).trim_end_matches('/'),
            );
            Finding::new(Problem::PathMissing, message, advice)
        }
        _ => Finding::new(
            Problem::NotFound,
            format!("404: nothing receives OTLP at {found}"),
            format!(
                "set {set} to a collector's receiver for OTLP over HTTP, which usually has port 4318 and no prefix"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_set_instead_is_named() {
        for (signal, url, origin, problem, advice) in [
            (
                Signal::Traces,
                "http://h:4318/v1/traces/v1/traces",
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                Problem::PathDoubled,
                "set OTEL_EXPORTER_OTLP_ENDPOINT to http://h:4318, without it",
            ),
            (
                Signal::Logs,
                "http://h:4318/a/v1/traces/v1/logs",
                "endpoint",
                Problem::PathDoubled,
                "set the endpoint to http://h:4318/a, without it",
            ),
            (
                Signal::Traces,
                "http://user:secret@h/a/v1/traces/v1/traces?key=secret",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                Problem::PathDoubled,
                "set OTEL_EXPORTER_OTLP_TRACES_ENDPOINT to http://h/a/v1/traces?...",
            ),
            (
                Signal::Traces,
                "http://h:4318/",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                Problem::PathMissing,
                "set OTEL_EXPORTER_OTLP_TRACES_ENDPOINT to http://h:4318/v1/traces, or OTEL_EXPORTER_OTLP_ENDPOINT to \
                 http://h:4318",
            ),
            (
                Signal::Logs,
                "http://h/v1/traces",
                "logs_endpoint",
                Problem::PathMissing,
                "set the endpoint of logs to http://h/v1/logs",
            ),
            (
                Signal::Traces,
                "http://h:16686/v1/traces",
                "default",
                Problem::NotFound,
                "set OTEL_EXPORTER_OTLP_ENDPOINT to a collector's receiver for OTLP over HTTP, which usually has port 4318 and no prefix",
            ),
        ] {
            let finding = path(signal, &Url::parse(url).expect("a URL"), origin);
            assert_eq!((finding.problem(), finding.advice()), (problem, advice), "{url}");
        }
    }
}
