//! Every span and log record has its row, in every mode, while it runs too.

use crate::support::{bare, until};
use crate::{LONG, Tailed};
use std::sync::atomic::{AtomicBool, Ordering};
use throughline::{Events, Sampler, Tail};
use tracing::dispatcher::with_default;
use tracing::{error, info, info_span};

#[test]
fn log_records_go_with_their_trace_and_those_outside_of_traces_as_ever() {
    let tail = Tail::keep_errors().ratio_of_the_rest(0.0);
    let tailed = Tailed::with(bare().events(Events::Logs).sampler(Sampler::default()), tail);
    tailed.run(|| {
        info!("outside");
        info_span!("good").in_scope(|| info!("of the good"));
        info_span!("bad").in_scope(|| {
            info!("of the bad");
            error!("it failed");
        });
    });
    let held = tailed.run(|| info_span!("open"));
    tailed.run(|| held.in_scope(|| info!("of the open")));
    let stats = tailed.round();
    let mut bodies: Vec<_> = tailed.logs().iter().map(|log| format!("{:?}", log.body)).collect();
    bodies.sort();
    assert_eq!(bodies.len(), 3, "{bodies:?}");
    assert!(
        bodies[0].contains("it failed") && bodies[1].contains("of the bad") && bodies[2].contains("outside")
    );
    assert_eq!(
        (stats.logs.emitted, stats.logs.finished, stats.logs.tail_dropped, stats.logs.held),
        (5, 3, 1, 1)
    );
    assert_eq!((stats.held, stats.tail_dropped, stats.finished, stats.open), (0, 1, 1, 1));
    let text = stats.to_string();
    for row in ["held", "dropped by the tail", "kept: error"] {
        assert!(text.contains(row), "{text}");
    }
    drop(held);
    assert_eq!(tailed.round().logs.held, 0);
}

#[test]
fn log_records_of_unsampled_spans_are_not_the_tails_business() {
    let tail = Tail::keep_errors().ratio_of_the_rest(0.0);
    let tailed = Tailed::with(bare().events(Events::Logs).sampler(Sampler::always_off()), tail);
    tailed.run(|| info_span!("unsampled").in_scope(|| info!("said all the same")));
    let stats = tailed.round();
    assert_eq!((stats.unsampled, stats.logs.finished, stats.logs.tail_dropped), (1, 1, 0));
}

#[test]
fn without_a_tail_there_are_no_rows_of_it() {
    let recording = crate::support::record(bare(), || drop(info_span!("any")));
    assert_eq!(recording.spans().len(), 1);
    let stats = recording.guard.stats();
    assert_eq!((stats.held, stats.tail_dropped, stats.tail), (0, 0, None));
    assert!(!stats.to_string().contains("held"), "{stats}");
}

/// `OTEL_BSP_MAX_QUEUE_SIZE` counts what waits to be sent, not what waits to be decided; nothing is counted twice or lost.
#[test]
fn it_balances_at_every_moment_that_the_program_is_still() {
    let tail = Tail::keep_errors().ratio_of_the_rest(0.5);
    let tailed = Tailed::with(bare().events(Events::Both).sampler(Sampler::ratio(0.8)), tail);
    let mut open = Vec::new();
    for n in 0..200 {
        tailed.run(|| {
            let root = info_span!("root");
            root.in_scope(|| {
                info_span!("child").in_scope(|| info!("in it"));
                if n % 7 == 0 {
                    error!("it failed");
                }
            });
            if n % 3 == 0 {
                open.push(root);
            }
        });
        if n % 10 == 0 {
            tailed.round();
        }
        if n % 50 == 0 {
            open.clear();
        }
        // Framed, and not looked at by the tail: held.
        let stats = tailed.stats();
        assert!(stats.logs.emitted == 200 || stats.started > 0);
    }
    let stats = tailed.stats();
    assert!(stats.held > 0 && stats.tail_dropped > 0 && stats.unsampled > 0 && stats.open > 0, "{stats}");
    tailed.shut_down();
    let stats = tailed.stats();
    assert_eq!((stats.held, stats.open, stats.logs.held), (0, 0, 0), "{stats}");
}

#[test]
fn while_it_runs_it_is_off_by_the_calls_in_progress_at_most() {
    const THREADS: u64 = 4;
    let tail = Tail::keep_errors().ratio_of_the_rest(0.5);
    let (layer, guard) =
        bare().exporter(crate::support::Counted::default()).tail(tail).build().expect("valid settings");
    let dispatch = tracing::Dispatch::new(tracing_subscriber::layer::SubscriberExt::with(
        tracing_subscriber::registry(),
        layer,
    ));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                with_default(&dispatch, || {
                    while !done.load(Ordering::Relaxed) {
                        info_span!("root").in_scope(|| drop(info_span!("child")));
                        std::thread::yield_now();
                    }
                });
            });
        }
        for _ in 0..50 {
            let stats = guard.stats();
            let sum = stats.open
                + stats.unsampled
                + stats.refused.total()
                + stats.held
                + stats.tail_dropped
                + stats.finished;
            assert!(stats.started.abs_diff(sum) <= 2 * THREADS, "{stats}");
            assert!(stats.exporters[0].queued <= stats.finished);
            let _ = guard.flush(LONG);
        }
        done.store(true, Ordering::Relaxed);
    });
    until("all is decided", || {
        guard.flush(LONG).expect("an exporter that takes everything");
        guard.stats().held == 0
    });
    let stats = guard.stats();
    assert!(stats.is_balanced(), "{stats}");
    assert!(stats.finished > 0 && stats.tail_dropped > 0, "{stats}");
}
