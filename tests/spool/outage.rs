//! The collector is away for longer than memory lasts.

use super::{Folder, LONG, spooling, start};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use throughline::{Batch, BoxFuture, Exporter, Guard, Outcome};
use tracing::dispatcher::with_default;
use tracing::info_span;

/// Away, until it is told to come back.
#[derive(Clone, Default)]
pub(crate) struct Away {
    pub(crate) back: Arc<AtomicBool>,
    names: Arc<Mutex<Vec<String>>>,
    pub(crate) spans: Arc<AtomicU64>,
}

impl Exporter for Away {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let outcome = if self.back.load(Ordering::SeqCst) {
            let names = batch.spans().map(|span| span.to_data().expect("a whole span").name);
            self.names.lock().expect("no test panics with it").extend(names);
            self.spans.fetch_add(batch.len() as u64, Ordering::SeqCst);
            Outcome::Accepted
        } else {
            Outcome::Retry { after: None, reason: "away".into() }
        };
        Box::pin(async { outcome })
    }
}

/// Of [`spooling`]'s memory so much may be in use.
const MOST: u64 = 700 << 10;

/// Finishes spans, no faster than the worker can take them to disk: each time until no more bytes than `most` are in use.
fn finish(guard: &Guard, most: u64, rounds: usize, name: impl Fn(usize)) {
    for round in 0..rounds {
        for _ in 0..500 {
            name(round);
        }
        crate::support::until("the worker takes what is there", || guard.stats().bytes < most);
    }
}

#[test]
fn an_outage_costs_disk_and_no_memory_and_new_spans_do_not_wait_for_the_old_ones() {
    let (folder, away) = (Folder::new(), Away::default());
    let builder = spooling(folder.path())
        .schedule_delay(Duration::from_millis(5))
        .request_bytes(64 << 10)
        .spool_bytes(256 << 20);
    let (dispatch, guard) = start(builder.retry_for(Duration::ZERO).exporter(away.clone()));
    const ROUNDS: usize = 60;
    let padding = "p".repeat(200);
    let numbered = |round| drop(info_span!("old", padding, otel.name = %format_args!("old {round:03}")));
    with_default(&dispatch, || finish(&guard, MOST, ROUNDS, numbered));
    let stats = guard.stats();
    assert!(stats.is_balanced() && stats.refused.total() == 0, "{stats}");
    assert_eq!((stats.finished, stats.unspooled), (500 * ROUNDS as u64, 0), "{stats}");
    assert!(stats.exporters[0].spooled > 400 * ROUNDS as u64 / 2, "{stats}");
    assert!(stats.bytes < 1 << 20, "{stats}");

    let error = guard.flush(Duration::from_millis(50)).expect_err("nobody takes it");
    assert!(error.is_timeout() && error.to_string().contains("wait on disk"), "{error}");
    away.back.store(true, Ordering::SeqCst);
    with_default(&dispatch, || drop(info_span!("new")));
    guard.flush(LONG).expect("everything is taken");
    let stats = guard.stats();
    assert_eq!(stats.exporters[0].exported, 500 * ROUNDS as u64 + 1, "{stats}");
    assert!(stats.is_balanced() && stats.exporters[0].dropped.total() == 0, "{stats}");
    let names = away.names.lock().expect("no test panics with it");
    let new = names.iter().position(|name| name == "new").expect("it came");
    assert!(new < names.len() / 2, "the new one came as number {new} of {}", names.len());
}

#[test]
fn what_was_not_delivered_at_the_shutdown_is_at_the_next_start() {
    let (folder, away) = (Folder::new(), Away::default());
    let (dispatch, guard) = start(spooling(folder.path()).exporter(away.clone()));
    with_default(&dispatch, || {
        let _open = info_span!("open").entered();
        (0..100).for_each(|_| drop(info_span!("finished")));
        let error = guard.shutdown(Duration::from_millis(30)).expect_err("nobody takes it");
        assert!(error.is_undelivered() && error.to_string().contains("101 of them wait in"), "{error}");
    });
    let stats = guard.stats();
    assert_eq!((stats.exporters[0].spooled, stats.exporters[0].dropped.total()), (101, 0), "{stats}");
    assert!(stats.is_balanced(), "{stats}");
    assert!(!folder.files().is_empty());

    away.back.store(true, Ordering::SeqCst);
    let (_dispatch, next) = start(spooling(folder.path()).exporter(away.clone()));
    crate::support::until("all are there", || away.spans.load(Ordering::SeqCst) == 101);
    let stats = next.stats();
    assert_eq!((stats.exporters[0].adopted, stats.finished), (101, 0), "{stats}");
    next.shutdown(LONG).expect("nothing is left");
    assert!(next.stats().is_balanced(), "{}", next.stats());
    folder.empties();
}

