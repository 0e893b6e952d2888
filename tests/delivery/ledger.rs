//! A layer that sends to a collector, and a ledger that must agree with what arrived.

use crate::support::bare;
use crate::support::collector::Collector;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use std::time::Duration;
use throughline::{Builder, ExporterStats, Guard, Stats};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{prelude::*, registry};

pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A layer that only sends when it is told to.
pub(crate) fn started(builder: Builder) -> (Dispatch, Guard) {
    let (layer, guard) = builder.schedule_delay(Duration::from_secs(3600)).build().expect("valid settings");
    (Dispatch::new(registry().with(layer)), guard)
}

pub(crate) fn to(collector: &Collector) -> Builder {
    bare().service_name("delivery").endpoint(collector.url())
}

/// Finishes this many spans.
pub(crate) fn spans(dispatch: &Dispatch, count: usize) {
    with_default(dispatch, || (0..count).for_each(|n| drop(info_span!("s", n))));
}

/// The only exporter's row; the ledger must balance.
#[track_caller]
pub(crate) fn row(stats: &Stats) -> &ExporterStats {
    assert!(stats.is_balanced(), "{stats}");
    assert_eq!(stats.exporters.len(), 1);
    &stats.exporters[0]
}

/// The ledger balances, and says of the delivered what the collector says.
#[track_caller]
pub(crate) fn assert_delivered(guard: &Guard, collector: &Collector, count: usize) {
    let stats = guard.stats();
    assert_eq!(row(&stats).exported as usize, count, "{stats}");
    assert_eq!(collector.accepted().len(), count, "{stats}");
}

pub(crate) fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Any> {
    let mut found = attributes.iter().filter(|attribute| attribute.key == key);
    let value = found.next()?.value.as_ref()?.value.as_ref();
    assert!(found.next().is_none(), "{key} is there twice");
    value
}
