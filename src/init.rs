//! `init`: everything in one call.

use crate::builder::{Built, build, builder, log_level};
use crate::env::Env;
use crate::error::Error;
use crate::guard::Guard;
use crate::log;
use crate::record::local::{self, Local};
use std::fmt;
use std::io::IsTerminal;
use tracing_core::{Dispatch, Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;

/// The target that throughline itself speaks on.
const TARGET: &str = "throughline";
/// The target of the spans of requests, of `http`.
const REQUESTS: &str = "throughline::http";

/// Sets tracing up for the whole program, from the environment: log lines that carry their trace, and a layer that
/// records spans and sends them to a collector.
///
/// * Log lines go to standard output, as text on a terminal and as JSON elsewhere, filtered by `RUST_LOG`
///   (`target=level,...`, default `info`); what throughline itself warns of is always let through.
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
    let mut env = Env::of_process();
    let lines_filter = log_filter(&mut env);
    let Built { layer, guard, herald } = build(builder(), env)?;
    // The spans' own filter again, where the subscriber can see it: what neither lines nor spans want costs nothing.
    let spans_filter = layer.recorder().config.settings.filter.clone();
    let subscriber = tracing_subscriber::registry()
        .with(lines().with_filter(lines_filter))
        .with(layer.with_filter(spans_filter));
    match tracing_core::dispatcher::set_global_default(Dispatch::new(subscriber)) {
        Ok(()) => {
            // Records of the `log` crate become events too; if the program has a logger of its own, it keeps it.
            let _ = tracing_log::LogTracer::init();
            herald.iter().for_each(|herald| herald.speak(true));
            Ok(guard)
        }
        Err(_) => Err(Error::already_initialized()),
    }
}

fn lines<S>() -> Box<dyn tracing_subscriber::Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = tracing_subscriber::fmt::layer();
    match std::io::stdout().is_terminal() {
        true => layer.event_format(Quiet(log::text())).boxed(),
        false => {
            layer.event_format(Quiet(log::json())).fmt_fields(log::json_fields()).with_ansi(false).boxed()
        }
    }
}

/// `RUST_LOG`, with our own warnings let through (or what `OTEL_LOG_LEVEL` says) unless it speaks of us by name. A
/// directive that cannot be read is left out and told.
fn log_filter(env: &mut Env) -> Targets {
    let text = env.text("RUST_LOG").unwrap_or_default();
    let mut targets: Vec<Targets> = Vec::new();
    for directive in text.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
        match directive.parse() {
            Ok(read) if !directive.contains('[') => targets.push(read),
            _ => env.tell(format!(
                "RUST_LOG: {directive:?} is ignored: it is not target=level (for directives on spans and fields put \
                 tracing_subscriber's EnvFilter into a subscriber of your own)"
            )),
        }
    }
    let mut all = Targets::new();
    let default = if targets.is_empty() { LevelFilter::INFO } else { LevelFilter::ERROR };
    for read in targets.iter().rev().filter_map(Targets::default_level).take(1).chain([default]).take(1) {
        all = all.with_default(read);
    }
    all = all.with_targets(targets.iter().flat_map(Targets::iter));
    if !text.contains(TARGET) {
        let requests = all.default_level().unwrap_or(default);
        all = all.with_target(TARGET, log_level(env).unwrap_or(LevelFilter::WARN));
        // Spans of requests are the program's, not what we say.
        all = all.with_target(REQUESTS, requests);
    }
    all
}

/// A format that leaves out what the worker's HTTP client and TLS say: the worker itself tells what matters of it.
struct Quiet<F>(F);

// === impl Quiet ===

impl<S, N, F> FormatEvent<S, N> for Quiet<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let of_worker = local::with(Local::is_muted).unwrap_or(false);
        match of_worker && event.metadata().target() != TARGET {
            true => Ok(()),
            false => self.0.format_event(ctx, writer, event),
        }
    }
}
