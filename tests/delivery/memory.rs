//! The memory bound.

use crate::ledger::{LONG, assert_delivered, attribute, spans, started, to};
use crate::support::collector::{Collector, Reply};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use std::collections::BTreeSet;
use std::sync::mpsc::channel;
use tracing::dispatcher::with_default;
use tracing::info_span;

#[test]
fn over_the_memory_bound_the_newest_spans_are_refused_and_the_older_ones_arrive() {
    let (release, held) = channel();
    let collector = Collector::scripted(vec![Reply::Hold(held)]);
    let (dispatch, guard) = started(to(&collector).queue_bytes(128 << 10));
    spans(&dispatch, 1);
    let stats = std::thread::scope(|scope| {
        let flush = scope.spawn(|| guard.flush(LONG));
        collector.wait_for(1);
        with_default(&dispatch, || {
            (10_000..14_000).for_each(|n| drop(info_span!("later", n, padding = "............")));
        });
        let stats = guard.stats();
        release.send(()).expect("the collector waits");
        flush.join().expect("no panic").expect("the first span was accepted");
        stats
    });
    assert!(stats.refused.memory > 0 && stats.finished > 100, "{stats}");
    assert_eq!(stats.started, 4001);
    assert!(stats.is_balanced() && stats.bytes <= 128 << 10, "{stats}");
    guard.flush(LONG).expect("accepted");
    let numbers: BTreeSet<_> = collector
        .accepted()
        .iter()
        .filter(|span| span.name == "later")
        .map(|span| match attribute(&span.attributes, "n") {
            Some(Any::IntValue(n)) => *n,
            other => panic!("{other:?}"),
        })
        .collect();
    let oldest = 10_000..10_000 + stats.finished as i64 - 1;
    assert!(numbers.iter().copied().eq(oldest.clone()), "{oldest:?} without a gap: {numbers:?}");
    assert_delivered(&guard, &collector, stats.finished as usize);
    spans(&dispatch, 10);
    guard.flush(LONG).expect("there is room again");
    assert_delivered(&guard, &collector, stats.finished as usize + 10);
}
