//! What was delivered of a segment that has more in it: a later start sends the rest, and nothing twice.

use super::{Folder, LONG, spooling, start};
use crate::support::{Lines, until};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use throughline::{Batch, BoxFuture, Builder, Exporter, Outcome};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{fmt, prelude::*, registry};

const CHILD: &str = "THROUGHLINE_TEST_OWED";

/// Takes so many batches, then none; notes how often it has taken each span.
#[derive(Clone)]
struct Takes {
    name: &'static str,
    left: Arc<AtomicUsize>,
    taken: Arc<Mutex<BTreeMap<String, u32>>>,
}

// === impl Takes ===

impl Takes {
    fn new(name: &'static str, batches: usize) -> Takes {
        Takes { name, left: Arc::new(AtomicUsize::new(batches)), taken: Arc::default() }
    }

    fn all(name: &'static str) -> Takes {
        Takes::new(name, usize::MAX)
    }

    /// The one of the next start, with the same eyes.
    fn next(&self, batches: usize) -> Takes {
        Takes { left: Arc::new(AtomicUsize::new(batches)), ..self.clone() }
    }

    fn spans(&self) -> usize {
        self.taken.lock().expect("no test panics with it").len()
    }

    fn took_each_once(&self, spans: usize) {
        let taken = self.taken.lock().expect("no test panics with it");
        let twice: Vec<_> = taken.iter().filter(|(_, times)| **times != 1).collect();
        assert!(twice.is_empty(), "{} of {} came to {} again", twice.len(), taken.len(), self.name);
        assert_eq!(taken.len(), spans, "{}", self.name);
    }
}

impl Exporter for Takes {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let may = |left: usize| left.checked_sub(1);
        let takes = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, may).is_ok();
        if takes {
            let mut taken = self.taken.lock().expect("no test panics with it");
            for span in batch.spans() {
                *taken.entry(span.to_data().expect("a whole span").name).or_default() += 1;
            }
        }
        let outcome = match takes {
            true => Outcome::Accepted,
            false => Outcome::Retry { after: None, reason: "enough".into() },
        };
        Box::pin(async { outcome })
    }

    fn name(&self) -> &str {
        self.name
    }
}

/// Requests of seven spans, so that a segment is many; one after the other, or several at once.
fn small_requests(folder: &Path) -> Builder {
    let hour = Duration::from_secs(3600);
    spooling(folder).request_spans(7).schedule_delay(hour)
}

fn spans(from: usize, to: usize) {
    (from..to).for_each(|n| drop(info_span!("work", otel.name = %format_args!("span {n}"))));
}

/// Starts once more; each exporter is to find so many.
fn deliver_the_rest(builder: Builder, folder: &Folder, adopted: &[u64]) {
    let (_dispatch, guard) = start(builder);
    let of_all = || guard.stats().exporters.iter().map(|it| it.adopted).collect::<Vec<_>>();
    let settled = || guard.stats().exporters.iter().all(|it| it.spooled + it.in_flight == 0);
    until("what was left is delivered", || of_all() == adopted && settled());
    guard.shutdown(LONG).expect("nothing is left");
    folder.empties();
    assert_eq!(of_all(), adopted);
    assert!(guard.stats().is_balanced(), "{}", guard.stats());
}

#[test]
fn what_a_collector_took_before_the_shutdown_is_not_sent_to_it_again() {
    for at_once in [1, 3] {
        let (folder, exporter) = (Folder::new(), Takes::new("first", 11));
        let builder = small_requests(folder.path()).requests_in_flight(at_once);
        let (dispatch, guard) = start(builder.exporter(exporter.clone()));
        with_default(&dispatch, || spans(0, 200));
        let error = guard.shutdown(Duration::from_millis(100)).expect_err("it has enough");
        assert!(error.to_string().contains("123 of them wait in"), "{error}");
        assert_eq!(exporter.spans(), 77);
        // A start that gets on, and is interrupted too.
        let (_, guard) = start(small_requests(folder.path()).exporter(exporter.next(3)));
        until("it has enough once more", || exporter.spans() > 77 && guard.stats().exporters[0].retries > 0);
        // What is under way is another process's: this one has nothing of its own to leave.
        guard.shutdown(Duration::ZERO).expect("nothing of its own is left");
        let before = exporter.spans();
        let rest = small_requests(folder.path()).exporter(exporter.next(usize::MAX));
        deliver_the_rest(rest, &folder, &[200 - before as u64]);
        exporter.took_each_once(200);
    }
}

