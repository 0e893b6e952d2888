//! `OTEL_LOG_LEVEL`: how much throughline itself says.

use crate::env::Env;
use tracing_subscriber::filter::LevelFilter;

/// The least urgent level that is still said; `None`: nothing is held back.
pub(crate) fn log_level(env: &mut Env) -> Option<LevelFilter> {
    let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
        "none" | "off" => Ok(LevelFilter::OFF),
        "error" | "fatal" => Ok(LevelFilter::ERROR),
        "warn" | "warning" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" | "verbose" | "all" => Ok(LevelFilter::TRACE),
        _ => Err("it is none of none, error, warn, info, debug".to_owned()),
    };
    env.read(&["OTEL_LOG_LEVEL"], "the filter of the log lines", parse)
}
