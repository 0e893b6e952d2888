//! A shutdown, or the drop of the guard, delivers or gives up in time.

use crate::ledger::{LONG, assert_delivered, row, spans, started, to};
use crate::support::collector::{Collector, Reply};
use std::time::{Duration, Instant};
use tracing::dispatcher::with_default;
use tracing::info_span;

#[test]
fn a_shutdown_delivers_and_a_second_one_is_an_error() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 3);
    guard.shutdown(LONG).expect("accepted");
    assert_delivered(&guard, &collector, 3);
    assert!(guard.shutdown(LONG).expect_err("the second time").is_shut_down());
    assert!(guard.flush(LONG).expect_err("nobody flushes").is_shut_down());
    spans(&dispatch, 2);
    let stats = guard.stats();
    assert_eq!((stats.started, stats.refused.shutdown), (5, 2));
    assert_delivered(&guard, &collector, 3);
}

#[test]
fn a_shutdown_keeps_its_deadline_when_the_collector_never_answers() {
    let collector = Collector::answering(|_| Reply::Never);
    let (dispatch, guard) = started(to(&collector).request_spans(2));
    spans(&dispatch, 5);
    let alive = with_default(&dispatch, || info_span!("alive"));
    let begun = Instant::now();
    let error = guard.shutdown(Duration::from_millis(200)).expect_err("never answered");
    let took = begun.elapsed();
    assert!(error.is_undelivered() || error.is_timeout(), "{error}");
    assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(3), "{took:?}");
    let stats = guard.stats();
    assert_eq!((row(&stats).dropped.shutdown, row(&stats).exported, stats.unfinished), (6, 0, 1), "{stats}");
    drop(alive);
    assert_eq!(guard.stats(), stats);
}

#[test]
fn a_shutdown_waits_no_longer_than_it_may_for_a_retry() {
    let collector = Collector::answering(|_| Reply::Full {
        status: 503,
        header: ("Retry-After", "30".to_owned()),
        body: Vec::new(),
    });
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 5);
    let begun = Instant::now();
    assert!(guard.shutdown(Duration::from_millis(200)).is_err());
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert_eq!(row(&guard.stats()).dropped.shutdown, 5);
}

#[test]
fn a_dropped_guard_gives_up_after_its_bound() {
    let collector = Collector::answering(|_| Reply::Never);
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 1);
    let begun = Instant::now();
    drop(guard);
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(4900) && took < Duration::from_secs(8), "{took:?}");
}
