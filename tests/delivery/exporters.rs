//! Exporters of the program's own.

use crate::ledger::{LONG, spans, started, to};
use crate::support::collector::{Collector, Reply};
use crate::support::{Counted, Kept, bare, until};
use opentelemetry_proto::tonic::common::v1::AnyValue;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use throughline::{Batch, BoxFuture, Exporter, Outcome};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{prelude::*, registry};

struct Own<F>(&'static str, F);

impl<F: Fn(&Batch) -> BoxFuture<'static, Outcome> + Send + Sync + 'static> Exporter for Own<F> {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        (self.1)(batch)
    }

    fn name(&self) -> &str {
        self.0
    }
}

#[test]
fn an_exporter_that_panics_is_counted_and_harms_nobody() {
    let at_once = Own("at once", |_: &Batch| -> BoxFuture<'static, Outcome> {
        std::panic::resume_unwind(Box::new("at once"))
    });
    let later = Own("later", |_: &Batch| -> BoxFuture<'static, Outcome> {
        Box::pin(async {
            tokio::task::yield_now().await;
            std::panic::resume_unwind(Box::new("later"))
        })
    });
    let counted = Counted::default();
    let (dispatch, guard) = started(bare().exporter(at_once).exporter(later).exporter(counted.clone()));
    for _ in 0..2 {
        spans(&dispatch, 3);
        assert!(guard.flush(LONG).expect_err("two of three panic").is_undelivered());
    }
    let stats = guard.stats();
    assert!(stats.is_balanced(), "{stats}");
    let of = |name| stats.exporters.iter().find(|row| row.name == name).expect("a row for each");
    assert_eq!((of("at once").dropped.panic, of("later").dropped.panic), (6, 6));
    assert_eq!((of("counted").exported, counted.spans()), (6, 6));
}

#[test]
fn two_exporters_have_rows_and_fates_of_their_own() {
    let (collector, kept) = (Collector::answering(|_| Reply::Status(400)), Kept::default());
    let (dispatch, guard) = started(to(&collector).exporter(kept.clone()));
    spans(&dispatch, 4);
    assert!(guard.flush(LONG).expect_err("one rejects").is_undelivered());
    let stats = guard.stats();
    assert!(stats.is_balanced(), "{stats}");
    let [one, two] = &stats.exporters[..] else { panic!("{stats}") };
    assert_eq!((one.name.as_str(), one.exported, one.rejected), ("kept", 4, 0));
    assert_eq!((two.name.as_str(), two.exported, two.rejected), ("otlp", 0, 4));
    let shown = stats.to_string();
    assert!(shown.contains("exporter kept") && shown.contains("exporter otlp"), "{shown}");
}

#[test]
fn a_slow_exporter_does_not_hold_up_another() {
    let (release, held) = tokio::sync::oneshot::channel::<()>();
    let held = Mutex::new(Some(held));
    let slow = Own("slow", move |_: &Batch| -> BoxFuture<'static, Outcome> {
        let held = held.lock().expect("not poisoned").take();
        Box::pin(async {
            if let Some(held) = held {
                let _ = held.await;
            }
            Outcome::Accepted
        })
    });
    let counted = Counted::default();
    let (dispatch, guard) = started(bare().exporter(slow).exporter(counted.clone()));
    spans(&dispatch, 2);
    assert!(guard.flush(Duration::from_millis(50)).expect_err("one is slow").is_timeout());
    until("the other has exported", || counted.spans() == 2);
    let stats = guard.stats();
    assert_eq!((stats.exporters[0].in_flight, stats.exporters[1].exported), (2, 2), "{stats}");
    release.send(()).expect("it waits");
    guard.flush(LONG).expect("both accept");
}

#[test]
fn an_exporter_that_hangs_for_ever_leaves_room_for_another() {
    let hangs = Own("hangs", |_: &Batch| -> BoxFuture<'static, Outcome> { Box::pin(std::future::pending()) });
    let counted = Counted::default();
    let (dispatch, guard) = started(bare().exporter(hangs).exporter(counted.clone()).queue_bytes(1 << 20));
    let padding = "x".repeat(1000);
    for round in 1..=100_u64 {
        with_default(&dispatch, || (0..50).for_each(|_| drop(info_span!("s", padding = padding.as_str()))));
        let short = guard.flush(Duration::from_millis(1));
        assert!(short.expect_err("one hangs").is_timeout());
        until("the other has exported", || counted.spans() == round * 50);
    }
    let stats = guard.stats();
    let [one, two] = &stats.exporters[..] else { panic!("{stats}") };
    assert_eq!((stats.refused.total(), two.exported, two.dropped.total()), (0, 5000, 0), "{stats}");
    assert!(one.dropped.queue > 4000 && one.queued + one.in_flight > 100, "{stats}");
    assert!(stats.is_balanced() && stats.bytes < 900 << 10, "{stats}");
    assert!(guard.shutdown(Duration::from_millis(50)).is_err());
    assert!(guard.stats().is_balanced(), "{}", guard.stats());
}

#[test]
fn an_exporter_that_blocks_the_workers_thread_does_not_hang_a_shutdown() {
    let (release, held) = channel::<()>();
    let held = Mutex::new(held);
    let blocks = Own("blocks", move |_: &Batch| -> BoxFuture<'static, Outcome> {
        let _ = held.lock().expect("not poisoned").recv_timeout(LONG);
        Box::pin(async { Outcome::Accepted })
    });
    let (dispatch, guard) = started(bare().exporter(blocks));
    spans(&dispatch, 1);
    let begun = Instant::now();
    assert!(guard.shutdown(Duration::from_millis(100)).is_err());
    drop(guard);
    assert!(begun.elapsed() < Duration::from_secs(5));
    drop(release);
}

