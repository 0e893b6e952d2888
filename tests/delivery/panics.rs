//! Panics of the program's code, wherever we call it: they end no delivery, and are counted.

use crate::ledger::{LONG, spans, started};
use crate::support::{Counted, bare};
use std::panic::{panic_any, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use throughline::{Batch, BoxFuture, Clock, Exporter, IdGenerator, Outcome, Signal, SpanId, TraceId};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::{Layer, prelude::*, registry};

/// What a panic carries, which panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        resume_unwind(Box::new("of what the panic carried"));
    }
}

fn boom() -> ! {
    resume_unwind(Box::new(Bomb))
}

/// Where an exporter panics.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Name,
    Takes,
    Blocks,
    Export,
    Poll,
    Drop,
    ExportOfBlocking,
}

struct Panics(Place);

struct Panicking(Place);

// === impl Panics ===

impl Exporter for Panics {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        match self.0 {
            Place::Export | Place::ExportOfBlocking => boom(),
            place => Box::pin(Panicking(place)),
        }
    }

    fn takes(&self, signal: Signal) -> bool {
        if self.0 == Place::Takes { boom() } else { signal == Signal::Traces }
    }

    fn blocks(&self) -> bool {
        if self.0 == Place::Blocks { boom() } else { self.0 == Place::ExportOfBlocking }
    }

    fn name(&self) -> &str {
        if self.0 == Place::Name { boom() } else { "panics" }
    }
}

impl Future for Panicking {
    type Output = Outcome;

    fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Outcome> {
        if self.0 == Place::Poll { boom() } else { std::task::Poll::Ready(Outcome::Accepted) }
    }
}

impl Drop for Panicking {
    fn drop(&mut self) {
        if self.0 == Place::Drop {
            boom();
        }
    }
}

#[test]
fn an_exporter_that_cannot_say_what_it_is_is_an_error() {
    for place in [Place::Name, Place::Takes] {
        let error = bare().exporter(Panics(place)).build().expect_err("it panics");
        assert!(error.is_config() && error.to_string().contains("panicked"), "{place:?}: {error}");
    }
}

#[test]
fn an_exporter_that_panics_anywhere_is_counted_and_harms_nobody() {
    for place in [Place::Blocks, Place::Export, Place::Poll, Place::Drop, Place::ExportOfBlocking] {
        let counted = Counted::default();
        let (dispatch, guard) = started(bare().exporter(Panics(place)).exporter(counted.clone()));
        for _ in 0..3 {
            spans(&dispatch, 2);
            let flushed = guard.flush(LONG);
            // What has been taken has been taken.
            assert_eq!(flushed.is_ok(), place == Place::Drop, "{place:?}: {flushed:?}");
        }
        let stats = guard.stats();
        let of = &stats.exporters[0];
        let expected = if place == Place::Drop { (6, 0) } else { (0, 6) };
        assert_eq!((of.exported, of.dropped.panic, stats.restarts), (expected.0, expected.1, 0), "{place:?}");
        assert_eq!((counted.spans(), stats.is_balanced()), (6, true), "{place:?}: {stats}");
        guard.shutdown(LONG).expect("nothing is left");
    }
}

/// A layer of the program that cannot bear our warnings.
struct PanicsOnOurs(Arc<AtomicU32>);

impl<S: Subscriber> Layer<S> for PanicsOnOurs {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "throughline" {
            self.0.fetch_add(1, Ordering::Relaxed);
            boom();
        }
    }
}

#[test]
fn a_subscriber_that_panics_when_it_is_told_of_a_panic_ends_no_delivery() {
    let (told, counted) = (Arc::new(AtomicU32::new(0)), Counted::default());
    let builder = bare().exporter(Panics(Place::Export)).exporter(counted.clone());
    let (layer, guard) = builder.build().expect("valid settings");
    let dispatch = Dispatch::new(registry().with(layer).with(PanicsOnOurs(Arc::clone(&told))));
    for _ in 0..2 {
        spans(&dispatch, 2);
        assert!(guard.flush(LONG).expect_err("one of two panics").is_undelivered());
    }
    let stats = guard.stats();
    assert_eq!((told.load(Ordering::Relaxed), counted.spans(), stats.restarts), (1, 4, 0), "{stats}");
    assert!(stats.is_balanced(), "{stats}");
}