#[test]
fn of_two_exporters_each_gets_what_it_has_not_had() {
    let (folder, away, here) = (Folder::new(), Takes::new("away", 2), Takes::all("here"));
    let builder = small_requests(folder.path()).exporter(away.clone()).exporter(here.clone());
    let (dispatch, guard) = start(builder);
    with_default(&dispatch, || spans(0, 100));
    guard.shutdown(Duration::from_millis(100)).expect_err("one takes little");
    here.took_each_once(100);
    let (away, here) = (away.next(usize::MAX), here.next(usize::MAX));
    // In another order: they are told apart by their names.
    let rest = small_requests(folder.path()).exporter(here.clone()).exporter(away.clone());
    deliver_the_rest(rest, &folder, &[0, 86]);
    here.took_each_once(100);
    away.took_each_once(100);
}

#[test]
fn what_only_an_exporter_is_owed_that_is_gone_waits_for_it_and_one_in_its_place_gets_it() {
    let (folder, away, here) = (Folder::new(), Takes::new("away", 2), Takes::all("here"));
    let builder = small_requests(folder.path()).exporter(away.clone()).exporter(here.clone());
    let (dispatch, guard) = start(builder);
    with_default(&dispatch, || spans(0, 100));
    guard.shutdown(Duration::from_millis(100)).expect_err("one takes little");
    let alone = here.next(usize::MAX);
    let (_, guard) = start(small_requests(folder.path()).exporter(alone));
    let files = folder.files().len();
    guard.flush(LONG).expect("nothing to deliver");
    guard.shutdown(LONG).expect("nothing to deliver");
    assert!(files > 0 && !folder.files().is_empty(), "what is owed to the other stays");
    let new = Takes::all("new");
    let rest = small_requests(folder.path()).exporter(here.next(usize::MAX)).exporter(new.clone());
    deliver_the_rest(rest, &folder, &[0, 86]);
    here.took_each_once(100);
    new.took_each_once(86);
}

#[test]
fn what_only_an_exporter_is_owed_that_is_gone_is_told_once_it_is_too_old_whatever_lies_beside_it() {
    let (folder, away, here) = (Folder::new(), Takes::new("away", 0), Takes::new("here", 7));
    let builder = small_requests(folder.path()).exporter(away).exporter(here.clone());
    let (dispatch, guard) = start(builder);
    with_default(&dispatch, || spans(0, 49));
    guard.flush(Duration::from_millis(200)).expect_err("one takes nothing");
    assert_eq!(here.spans(), 49);
    with_default(&dispatch, || spans(49, 60));
    guard.shutdown(Duration::ZERO).expect_err("nobody takes more");
    let lines = Lines::default();
    let written = lines.clone();
    let old = small_requests(folder.path()).spool_age(Duration::from_nanos(1)).exporter(here.next(0));
    let (layer, guard) = old.build().expect("valid settings");
    let _dispatch = Dispatch::new(
        registry().with(layer).with(fmt::layer().with_ansi(false).with_writer(move || written.clone())),
    );
    let dropped = || guard.stats().exporters[0].dropped.age;
    until("what it was owed is too old", || dropped() == 11);
    until("the rest is told", || lines.text().contains("49 spans that another process had left"));
    drop(guard);
    folder.empties();
}

/// Delivers to one of two exporters, and is killed while the other is away.
fn child(folder: &Path) {
    let (away, here) = (Takes::new("away", 3), Takes::all("here"));
    let builder = small_requests(folder).exporter(away.clone()).exporter(here.clone());
    let (dispatch, guard) = start(builder);
    with_default(&dispatch, || spans(0, 100));
    guard.flush(Duration::from_millis(200)).expect_err("one takes little");
    assert_eq!((here.spans(), away.spans()), (100, 21));
    std::process::abort();
}

#[test]
fn who_is_killed_while_one_exporter_is_away_leaves_nothing_for_the_other() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return child(Path::new(&folder));
    }
    let (folder, away, here) = (Folder::new(), Takes::all("away"), Takes::all("here"));
    let status = Command::new(std::env::current_exe().expect("this binary"))
        .args(["owed::who_is_killed_while_one_exporter_is_away_leaves_nothing_for_the_other", "--exact"])
        .env(CHILD, folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("it starts");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(libc::SIGABRT));
    let rest = small_requests(folder.path()).exporter(away.clone()).exporter(here.clone());
    deliver_the_rest(rest, &folder, &[79, 0]);
    away.took_each_once(79);
    here.took_each_once(0);
}