#[test]
fn what_an_exporter_itself_traces_is_not_recorded() {
    let talks = Own("talks", |_: &Batch| -> BoxFuture<'static, Outcome> {
        Box::pin(async {
            let _in = info_span!("telemetry about telemetry").entered();
            info!("exporting");
            Outcome::Accepted
        })
    });
    let (layer, guard) = bare().spans("trace").exporter(talks).build().expect("valid settings");
    let dispatch = Dispatch::new(registry().with(layer));
    let inner = dispatch.clone();
    let with_subscriber = Own("with subscriber", move |_: &Batch| -> BoxFuture<'static, Outcome> {
        with_default(&inner, || drop(info_span!("telemetry about telemetry").entered()));
        Box::pin(async { Outcome::Accepted })
    });
    let (second, other) = bare().exporter(with_subscriber).build().expect("valid settings");
    spans(&Dispatch::new(registry().with(second)), 1);
    other.flush(LONG).expect("accepted");
    spans(&dispatch, 1);
    guard.flush(LONG).expect("accepted");
    assert_eq!((guard.stats().started, guard.stats().finished), (1, 1));
}

#[test]
fn without_exporters_everything_is_still_counted() {
    let (dispatch, guard) = started(bare().exporter(Kept::default()));
    assert_eq!(guard.stats(), { guard.stats() });
    spans(&dispatch, 2);
    guard.flush(LONG).expect("kept");
    assert!(format!("{guard:?}").contains("finished: 2"), "{guard:?}");
    let _ = AnyValue::default();
}

/// Takes a batch when it is told to, blocking its thread until then.
struct Blocking(Mutex<std::sync::mpsc::Receiver<()>>);

impl Exporter for Blocking {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        let told = self.0.lock().expect("one batch at a time").recv_timeout(LONG);
        Box::pin(async move {
            if told.is_ok() { Outcome::Accepted } else { Outcome::Rejected { reason: "nobody told".into() } }
        })
    }

    fn blocks(&self) -> bool {
        true
    }

    fn name(&self) -> &str {
        "blocking"
    }
}

#[test]
fn an_exporter_that_blocks_holds_up_no_other() {
    let (tell, told) = channel();
    let counted = Counted::default();
    let blocking = Blocking(Mutex::new(told));
    let (dispatch, guard) = started(bare().exporter(blocking).exporter(counted.clone()));
    spans(&dispatch, 3);
    let short = Duration::from_millis(200);
    assert!(guard.flush(short).expect_err("one still blocks").is_timeout());
    assert_eq!(counted.spans(), 3, "the other has had its batch");
    tell.send(()).expect("it waits");
    guard.flush(LONG).expect("it was told");
    let stats = guard.stats();
    assert!(stats.is_balanced() && stats.exporters.iter().all(|row| row.exported == 3), "{stats}");
}

/// Panics wherever it is asked anything but for the outcome.
struct Brittle {
    asked: bool,
}

/// A future whose end panics.
struct Ends;

impl std::future::Future for Ends {
    type Output = Outcome;

    fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Outcome> {
        std::task::Poll::Ready(Outcome::Accepted)
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("at its end"));
    }
}

impl Exporter for Brittle {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(Ends)
    }

    fn blocks(&self) -> bool {
        if self.asked {
            std::panic::resume_unwind(Box::new("when asked"));
        }
        false
    }
}

#[test]
fn a_panic_around_an_export_ends_no_lane() {
    let (dispatch, guard) =
        started(bare().exporter(Brittle { asked: true }).exporter(Brittle { asked: false }));
    for _ in 0..2 {
        spans(&dispatch, 3);
        assert!(guard.flush(LONG).expect_err("one of two panics").is_undelivered());
    }
    let stats = guard.stats();
    let fates: Vec<_> = stats.exporters.iter().map(|it| (it.exported, it.dropped.panic)).collect();
    assert_eq!((fates, stats.is_balanced()), (vec![(0, 6), (6, 0)], true), "{stats}");
}

#[test]
fn small_requests_of_one_segment_do_not_fill_a_queue_that_has_room_for_it() {
    let (one, other) = (Counted::default(), Counted::default());
    let builder = bare().exporter(one.clone()).exporter(other.clone()).request_spans(1);
    let (dispatch, guard) = started(builder.queue_bytes(1 << 20));
    spans(&dispatch, 500);
    guard.flush(LONG).expect("everything is taken");
    assert_eq!((one.spans(), other.spans()), (500, 500), "{}", guard.stats());
}
