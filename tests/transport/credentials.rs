//! Headers that change from request to request.

use crate::ledger::{LONG, assert_delivered, spans, to};
use crate::speaking::started;
use crate::support::collector::{Collector, Reply};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

fn header(name: &str, value: impl Into<String>) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.into())]
}

#[test]
fn a_provider_is_asked_before_each_request_and_wins_over_what_is_set() {
    let collector = Collector::scripted(vec![Reply::Status(200), Reply::Status(503)]);
    let count = AtomicUsize::new(0);
    let builder =
        to(&collector).header("Authorization", "old").header("x-other", "stays").header_provider(move || {
            header("authorization", format!("Bearer {}", count.fetch_add(1, Ordering::Relaxed)))
        });
    let (dispatch, guard, _) = started(builder);
    for _ in 0..2 {
        spans(&dispatch, 1);
        guard.flush(LONG).expect("accepted");
    }
    let requests = collector.requests();
    let values = |name| requests.iter().map(|it| it.header(name).expect("it is there")).collect::<Vec<_>>();
    assert_eq!(
        values("authorization"),
        ["Bearer 0", "Bearer 1", "Bearer 2"],
        "also before the attempt that is made again"
    );
    assert_eq!(values("x-other"), ["stays"; 3]);
    assert!(
        requests.iter().all(|it| it.headers.iter().filter(|(name, _)| name == "authorization").count() == 1)
    );
}

#[test]
fn a_provider_that_panics_or_gives_nonsense_loses_nothing_and_is_told_without_secrets() {
    for (bad, told) in [
        ((|| panic!("no token")) as fn() -> Vec<(String, String)>, "header_provider panicked"),
        (|| header("bad name", "hunter2"), "header_provider: \"bad name\" cannot be used"),
        (|| header("authorization", "hunter2\n"), "its value is not a header value"),
    ] {
        let collector = Collector::accepting();
        let count = AtomicUsize::new(0);
        let builder = to(&collector).header_provider(move || match count.fetch_add(1, Ordering::Relaxed) {
            0 => bad(),
            _ => header("authorization", "good"),
        });
        let (dispatch, guard, lines) = started(builder);
        spans(&dispatch, 2);
        guard.flush(LONG).expect("the second attempt");
        assert_eq!(collector.requests()[0].header("authorization"), Some("good"));
        assert_delivered(&guard, &collector, 2);
        assert!(lines.with("kept and sent again").contains(told), "{}", lines.text());
        assert!(!lines.text().contains("hunter2"), "{}", lines.text());
    }
}

#[test]
fn a_provider_that_hangs_holds_up_neither_the_other_exporters_nor_a_flush() {
    let collector = Collector::accepting();
    let (release, held) = channel::<()>();
    let (held, calls) = (std::sync::Mutex::new(held), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&calls);
    let builder = to(&collector).timeout(Duration::from_millis(100)).header_provider(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let _ = held.lock().expect("nobody panics with it").recv();
        Vec::new()
    });
    let other = crate::support::Counted::default();
    let (dispatch, guard, lines) = started(builder.exporter(other.clone()));
    spans(&dispatch, 3);
    let begun = Instant::now();
    assert!(guard.flush(Duration::from_millis(500)).expect_err("it hangs").is_timeout());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(other.spans(), 3);
    assert!(lines.text().contains("header_provider has not returned within 100ms"), "{}", lines.text());
    assert_eq!(calls.load(Ordering::SeqCst), 1, "one call at a time, however many attempts");
    drop(release);
    guard.flush(LONG).expect("it has come back");
    assert_eq!(
        (guard.stats().exporters.iter().map(|it| it.exported).sum::<u64>(), collector.accepted().len()),
        (6, 3)
    );
}
