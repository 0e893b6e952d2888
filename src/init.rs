//! `init`: everything in one call.

use crate::builder::builder;
use crate::builder::defaults;
use crate::error::Error;
use crate::guard::Guard;
use crate::log;
use std::io::IsTerminal;
use tracing_core::Dispatch;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// Sets tracing up for the whole program, from the environment: log lines that carry their trace, and a layer that
/// records spans and sends them to a collector.
///
/// * Log lines go to standard output, as text on a terminal and as JSON elsewhere, filtered by `RUST_LOG`
///   (default `info`); what throughline itself warns of is always let through.
/// * Spans go to `OTEL_EXPORTER_OTLP_ENDPOINT` (default `http://localhost:4318`), filtered by `THROUGHLINE_SPANS`
///   (default `info`). All other variables: see [the table](crate#environment-variables).
///
/// Keep the guard until the end of `main`.
///
/// # Errors
///
/// [already initialized](Error::is_already_initialized) if a global default subscriber is set, by an earlier call or
/// by other code; [config](Error::is_config) if the environment asks for something that cannot be used.
pub fn init() -> Result<Guard, Error> {
    let (layer, guard) = builder().build()?;
    let subscriber = tracing_subscriber::registry()
        .with(lines().with_filter(log_filter()))
        .with(layer.with_filter(span_filter()));
    match tracing_core::dispatcher::set_global_default(Dispatch::new(subscriber)) {
        Ok(()) => {
            // Records of the `log` crate become events too; if the program has a logger of its own, it keeps it.
            let _ = tracing_log::LogTracer::init();
            Ok(guard)
        }
        Err(_) => Err(Error::already_initialized()),
    }
}

fn lines<S>() -> Box<dyn tracing_subscriber::Layer<S> + Send + Sync>
where
    S: tracing_core::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let layer = tracing_subscriber::fmt::layer();
    match std::io::stdout().is_terminal() {
        true => layer.event_format(log::text()).boxed(),
        false => layer.event_format(log::json()).fmt_fields(log::json_fields()).with_ansi(false).boxed(),
    }
}

/// `RUST_LOG`, with our own warnings let through unless it speaks of us by name.
fn log_filter() -> EnvFilter {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let named = std::env::var("RUST_LOG").is_ok_and(|text| text.contains("throughline"));
    match "throughline=warn".parse() {
        Ok(directive) if !named => filter.add_directive(directive),
        _ => filter,
    }
}

/// The spans' own filter again, where the subscriber can see it: what neither lines nor spans want costs nothing.
/// The builder has told of a bad value.
fn span_filter() -> Targets {
    let asked = std::env::var("THROUGHLINE_SPANS").ok().and_then(|text| text.trim().parse().ok());
    asked.or_else(|| defaults::SPANS.parse().ok()).unwrap_or_default()
}
