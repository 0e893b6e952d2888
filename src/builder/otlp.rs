//! Where OTLP over HTTP goes, and how (OpenTelemetry protocol exporter, "Configuration Options").

use super::builder::Builder;
use super::certificates::tls_files;
use super::defaults;
use crate::env::Env;
use crate::error::Error;
use crate::export::{Compression, HttpConfig, Signal, without_secrets};
use std::time::Duration;

/// The variable of a signal with this ending, and the general one, which holds where the signal has none.
macro_rules! variables {
    ($signal:expr, $ending:literal) => {
        match $signal {
            Signal::Traces => {
                [concat!("OTEL_EXPORTER_OTLP_TRACES_", $ending), concat!("OTEL_EXPORTER_OTLP_", $ending)]
            }
            Signal::Logs => {
                [concat!("OTEL_EXPORTER_OTLP_LOGS_", $ending), concat!("OTEL_EXPORTER_OTLP_", $ending)]
            }
        }
    };
}

pub(super) use variables;

/// The exporter of a signal. No request takes longer than `most`.
pub(super) fn http(
    builder: &Builder,
    env: &mut Env,
    signal: Signal,
    most: Option<Duration>,
) -> Result<HttpConfig, Error> {
    warn_of_protocol(env, signal);
    warn_of_insecure(env, signal);
    let (origin, url) = endpoint(builder, env, signal);
    env.taken.push(format!("{signal} go to {}, by {origin}", without_secrets(&url)));
    let mut headers = env.headers(&variables!(signal, "HEADERS"))?;
    headers.retain(|(name, _)| builder.headers.iter().all(|(own, _)| !own.eq_ignore_ascii_case(name)));
    headers.extend_from_slice(&builder.headers);
    let timeout = builder.timeout.or_else(|| env.millis(&variables!(signal, "TIMEOUT"), defaults::TIMEOUT));
    let timeout = Some(timeout.unwrap_or(defaults::TIMEOUT)).filter(|timeout| *timeout > Duration::ZERO);
    let timeout = timeout.into_iter().chain(most).min();
    Ok(HttpConfig {
        tls: tls_files(builder, env, signal, &url),
        url,
        origin,
        headers,
        header_provider: builder.transport.header_provider.clone(),
        timeout,
        compression: compression(builder, env, signal),
        bisect: builder.transport.bisect,
    })
}

fn path(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => defaults::TRACES_PATH,
        Signal::Logs => defaults::LOGS_PATH,
    }
}

/// The URL to post to, and where it came from.
fn endpoint(builder: &Builder, env: &mut Env, signal: Signal) -> (&'static str, String) {
    let (argument, own) = match signal {
        Signal::Traces => ("traces_endpoint", &builder.traces_endpoint),
        Signal::Logs => ("logs_endpoint", &builder.logs_endpoint),
    };
    if let Some(url) = own {
        return (argument, url.clone());
    }
    if let Some(base) = &builder.endpoint {
        return ("endpoint", with_path(env, "endpoint", base, signal));
    }
    let [own, general] = variables!(signal, "ENDPOINT");
    if let Some(url) = env.text(own) {
        return (own, url);
    }
    match env.text(general) {
        Some(base) => (general, with_path(env, general, &base, signal)),
        None => ("default", format!("{}{}", defaults::ENDPOINT, path(signal))),
    }
}

/// A base endpoint keeps its path and its query, and gets the signal's path appended. A fragment is no part of a request.
fn with_path(env: &mut Env, origin: &str, base: &str, signal: Signal) -> String {
    let base = base.split_once('#').map_or(base, |(base, _)| base);
    let (base, query) = base.split_once('?').map_or((base, ""), |(base, query)| (base, query));
    let mark = if query.is_empty() { "" } else { "?" };
    let trimmed = base.trim_end_matches('/');
    let ending = Signal::ALL.into_iter().find(|signal| trimmed.ends_with(path(*signal))).map(path);
    let plain = ending.and_then(|ending| trimmed.strip_suffix(ending)).unwrap_or(trimmed);
    let url = format!("{plain}{}{mark}{query}", path(signal));
    if let Some(ending) = ending {
        let shown = without_secrets(base);
        env.tell(format!(
            "{origin}={shown:?} is not a base, it ends in {ending}: {signal} go to {}",
            without_secrets(&url)
        ));
    }
    url
}

fn warn_of_protocol(env: &mut Env, signal: Signal) {
    const ONLY: &str = "http/protobuf";
    let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
        ONLY => Ok(()),
        "http/json" => Err("this protocol is not built yet".to_owned()),
        "grpc" => {
            Err("this protocol is not built yet (collectors listen for it on port 4317, for http on 4318)"
                .to_owned())
        }
        _ => Err("there is no such protocol".to_owned()),
    };
    env.read(&variables!(signal, "PROTOCOL"), ONLY, parse);
}

/// Where the endpoint has a scheme, that decides: `https` always means TLS.
fn warn_of_insecure(env: &mut Env, signal: Signal) {
    let names = variables!(signal, "INSECURE");
    if env.truth(&names)
        && let Some((name, value)) = env.first(&names)
    {
        env.warn(name, &value, "it is for gRPC endpoints without a scheme", "the endpoint's scheme");
    }
}

fn compression(builder: &Builder, env: &mut Env, signal: Signal) -> Compression {
    if let Some(compression) = builder.transport.compression {
        return compression;
    }
    if let Some(gzip) = builder.gzip {
        return if gzip { Compression::GZIP } else { Compression::NONE };
    }
    let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
        "gzip" => Ok(Compression::GZIP),
        "none" => Ok(Compression::NONE),
        "zstd" => Err("zstd is chosen in code, by Builder::zstd".to_owned()),
        _ => Err("it is neither gzip nor none".to_owned()),
    };
    env.read(&variables!(signal, "COMPRESSION"), "none", parse).unwrap_or_default()
}
