//! Panics of the worker itself, which no code of a program can provoke: here they are put in.

#[cfg(all(unix, feature = "spool"))]
mod on_disk;

use super::ledger::Ledger;
use crate::{Batch, BoxFuture, Exporter, Guard, Outcome, Signal, Stats};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{prelude::*, registry};

const LONG: Duration = Duration::from_secs(20);

/// How many more panics there are to be: by the exporter's name, and whether in the loop or in its lane.
static TRIPS: Mutex<Vec<(&'static str, &'static str, u32)>> = Mutex::new(Vec::new());

/// Panics if there is to be a panic here.
pub(super) fn trip(place: &str, signal: Signal, ledgers: &[&Ledger]) {
    let mut trips = TRIPS.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted = |name: &str| ledgers.iter().any(|it| it.name == name && it.signal == signal);
    let trip = trips.iter_mut().find(|(name, at, left)| *at == place && *left > 0 && wanted(name));
    if let Some((_, _, left)) = trip {
        *left -= 1;
        drop(trips);
        std::panic::resume_unwind(Box::new(place.to_owned()));
    }
}

struct Named(&'static str);

impl Exporter for Named {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::Accepted })
    }

    fn name(&self) -> &str {
        self.0
    }
}

fn started(name: &'static str, place: &'static str, panics: u32) -> (Dispatch, Guard) {
    TRIPS.lock().unwrap_or_else(PoisonError::into_inner).push((name, place, panics));
    let builder = crate::builder().schedule_delay(Duration::from_secs(3600)).exporter(Named(name));
    let (layer, guard) = builder.build().expect("valid settings");
    (Dispatch::new(registry().with(layer)), guard)
}

fn spans(dispatch: &Dispatch, count: usize) {
    with_default(dispatch, || (0..count).for_each(|_| drop(info_span!("work"))));
}

/// Exported, dropped by a panic, started again; the ledger balances.
fn fate(stats: &Stats) -> (u64, u64, u64) {
    assert!(stats.is_balanced(), "{stats}");
    (stats.exporters[0].exported, stats.exporters[0].dropped.panic, stats.restarts)
}

#[test]
fn after_a_panic_the_loop_goes_on_and_what_it_had_in_hand_is_counted() {
    let (dispatch, guard) = started("loop once", "loop", 1);
    spans(&dispatch, 3);
    let error = guard.flush(LONG).expect_err("it panics");
    assert!(error.is_undelivered() && error.to_string().contains("panicked"), "{error}");
    spans(&dispatch, 2);
    guard.flush(LONG).expect("it goes on");
    assert_eq!(fate(&guard.stats()), (2, 3, 1));
    assert!(guard.stats().to_string().contains("worker restarts"));
    spans(&dispatch, 1);
    guard.shutdown(LONG).expect("it goes on");
    assert_eq!(fate(&guard.stats()), (3, 3, 1));
}

#[test]
fn after_a_panic_a_lane_goes_on_and_what_was_under_way_is_counted() {
    let (dispatch, guard) = started("lane once", "lane", 1);
    spans(&dispatch, 3);
    assert!(guard.flush(LONG).expect_err("it panics").is_undelivered());
    spans(&dispatch, 2);
    guard.flush(LONG).expect("it goes on");
    assert_eq!(fate(&guard.stats()), (2, 3, 1));
}

#[test]
fn a_loop_that_panics_again_and_again_gives_up_and_counts_all() {
    let (dispatch, guard) = started("loop storm", "loop", u32::MAX);
    let begun = Instant::now();
    let mut flushes = 0;
    while guard.stats().refused.shutdown == 0 && begun.elapsed() < LONG {
        spans(&dispatch, 1);
        assert!(guard.flush(LONG).expect_err("it panics").is_undelivered());
        flushes += 1;
    }
    let stats = guard.stats();
    assert!((10..=12).contains(&flushes) && stats.restarts == 10, "{flushes} flushes\n{stats}");
    assert!(begun.elapsed() >= Duration::from_secs(1), "no spinning");
    assert_eq!((stats.exporters[0].dropped.panic, stats.is_balanced()), (stats.finished, true), "{stats}");
    assert!(guard.shutdown(LONG).expect_err("all is lost").is_undelivered());
    assert!(guard.shutdown(LONG).expect_err("the second time").is_shut_down());
}

#[test]
fn a_lane_that_panics_again_and_again_gives_up_and_holds_nobody_up() {
    let (dispatch, guard) = started("lane storm", "lane", u32::MAX);
    for _ in 0..13 {
        spans(&dispatch, 2);
        assert!(guard.flush(LONG).expect_err("it panics").is_undelivered());
    }
    assert_eq!(fate(&guard.stats()), (0, 26, 10));
    assert!(guard.shutdown(LONG).is_ok(), "nothing was left");
}
