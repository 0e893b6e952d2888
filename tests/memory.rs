//! What many threads cost, and that a thread that ends takes nothing with it.

mod support;

use std::sync::Barrier;
use std::time::Duration;
use support::{Counted, bare};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{prelude::*, registry};

#[test]
fn five_hundred_threads_that_finish_a_few_spans_each_cost_little() {
    const THREADS: usize = 500;
    let counted = Counted::default();
    let builder = throughline::builder().schedule_delay(Duration::from_secs(3600));
    let (layer, guard) = builder.exporter(counted.clone()).build().expect("valid settings");
    let dispatch = Dispatch::new(registry().with(layer));
    let (finished, measured) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
    let bytes = std::thread::scope(|scope| {
        for _ in 0..THREADS {
            let thread = std::thread::Builder::new().stack_size(256 << 10);
            let run = || {
                with_default(&dispatch, || {
                    for n in 0..3 {
                        info_span!("request", n).in_scope(|| info!("served"));
                    }
                });
                finished.wait();
                measured.wait();
            };
            thread.spawn_scoped(scope, run).expect("a thread");
        }
        finished.wait();
        let bytes = guard.stats().bytes;
        measured.wait();
        bytes
    });
    assert!(bytes / (THREADS as u64) < 12 << 10, "{} bytes a thread", bytes / THREADS as u64);
    assert_eq!(guard.stats().finished, 3 * THREADS as u64);
    guard.flush(Duration::from_secs(20)).expect("everything is taken");
    assert_eq!(counted.spans(), 3 * THREADS as u64);
    let stats = guard.stats();
    assert!(stats.is_balanced(), "{stats}");
    assert!(stats.bytes < bytes, "what was sent is given back: {stats}");
}

#[test]
fn threads_that_end_lose_nothing_and_cost_nothing_afterwards() {
    let counted = Counted::default();
    let builder = throughline::builder().schedule_delay(Duration::from_secs(3600));
    let (layer, guard) = builder.exporter(counted.clone()).build().expect("valid settings");
    let dispatch = Dispatch::new(registry().with(layer));
    for _ in 0..300 {
        std::thread::scope(|scope| {
            scope.spawn(|| with_default(&dispatch, || drop(info_span!("short-lived").entered())));
        });
    }
    assert_eq!((guard.stats().finished, guard.stats().open), (300, 0));
    guard.flush(Duration::from_secs(20)).expect("everything is taken");
    assert_eq!(counted.spans(), 300);
    let stats = guard.stats();
    assert!(stats.is_balanced(), "{stats}");
    // The registry may give each of them a number of its own, and each number keeps a slot.
    assert!(stats.bytes <= 300 * (8 << 10), "{stats}");
}

#[test]
fn memory_is_given_back_when_it_has_been_sent() {
    let (layer, guard) = bare().exporter(Counted::default()).build().expect("valid settings");
    let dispatch = Dispatch::new(registry().with(layer));
    let text = "x".repeat(100_000);
    let mut most = 0;
    for _ in 0..20 {
        with_default(&dispatch, || (0..20).for_each(|_| drop(info_span!("large", text))));
        most = most.max(guard.stats().bytes);
        guard.flush(Duration::from_secs(20)).expect("everything is taken");
    }
    let stats = guard.stats();
    assert!(most > 1 << 20, "{most}");
    assert!(stats.bytes < 256 << 10, "{stats}");
    assert_eq!((stats.finished, stats.refused.total()), (400, 0));
}
