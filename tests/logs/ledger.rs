//! Every record is counted.

use crate::support::{Hand, bare};
use crate::{record, record_with};
use std::time::Duration;
use throughline::{Events, Stats};
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;

fn rows(stats: &Stats) -> (u64, u64, u64, u64) {
    assert!(stats.is_balanced(), "{stats}");
    let exported = stats.logs.exporters.iter().map(|exporter| exporter.exported).sum();
    (stats.logs.emitted, stats.logs.refused.total(), stats.logs.finished, exported)
}

#[test]
fn what_is_emitted_is_exported_and_spans_have_rows_of_their_own() {
    let recorded = record(Events::Both, || {
        for _ in 0..1_000 {
            info_span!("work").in_scope(|| info!("in"));
            info!("out");
        }
    });
    recorded.flush();
    let stats = recorded.guard.stats();
    assert_eq!(rows(&stats), (2_000, 0, 2_000, 2_000));
    assert_eq!((stats.finished, stats.exporters[0].exported), (1_000, 1_000));
    assert!(stats.to_string().contains(&format!("{:<28}{:>12}", "log records emitted", 2_000)), "{stats}");
}

#[test]
fn a_storm_is_bounded_by_callsite_and_second_and_counted() {
    let clock = Hand::at(5_000_000_000);
    let builder = bare().events(Events::Logs).clock(clock.clone()).logs_per_second(10);
    let recorded = record_with(builder, || {
        let storm = || info!("storm");
        (0..100).for_each(|_| storm());
        info!("another place");
        clock.set(6_000_000_000);
        (0..5).for_each(|_| storm());
    });
    let logs = recorded.logs();
    assert_eq!(logs.iter().filter(|log| log.body == "storm").count(), 15);
    assert_eq!(logs.len(), 16);
    let stats = recorded.guard.stats();
    assert_eq!((rows(&stats), stats.logs.refused.rate), ((106, 90, 16, 16), 90));
}

#[test]
fn over_the_memory_bound_records_are_refused_and_counted() {
    let builder = bare().events(Events::Logs).queue_bytes(64 << 10).schedule_delay(Duration::from_secs(3600));
    let recorded = record_with(builder, || {
        let text = "x".repeat(1_000);
        (0..500).for_each(|_| info!(text, "long"));
    });
    recorded.flush();
    let stats = recorded.guard.stats();
    let (emitted, refused, finished, exported) = rows(&stats);
    assert_eq!((emitted, finished), (500, exported));
    assert_eq!(
        (refused, stats.logs.refused.memory > 0),
        (500 - finished, stats.logs.refused.memory == refused)
    );
}

#[test]
fn after_the_shutdown_records_are_refused_and_counted() {
    let both = crate::Both::default();
    let (layer, guard) = bare().events(Events::Logs).exporter(both).build().expect("valid settings");
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    tracing::dispatcher::with_default(&dispatch, || {
        info!("before");
        guard.shutdown(Duration::from_secs(10)).expect("an exporter that takes everything");
        info!("after");
        info_span!("work").in_scope(|| info!("in a span that is refused"));
    });
    let stats = guard.stats();
    assert_eq!((rows(&stats), stats.logs.refused.shutdown), ((3, 2, 1, 1), 2));
}

#[test]
fn each_layer_counts_its_storms_for_itself() {
    let (one, other) = (crate::Both::default(), crate::Both::default());
    let builder = || bare().events(Events::Logs).clock(Hand::at(5_000_000_000)).logs_per_second(10);
    let (first, one_guard) = builder().exporter(one.clone()).build().expect("valid settings");
    let (second, other_guard) = builder().exporter(other.clone()).build().expect("valid settings");
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(first).with(second));
    tracing::dispatcher::with_default(&dispatch, || (0..100).for_each(|_| info!("storm")));
    for (both, guard) in [(one, one_guard), (other, other_guard)] {
        guard.flush(Duration::from_secs(10)).expect("an exporter that takes everything");
        assert_eq!(both.logs.lock().expect("no test panics").len(), 10);
    }
}

#[test]
fn a_span_does_not_miss_events_that_were_to_be_log_records_only() {
    let builder = bare().events(Events::Logs).queue_bytes(64 << 10);
    let recorded = record_with(builder, || {
        let text = "x".repeat(70_000);
        info_span!("work").in_scope(|| info!(text, "too long for the bound"));
    });
    assert_eq!(recorded.span().dropped_events_count, 0);
    assert_eq!(recorded.guard.stats().logs.refused.memory, 1);
}
