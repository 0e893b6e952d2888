//! Throughline, with an exporter of no cost, or with its own OTLP exporter.

use std::sync::Arc;
use std::time::Duration;

use throughline::{
    Batch, BoxFuture, Builder, Error, Events, Exporter, Outcome, Sampler, Signal, Stats, Tail,
};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use super::{Export, Ledger, Running};

const DEADLINE: Duration = Duration::from_secs(30);

/// Accepts each batch unread.
struct Drops;

// === impl Drops ===

impl Exporter for Drops {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::Accepted })
    }

    fn takes(&self, _: Signal) -> bool {
        true
    }
}

pub(super) fn start(export: Export<'_>) -> Running {
    start_with(export, |builder| builder)
}

pub(super) fn start_lean(export: Export<'_>) -> Running {
    start_with(export, |builder| {
        builder.code_attributes(false).thread_attributes(false).target_attribute(false)
    })
}

/// No trace of it is sampled.
pub(super) fn start_unsampled(export: Export<'_>) -> Running {
    start_with(export, |builder| builder.sampler(Sampler::parent_based(Sampler::always_off())))
}

/// Its events become log records as well.
pub(super) fn start_with_logs(export: Export<'_>) -> Running {
    start_with(export, |builder| builder.events(Events::Both).logs_per_second(0))
}

/// Its finished spans lie in files.
pub(super) fn start_with_spool(export: Export<'_>) -> Running {
    start_with(export, |builder| builder.spool(std::env::temp_dir().join("throughline-bench-spool")))
}

/// Every trace waits for its end, and is kept then: the most that a tail can cost.
pub(super) fn start_with_tail(export: Export<'_>) -> Running {
    start_with(export, |builder| builder.tail(tail()))
}

/// The same, and one in ten is kept.
pub(super) fn start_with_thin_tail(export: Export<'_>) -> Running {
    start_with(export, |builder| builder.tail(tail().ratio_of_the_rest(0.1)))
}

fn tail() -> Tail {
    Tail::keep_errors().keep_slower_than(Duration::from_secs(60)).keep_slowest_percentile(99.9)
}

fn start_with(export: Export<'_>, options: fn(Builder) -> Builder) -> Running {
    let builder = throughline::builder().service_name("bench");
    let builder = match export {
        Export::Nowhere => builder.exporter(Drops),
        Export::Sink(url) => builder.endpoint(url),
    };
    let (layer, guard) = options(builder).build().expect("the options are good");
    let guard = Arc::new(guard);
    let flushed = guard.clone();
    Running::subscriber(Registry::default().with(layer))
        .settled_by(move || report(flushed.flush(DEADLINE)))
        .closed_by(move || {
            report(guard.shutdown(DEADLINE));
            Some(ledger(&guard.stats()))
        })
}

fn ledger(stats: &Stats) -> Ledger {
    let exporters = stats.exporters.iter().map(|exporter| exporter.rejected + exporter.dropped.total());
    Ledger {
        lost: stats.refused.total() + stats.tail_dropped + exporters.sum::<u64>(),
        text: stats.to_string(),
    }
}

fn report(result: Result<(), Error>) {
    if let Err(error) = result {
        eprintln!("throughline: {error}");
    }
}
