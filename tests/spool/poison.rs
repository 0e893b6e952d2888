//! A batch on disk that the collector never takes: it waits, and holds up nobody.

use super::{Folder, LONG, spooling, start};
use crate::support::{Lines, until};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use throughline::{Batch, BoxFuture, Builder, Exporter, Outcome};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{fmt, prelude::*, registry};

/// Fails as long as a batch has a span named "poison"; takes all others, if it is there at all.
#[derive(Clone, Default)]
struct Poisoned {
    away: Arc<AtomicBool>,
    healed: Arc<AtomicBool>,
    attempts: Arc<AtomicU64>,
    names: Arc<Mutex<Vec<String>>>,
    after: Option<Duration>,
}

// === impl Poisoned ===

impl Poisoned {
    fn taken(&self, name: &str) -> usize {
        self.names.lock().expect("no test panics with it").iter().filter(|it| *it == name).count()
    }

    fn attempts(&self) -> u64 {
        self.attempts.load(Ordering::SeqCst)
    }
}

impl Exporter for Poisoned {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let names: Vec<_> = batch.spans().map(|span| span.to_data().expect("a whole span").name).collect();
        let poison = names.iter().any(|name| name == "poison");
        self.attempts.fetch_add(u64::from(poison), Ordering::SeqCst);
        let fails = self.away.load(Ordering::SeqCst) || poison && !self.healed.load(Ordering::SeqCst);
        if !fails {
            self.names.lock().expect("no test panics with it").extend(names);
        }
        let outcome = match fails {
            true => Outcome::Retry { after: self.after, reason: "503".into() },
            false => Outcome::Accepted,
        };
        Box::pin(async { outcome })
    }
}

/// Batches are tried for 40 ms before others have their turn.
fn quick(builder: Builder) -> Builder {
    let (first, longest) = (Duration::from_millis(5), Duration::from_millis(40));
    builder.schedule_delay(first).retry_waits(first, longest).retry_for(longest).request_spans(1)
}

fn span(name: &'static str) {
    drop(info_span!("work", otel.name = name));
}

#[test]
fn after_an_outage_of_many_such_turns_what_waited_is_delivered_in_order_all_the_same() {
    let (folder, exporter) = (Folder::new(), Poisoned::default());
    exporter.away.store(true, Ordering::SeqCst);
    let (dispatch, guard) = start(quick(spooling(folder.path())).exporter(exporter.clone()));
    with_default(&dispatch, || {
        (0..30).for_each(|number| drop(info_span!("work", otel.name = %format_args!("{number:02}"))));
    });
    // Each attempt is at most 40 ms after the one before, so that several have had their turn.
    until("many turns are over", || guard.stats().exporters[0].retries > 40);
    exporter.away.store(false, Ordering::SeqCst);
    guard.flush(LONG).expect("everything is taken");
    let names = exporter.names.lock().expect("no test panics with it");
    assert_eq!(names.len(), 30);
    // What was set aside and what was not come in turns, each in order.
    let (mut ahead, mut behind) = ("", "");
    for name in names.iter().map(String::as_str) {
        let line = if name >= ahead { &mut ahead } else { &mut behind };
        assert!(name >= *line, "{name} came after {line}: {names:?}");
        *line = name;
    }
}

