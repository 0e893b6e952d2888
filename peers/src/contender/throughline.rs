//! Throughline, with an exporter of no cost, or with its own OTLP exporter.

use std::time::Duration;

use throughline::{Batch, BoxFuture, Builder, Exporter, Outcome};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use super::{Export, Running};

const DEADLINE: Duration = Duration::from_secs(30);

/// Accepts each batch unread.
struct Drops;

// === impl Drops ===

impl Exporter for Drops {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::Accepted })
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

fn start_with(export: Export<'_>, options: fn(Builder) -> Builder) -> Running {
    let builder = throughline::builder().service_name("bench");
    let builder = match export {
        Export::Nowhere => builder.exporter(Drops),
        Export::Sink(url) => builder.endpoint(url),
    };
    let (layer, guard) = options(builder).build().expect("the options are good");
    let guard = std::sync::Arc::new(guard);
    let flushed = guard.clone();
    Running::subscriber(Registry::default().with(layer))
        .settled_by(move || flushed.flush(DEADLINE).expect("everything is exported in time"))
        .closed_by(move || {
            guard.shutdown(DEADLINE).expect("everything is exported in time");
            Some(format!("{:?}", guard.stats()))
        })
}
