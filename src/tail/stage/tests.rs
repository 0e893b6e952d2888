use crate::builder::{Built, build, builder};
use crate::env::Env;
use crate::export::{Batch, BoxFuture, Exporter, Outcome, Signal};
use crate::tail::Tail;
use std::time::Duration;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

struct Nowhere;

impl Exporter for Nowhere {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::Accepted })
    }

    fn takes(&self, _: Signal) -> bool {
        true
    }
}

/// A bound of the number of spans that wait to be sent must not keep out the roots that others wait for.
#[test]
fn what_waits_for_a_decision_does_not_count_against_the_number_that_may_wait_to_be_sent() {
    let env = Env::new(|name| match name {
        "OTEL_BSP_MAX_QUEUE_SIZE" => Some("100".into()),
        "OTEL_BSP_SCHEDULE_DELAY" => Some("3600000".into()),
        _ => None,
    });
    let tail = Tail::keep_errors().ratio_of_the_rest(1.0);
    let Built { layer, guard, .. } = build(builder().exporter(Nowhere).tail(tail), env).expect("valid");
    let flush = || guard.flush(Duration::from_secs(20)).expect("everything is taken");
    with_default(&Dispatch::new(registry().with(layer)), || {
        for _ in 0..3 {
            let root = info_span!("root");
            for _ in 0..10 {
                root.in_scope(|| (0..90).for_each(|_| drop(info_span!("child"))));
                flush();
            }
            drop(root);
            flush();
        }
        let stats = guard.stats();
        assert_eq!((stats.refused.total(), stats.held, stats.finished), (0, 0, 3 * 901), "{stats}");
        // All places are free again, and there are a hundred of them.
        (0..100).for_each(|_| drop(info_span!("root")));
        flush();
        assert_eq!(guard.stats().refused.total(), 0);
    });
    let stats = guard.stats();
    assert!(stats.is_balanced() && stats.finished == 3 * 901 + 100, "{stats}");
}
