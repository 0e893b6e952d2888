//! A flush waits for what was finished before it, in every runtime.

use crate::ledger::{LONG, assert_delivered, row, spans, started, to};
use crate::support::bare;
use crate::support::collector::{Collector, Reply};
use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};
use throughline::{Batch, BoxFuture, Exporter, Outcome, SpanId};
use tracing::Dispatch;
use tracing_subscriber::{prelude::*, registry};

#[test]
fn a_flush_waits_for_what_was_finished_before_it_and_no_more() {
    let ((release_one, one), (release_two, two)) = (channel(), channel());
    let collector = Collector::scripted(vec![Reply::Hold(one), Reply::Hold(two)]);
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 1);
    std::thread::scope(|scope| {
        let (first, second) = (scope.spawn(|| guard.flush(LONG)), {
            collector.wait_for(1);
            spans(&dispatch, 1);
            scope.spawn(|| guard.flush(LONG))
        });
        release_one.send(()).expect("the collector waits");
        first.join().expect("no panic").expect("the first span was accepted");
        collector.wait_for(2);
        assert!(!second.is_finished(), "the second span is not accepted yet");
        release_two.send(()).expect("the collector waits");
        second.join().expect("no panic").expect("the second span was accepted");
    });
    assert_delivered(&guard, &collector, 2);
}

#[test]
fn a_flush_that_runs_out_of_time_says_so_and_loses_nothing() {
    let (release, held) = channel();
    let collector = Collector::scripted(vec![Reply::Hold(held)]);
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 2);
    let begun = Instant::now();
    let error = guard.flush(Duration::from_millis(50)).expect_err("the collector holds");
    assert!(error.is_timeout() && !error.is_undelivered(), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(guard.flush(Duration::ZERO).expect_err("no time at all").is_timeout());
    assert_eq!(row(&guard.stats()).in_flight, 2);
    release.send(()).expect("the collector waits");
    guard.flush(LONG).expect("accepted");
    assert_delivered(&guard, &collector, 2);
}

#[test]
fn flushes_without_end_do_not_hammer_a_collector_that_fails() {
    let collector = Collector::answering(|_| Reply::Status(503));
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 1);
    let begun = Instant::now();
    for _ in 0..300 {
        assert!(guard.flush(Duration::from_millis(1)).expect_err("it fails").is_timeout());
    }
    let requests = collector.wait_for(1).len();
    let most = begun.elapsed().as_millis() as usize / 50 + 2;
    assert!(requests <= most, "{requests}, where {most} are enough");
}

#[test]
fn a_flush_with_nothing_to_do_sends_nothing() {
    let collector = Collector::accepting();
    let (_dispatch, guard) = started(to(&collector));
    guard.flush(Duration::from_secs(5)).expect("nothing to do");
    guard.shutdown(Duration::from_secs(5)).expect("nothing to do");
    assert!(collector.requests().is_empty());
}

#[test]
fn deadlines_without_end_are_deadlines_too() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector).retry_for(Duration::MAX).timeout(Duration::MAX));
    spans(&dispatch, 1);
    guard.flush(Duration::MAX).expect("accepted");
    spans(&dispatch, 1);
    guard.shutdown(Duration::MAX).expect("accepted");
    assert_delivered(&guard, &collector, 2);
}

#[test]
fn a_delay_without_end_leaves_the_worker_alive() {
    let collector = Collector::accepting();
    let (layer, guard) = to(&collector).schedule_delay(Duration::MAX).build().expect("valid settings");
    spans(&Dispatch::new(registry().with(layer)), 1);
    guard.flush(LONG).expect("accepted");
    assert_delivered(&guard, &collector, 1);
}

#[test]
fn a_flush_works_in_every_kind_of_runtime_and_without_one() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector));
    let guard = Arc::new(guard);
    let flush = {
        let (dispatch, guard) = (dispatch.clone(), Arc::clone(&guard));
        move || {
            spans(&dispatch, 1);
            guard.flush(LONG).expect("accepted");
        }
    };
    flush();
    let current = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    current.block_on(async { flush() });
    current.block_on(async {
        spans(&dispatch, 1);
        guard.flush_async().await.expect("accepted");
    });
    let several = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let several = several.expect("a runtime");
    several.block_on(async { flush() });
    several.block_on(several.spawn(async { tokio::task::yield_now().await })).expect("it lives");
    several.block_on(several.spawn_blocking(flush.clone())).expect("no panic");
    drop((current, several));
    flush();
    assert_delivered(&guard, &collector, 6);
}

#[test]
fn the_guard_may_be_dropped_inside_a_runtime() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        spans(&dispatch, 3);
        drop(guard);
    });
    assert_eq!(collector.accepted().len(), 3);
}

/// The smallest executor there is.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park_timeout(LONG),
        }
    }
}

#[test]
fn an_async_flush_works_on_any_executor() {
    let collector = Collector::scripted(vec![Reply::Status(200), Reply::Status(400)]);
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 2);
    block_on(guard.flush_async()).expect("accepted");
    assert_delivered(&guard, &collector, 2);
    spans(&dispatch, 1);
    assert!(block_on(guard.flush_async()).expect_err("rejected").is_undelivered());
    guard.shutdown(LONG).expect("nothing left");
    assert!(block_on(guard.flush_async()).expect_err("too late").is_shut_down());
}

/// Fails at each batch once.
#[derive(Default)]
struct SecondTry(Mutex<HashSet<SpanId>>);

impl Exporter for SecondTry {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let id = batch.spans().next().expect("no batch is empty").to_data().expect("a whole span").span_id;
        let first = self.0.lock().expect("no test panics with it").insert(id);
        let outcome = match first {
            true => Outcome::Retry { after: None, reason: "not yet".into() },
            false => Outcome::Accepted,
        };
        Box::pin(async { outcome })
    }
}

#[test]
fn a_flush_hurries_all_requests_that_wait_for_another_attempt() {
    let minute = Duration::from_secs(60);
    let builder = bare().request_spans(1).requests_in_flight(4).retry_waits(minute, minute);
    let (dispatch, guard) = started(builder.retry_for(10 * minute).exporter(SecondTry::default()));
    spans(&dispatch, 4);
    guard.flush(LONG).expect("all are taken at the second attempt");
    assert_eq!((row(&guard.stats()).exported, row(&guard.stats()).retries), (4, 4));
}