/// A layer of the program that looks at the ledger when it hears of trouble.
struct LooksAtStats(Arc<Mutex<Option<throughline::Guard>>>, Arc<AtomicU32>);

impl<S: Subscriber> Layer<S> for LooksAtStats {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "throughline" {
            let stats = self.0.lock().expect("nothing panics").as_ref().map(throughline::Guard::stats);
            assert!(stats.is_some_and(|stats| stats.is_balanced()));
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_layer_may_ask_for_the_stats_while_it_is_told_of_something() {
    let (kept, looked) = (Arc::new(Mutex::new(None)), Arc::new(AtomicU32::new(0)));
    let (layer, guard) = bare().exporter(Panics(Place::Export)).build().expect("valid settings");
    let looks = LooksAtStats(Arc::clone(&kept), Arc::clone(&looked));
    let dispatch = Dispatch::new(registry().with(layer).with(looks));
    let flusher = guard.flusher();
    *kept.lock().expect("nothing panics") = Some(guard);
    spans(&dispatch, 2);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let flushed = runtime.block_on(flusher.flush(std::time::Duration::from_secs(5)));
    assert!(flushed.expect_err("the exporter panics").is_undelivered());
    assert_eq!(looked.load(Ordering::Relaxed), 1);
    drop(kept.lock().expect("nothing panics").take());
}

/// Lets go of the subscriber while the worker speaks through it, and panics when it ends.
struct EndsOnTheWorker(Arc<Mutex<Option<Dispatch>>>, Arc<AtomicU32>);

impl<S: Subscriber> Layer<S> for EndsOnTheWorker {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "throughline" {
            drop(self.0.lock().expect("nothing panics").take());
        }
    }
}

impl Drop for EndsOnTheWorker {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::Relaxed);
        boom();
    }
}

#[test]
fn a_subscriber_that_ends_on_the_worker_with_a_panic_ends_no_delivery() {
    let (last, ended) = (Arc::new(Mutex::new(None)), Arc::new(AtomicU32::new(0)));
    let (layer, guard) = bare().exporter(Panics(Place::Export)).build().expect("valid settings");
    let ends = EndsOnTheWorker(Arc::clone(&last), Arc::clone(&ended));
    let dispatch = Dispatch::new(registry().with(layer).with(ends));
    spans(&dispatch, 2);
    *last.lock().expect("nothing panics") = Some(dispatch);
    assert!(guard.flush(LONG).expect_err("the exporter panics").is_undelivered());
    assert_eq!(ended.load(Ordering::Relaxed), 1, "it has ended, and nobody else had it");
    guard.flush(LONG).expect("nothing is left");
    assert!(guard.stats().is_balanced());
}

/// A clock and a generator that panic.
struct Broken;

impl Clock for Broken {
    fn now_unix_nanos(&self) -> u64 {
        panic_any(Bomb)
    }
}

impl IdGenerator for Broken {
    fn trace_id(&self) -> TraceId {
        boom()
    }

    fn span_id(&self) -> SpanId {
        boom()
    }
}

#[test]
fn a_clock_and_a_generator_that_panic_are_replaced_by_ours() {
    let counted = Counted::default();
    let (dispatch, guard) = started(bare().clock(Broken).id_generator(Broken).exporter(counted.clone()));
    spans(&dispatch, 3);
    let open = tracing::dispatcher::with_default(&dispatch, || tracing::info_span!("open"));
    guard.flush(LONG).expect("an exporter that takes everything");
    guard.shutdown(LONG).expect("an exporter that takes everything");
    drop(open);
    let stats = guard.stats();
    assert_eq!((counted.spans(), stats.unfinished, stats.restarts), (4, 1, 0), "{stats}");
    assert!(stats.is_balanced(), "{stats}");
}