#[test]
fn what_somebody_else_still_has_at_the_start_is_delivered_soon_after() {
    let (folder, away) = (Folder::new(), Away::default());
    let (dispatch, first) = start(spooling(folder.path()).exporter(away.clone()));
    with_default(&dispatch, || (0..10).for_each(|_| drop(info_span!("old"))));
    let back = Away::default();
    back.back.store(true, Ordering::SeqCst);
    let (_dispatch, second) = start(spooling(folder.path()).exporter(back.clone()));
    first.shutdown(Duration::ZERO).expect_err("nobody takes it");
    crate::support::until("they are there", || back.spans.load(Ordering::SeqCst) == 10);
    second.shutdown(LONG).expect("nothing is left");
    folder.empties();
}

#[test]
fn what_has_waited_for_too_long_is_given_up_and_counted() {
    let (folder, away) = (Folder::new(), Away::default());
    let (dispatch, guard) = start(spooling(folder.path()).exporter(away.clone()));
    with_default(&dispatch, || (0..10).for_each(|_| drop(info_span!("old"))));
    guard.shutdown(Duration::ZERO).expect_err("nobody takes it");
    away.back.store(true, Ordering::SeqCst);
    let (_dispatch, next) = start(spooling(folder.path()).spool_age(Duration::ZERO).exporter(away.clone()));
    crate::support::until("they are given up", || next.stats().exporters[0].dropped.age == 10);
    assert!(next.stats().is_balanced() && away.spans.load(Ordering::SeqCst) == 0, "{}", next.stats());
    next.shutdown(LONG).expect("nothing is left");
    folder.empties();
}

#[test]
fn two_exporters_of_which_one_is_away_and_requests_that_share_a_segment_are_counted_exactly() {
    let (folder, away, here) = (Folder::new(), Away::default(), Away::default());
    here.back.store(true, Ordering::SeqCst);
    // Each may hold a half of the memory, and begins to go to disk at a quarter.
    let builder = spooling(folder.path()).queue_bytes(4 << 20);
    let builder = builder.request_spans(7).schedule_delay(Duration::from_millis(5));
    let (dispatch, guard) =
        start(builder.requests_in_flight(3).exporter(away.clone()).exporter(here.clone()));
    let padding = "p".repeat(200);
    with_default(&dispatch, || finish(&guard, 1400 << 10, 20, |_| drop(info_span!("work", padding))));
    assert!(guard.stats().is_balanced(), "{}", guard.stats());
    away.back.store(true, Ordering::SeqCst);
    guard.flush(LONG).expect("everything is taken");
    let stats = guard.stats();
    assert!(stats.is_balanced(), "{stats}");
    assert_eq!(stats.exporters.iter().map(|it| it.exported).collect::<Vec<_>>(), [10_000, 10_000], "{stats}");
    assert_eq!([&away, &here].map(|it| it.spans.load(Ordering::SeqCst)), [10_000, 10_000]);
    guard.shutdown(LONG).expect("nothing is left");
    folder.empties();
}

#[test]
fn what_waits_on_disk_is_delivered_in_order_beside_what_is_new() {
    let (folder, away) = (Folder::new(), Away::default());
    let builder = spooling(folder.path()).schedule_delay(Duration::from_millis(5)).request_bytes(64 << 10);
    let (dispatch, guard) = start(builder.exporter(away.clone()));
    let padding = "p".repeat(200);
    let numbered = |round| drop(info_span!("work", padding, otel.name = %format_args!("{round:03}")));
    with_default(&dispatch, || finish(&guard, MOST, 40, numbered));
    assert!(guard.stats().exporters[0].spooled > 10_000, "{}", guard.stats());
    away.back.store(true, Ordering::SeqCst);
    guard.flush(LONG).expect("everything is taken");
    let names = away.names.lock().expect("no test panics with it");
    assert_eq!(names.len(), 500 * 40);
    // Two lines take turns, and each is in order: whatever comes is the next of one of them.
    let (mut ahead, mut behind) = ("", "");
    for name in names.iter() {
        if name.as_str() >= ahead {
            ahead = name;
        } else {
            assert!(name.as_str() >= behind, "{name} came after {behind} and {ahead}");
            behind = name;
        }
    }
    assert!(!behind.is_empty(), "they did not take turns");
}

#[test]
fn a_shutdown_and_a_flush_say_how_many_of_their_own_wait_on_disk() {
    let (folder, away) = (Folder::new(), Away::default());
    let (dispatch, guard) = start(spooling(folder.path()).exporter(away.clone()));
    with_default(&dispatch, || (0..100).for_each(|_| drop(info_span!("old"))));
    guard.shutdown(Duration::ZERO).expect_err("nobody takes it");
    let (dispatch, guard) = start(spooling(folder.path()).exporter(away.clone()));
    crate::support::until("the old ones are under way", || guard.stats().exporters[0].in_flight == 100);
    with_default(&dispatch, || (0..5).for_each(|_| drop(info_span!("new"))));
    let error = guard.flush(Duration::from_millis(20)).expect_err("nobody takes it");
    assert!(error.to_string().contains("5 spans or log records wait on disk"), "{error}");
    let error = guard.shutdown(Duration::from_millis(20)).expect_err("nobody takes it");
    assert!(error.to_string().contains("5 of them wait in"), "{error}");
    assert_eq!(guard.stats().exporters[0].spooled, 105, "{}", guard.stats());
}