#[test]
fn others_have_their_turn_and_it_is_tried_again_once_in_a_while() {
    for after in [None, Some(Duration::from_millis(10))] {
        let (folder, exporter) = (Folder::new(), Poisoned { after, ..Poisoned::default() });
        let (dispatch, guard) = start(quick(spooling(folder.path())).exporter(exporter.clone()));
        with_default(&dispatch, || (0..3).for_each(|_| span("poison")));
        until("it fails", || exporter.attempts() > 0);
        with_default(&dispatch, || (0..200).for_each(|_| span("good")));
        until("the others are taken", || exporter.taken("good") == 200);
        let tried = exporter.attempts();
        // What is new goes at once.
        for n in 1..=20 {
            with_default(&dispatch, || span("new"));
            until("it is taken", || exporter.taken("new") == n);
        }
        until("they are tried again", || exporter.attempts() >= tried + 3);
        let stats = guard.stats();
        let row = &stats.exporters[0];
        assert_eq!((row.spooled + row.in_flight, row.dropped.total(), row.rejected), (3, 0, 0), "{stats}");
        assert!(stats.is_balanced(), "{stats}");
        let error = guard.flush(Duration::from_millis(30)).expect_err("they are not taken");
        assert!(
            error.to_string().contains("3 of them wait on disk") || error.to_string().contains("3 "),
            "{error}"
        );
        exporter.healed.store(true, Ordering::SeqCst);
        guard.flush(LONG).expect("all are taken");
        assert_eq!(exporter.taken("poison"), 3);
        guard.shutdown(LONG).expect("nothing is left");
        assert!(guard.stats().is_balanced(), "{}", guard.stats());
        folder.empties();
    }
}

#[test]
fn it_is_told_and_the_collector_is_not_said_to_be_away() {
    let (folder, exporter, lines) = (Folder::new(), Poisoned::default(), Lines::default());
    let (layer, guard) =
        quick(spooling(folder.path())).exporter(exporter.clone()).build().expect("valid settings");
    let writer = lines.clone();
    let log = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    let dispatch = Dispatch::new(registry().with(log).with(layer));
    with_default(&dispatch, || span("poison"));
    until("it fails", || exporter.attempts() > 0);
    for n in 1..=10 {
        with_default(&dispatch, || span("good"));
        until("it is taken", || exporter.taken("good") == n);
    }
    let tried = exporter.attempts();
    until("it is tried again", || exporter.attempts() >= tried + 3);
    let told = "1 span on disk fail again and again while others are taken";
    let count = |text: &str| lines.all().iter().filter(|line| line.contains(text)).count();
    until("it is told", || count(told) == 1);
    assert_eq!(count("are being delivered again"), 1, "{}", lines.text());
    drop(guard);
}

#[test]
fn after_an_outage_all_that_was_set_aside_goes_at_once() {
    let (folder, exporter) = (Folder::new(), Poisoned::default());
    exporter.away.store(true, Ordering::SeqCst);
    let (dispatch, guard) = start(quick(spooling(folder.path())).exporter(exporter.clone()));
    with_default(&dispatch, || (0..20).for_each(|_| span("good")));
    until("several have had their turn", || guard.stats().exporters[0].retries > 30);
    assert!(guard.stats().is_balanced(), "{}", guard.stats());
    exporter.away.store(false, Ordering::SeqCst);
    guard.flush(LONG).expect("all are taken");
    assert_eq!(exporter.taken("good"), 20);
    guard.shutdown(LONG).expect("nothing is left");
    folder.empties();
}

#[test]
fn what_another_process_left_is_delivered_around_it() {
    let (folder, exporter) = (Folder::new(), Poisoned::default());
    exporter.away.store(true, Ordering::SeqCst);
    for names in [["poison"; 3], ["poison"; 3], ["good"; 3]] {
        let (dispatch, guard) = start(quick(spooling(folder.path())).exporter(exporter.clone()));
        with_default(&dispatch, || names.into_iter().for_each(span));
        guard.shutdown(Duration::ZERO).expect_err("nobody is there");
    }
    exporter.away.store(false, Ordering::SeqCst);
    let (_dispatch, guard) = start(quick(spooling(folder.path())).exporter(exporter.clone()));
    until("the others are taken", || exporter.taken("good") == 3);
    assert!(guard.stats().is_balanced(), "{}", guard.stats());
    let (balanced, left) = (guard.shutdown(Duration::ZERO), folder.files());
    assert!(!left.is_empty(), "{balanced:?}: the others stay for the next start");
    exporter.healed.store(true, Ordering::SeqCst);
    let (_dispatch, guard) = start(quick(spooling(folder.path())).exporter(exporter.clone()));
    until("all are taken", || exporter.taken("poison") == 6);
    guard.shutdown(LONG).expect("nothing is left");
    folder.empties();
}
