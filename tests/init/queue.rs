//! How many spans and log records wait, and how long.

use crate::child::{LONG, alone};
use crate::support::until;
use std::sync::Arc;
use std::time::{Duration, Instant};
use throughline::{Batch, BoxFuture, Builder, Events, Exporter, Guard, Outcome, Signal, builder};
use tokio::sync::Semaphore;
use tracing::{Dispatch, dispatcher, info, info_span};
use tracing_subscriber::prelude::*;

const VARS: [(&str, &str); 2] = [("OTEL_BSP_MAX_QUEUE_SIZE", "100"), ("OTEL_BLRP_MAX_QUEUE_SIZE", "40")];

/// Takes a batch for each permit.
struct Gate(Arc<Semaphore>);

impl Exporter for Gate {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async {
            self.0.acquire().await.expect("never closed").forget();
            Outcome::Accepted
        })
    }

    fn takes(&self, _: Signal) -> bool {
        true
    }
}

/// A layer whose worker comes round only when it is woken.
fn gated() -> (Builder, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let builder = builder().events(Events::Logs).schedule_delay(Duration::from_secs(3600));
    (builder.exporter(Gate(Arc::clone(&gate))), gate)
}

fn started(builder: Builder) -> (Dispatch, Guard) {
    let (layer, guard) = builder.build().expect("valid settings");
    (Dispatch::new(tracing_subscriber::registry().with(layer)), guard)
}

#[test]
fn what_is_over_the_number_is_refused_and_counted_until_the_others_are_settled() {
    let name = "queue::what_is_over_the_number_is_refused_and_counted_until_the_others_are_settled";
    alone(name, &VARS, || {
        let (builder, gate) = gated();
        let (dispatch, guard) = started(builder);
        let work = |spans: u64, logs: u64| {
            dispatcher::with_default(&dispatch, || {
                (0..spans).for_each(|n| drop(info_span!("one of many", n)));
                (0..logs).for_each(|n| info!(n, "one of many"));
            });
        };
        work(250, 90);
        let stats = guard.stats();
        assert_eq!((stats.finished, stats.refused.queue), (100, 150), "{stats}");
        assert_eq!((stats.logs.finished, stats.logs.refused.queue), (40, 50), "{stats}");
        gate.add_permits(Semaphore::MAX_PERMITS);
        guard.flush(LONG).expect("the gate is open");
        work(100, 40);
        let stats = guard.stats();
        assert_eq!((stats.finished, stats.refused.queue), (200, 150), "{stats}");
        assert_eq!((stats.logs.finished, stats.logs.refused.queue), (80, 50), "{stats}");
        assert!(stats.is_balanced(), "{stats}");
    });
}

#[test]
fn the_worker_is_woken_before_the_number_is_reached() {
    alone("queue::the_worker_is_woken_before_the_number_is_reached", &VARS, || {
        let (builder, gate) = gated();
        gate.add_permits(Semaphore::MAX_PERMITS);
        let (dispatch, guard) = started(builder);
        dispatcher::with_default(&dispatch, || (0..25).for_each(|n| drop(info_span!("a quarter", n))));
        until("they are exported", || guard.stats().exporters[0].exported == 25);
        dispatcher::with_default(&dispatch, || (0..10).for_each(|n| info!(n, "a quarter")));
        until("they are exported", || guard.stats().logs.exporters[0].exported == 10);
    });
}

#[test]
fn a_log_record_with_no_delay_does_not_wait() {
    alone("queue::a_log_record_with_no_delay_does_not_wait", &[("OTEL_BLRP_SCHEDULE_DELAY", "0")], || {
        let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        let (dispatch, guard) = started(builder().events(Events::Logs).exporter(Gate(gate)));
        let begun = Instant::now();
        for count in 1..=5 {
            dispatcher::with_default(&dispatch, || info!("one at a time"));
            until("it is exported", || guard.stats().logs.exporters[0].exported == count);
        }
        // Of the default delay each would have waited a second.
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    });
}
