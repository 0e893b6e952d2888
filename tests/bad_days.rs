//! Defects that a review found, each kept from coming back.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use support::collector::{Collector, Reply};
use support::{Counted, bare, record};
use throughline::wire::Value;
use throughline::{Builder, Guard};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{prelude::*, registry};

const LONG: Duration = Duration::from_secs(10);
/// The worker comes round only when it is asked to.
const NEVER: Duration = Duration::from_secs(3600);

fn started(builder: Builder) -> (Dispatch, Guard) {
    let (layer, guard) = builder.schedule_delay(NEVER).build().expect("valid settings");
    (Dispatch::new(registry().with(layer)), guard)
}

fn spans(dispatch: &Dispatch, count: usize) {
    with_default(dispatch, || (0..count).for_each(|n| drop(info_span!("later", n))));
}

#[test]
fn after_a_burst_of_open_spans_its_memory_is_there_again() {
    let (dispatch, guard) = started(bare().queue_bytes(1 << 20).exporter(Counted::default()));
    with_default(&dispatch, || {
        let text = "x".repeat(1000);
        let burst: Vec<_> = (0..5000).map(|_| info_span!("burst", text = text.as_str())).collect();
        drop(burst);
    });
    guard.flush(LONG).expect("an exporter that takes everything");
    let before = guard.stats();
    assert!(before.refused.memory > 0, "the burst was too large: {before}");
    for _ in 0..3 {
        spans(&dispatch, 10);
        guard.flush(LONG).expect("an exporter that takes everything");
    }
    let after = guard.stats();
    assert_eq!(after.refused.memory, before.refused.memory, "{after}");
    assert!(after.is_balanced() && after.bytes < 600 << 10, "{after}");
}

#[test]
fn one_huge_name_leaves_nothing_behind_for_the_spans_after_it() {
    let (dispatch, guard) = started(bare().queue_bytes(4 << 20).exporter(Counted::default()));
    let name = "x".repeat(8 << 20);
    with_default(&dispatch, || drop(info_span!("huge", otel.name = name.as_str())));
    guard.flush(LONG).expect("nothing to deliver");
    let before = guard.stats();
    spans(&dispatch, 10);
    let after = guard.stats();
    assert_eq!((before.refused.memory, after.refused.memory), (1, 1), "{after}");
    assert_eq!(after.finished, before.finished + 10, "{after}");
}

#[test]
fn the_names_of_open_spans_count() {
    let (dispatch, guard) = started(bare().queue_bytes(1 << 20).exporter(Counted::default()));
    let name = "x".repeat(256 << 10);
    with_default(&dispatch, || {
        let open: Vec<_> = (0..100).map(|_| info_span!("open", otel.name = name.as_str())).collect();
        assert!(guard.stats().open <= 4, "256 KiB each, in 1 MiB: {}", guard.stats());
        drop(open);
    });
    assert!(guard.stats().is_balanced());
}

#[test]
fn a_spare_buffer_that_no_longer_fits_refuses_no_span() {
    let (dispatch, guard) = started(bare().queue_bytes(64 << 10).exporter(Counted::default()));
    for length in [30_000, 29_000] {
        let text = "y".repeat(length);
        with_default(&dispatch, || drop(info_span!("big", text = text.as_str())));
        guard.flush(LONG).expect("an exporter that takes everything");
    }
    let text = "z".repeat(9_000);
    with_default(&dispatch, || {
        let held: Vec<_> = (0..4).map(|_| info_span!("held", text = text.as_str())).collect();
        let before = guard.stats();
        drop(info_span!("small"));
        assert_eq!(guard.stats().refused.memory, before.refused.memory, "{}", guard.stats());
        drop(held);
    });
}

/// A layer of the program that cannot bear our warnings.
struct PanicsOnOurs;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for PanicsOnOurs {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target() == "throughline" {
            std::panic::resume_unwind(Box::new("not this"));
        }
    }
}

#[test]
fn a_layer_that_panics_on_our_warning_ends_no_delivery() {
    let collector = Collector::scripted(vec![Reply::Status(400)]);
    let builder = bare().schedule_delay(NEVER).endpoint(collector.url());
    let (layer, guard) = builder.build().expect("valid settings");
    let dispatch = Dispatch::new(registry().with(layer).with(PanicsOnOurs));
    spans(&dispatch, 1);
    assert!(guard.flush(LONG).expect_err("rejected").is_undelivered());
    spans(&dispatch, 1);
    guard.flush(LONG).expect("accepted");
    let stats = guard.stats();
    assert_eq!((stats.exporters[0].rejected, stats.exporters[0].exported), (1, 1), "{stats}");
}

#[test]
fn an_answer_that_breaks_off_after_its_status_is_an_answer() {
    let cut = Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    let collector = Collector::scripted(vec![cut]);
    let (dispatch, guard) = started(bare().endpoint(collector.url()));
    spans(&dispatch, 1);
    guard.flush(LONG).expect("200 is 200");
    assert_eq!(collector.requests().len(), 1, "sent twice");
}

#[test]
fn the_password_of_an_endpoint_is_in_no_error() {
    for url in ["http://user:hunter2@host:99999", "ftp://user:hunter2@host/x", "http://user:hunter2@"] {
        for builder in [bare().endpoint(url), bare().traces_endpoint(url)] {
            let error = builder.build().expect_err("no such URL");
            assert!(error.is_config() && !error.to_string().contains("hunter2"), "{error}");
        }
    }
}

#[test]
fn the_ledger_balances_while_it_is_written() {
    let (layer, guard) =
        bare().schedule_delay(Duration::ZERO).exporter(Counted::default()).build().expect("valid settings");
    let (dispatch, done) = (Dispatch::new(registry().with(layer)), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            spans(&dispatch, 20_000);
            done.store(true, Ordering::Relaxed);
        });
        while !done.load(Ordering::Relaxed) {
            let stats = guard.stats();
            assert!(stats.is_balanced(), "{stats}");
        }
    });
}

#[test]
fn an_error_field_that_is_true_or_a_number_is_an_attribute_and_no_failure() {
    let recording = record(bare(), || {
        info_span!("work").in_scope(|| {
            info!(error = true, "checked");
            info!(error = false);
            info!(error = 7);
        });
    });
    let span = recording.span("work");
    assert_eq!(span.status, throughline::wire::Status::default());
    let of = |index: usize| support::attribute(&span.events[index].attributes, "error").cloned();
    assert_eq!(
        (of(0), of(1), of(2)),
        (Some(Value::Bool(true)), Some(Value::Bool(false)), Some(Value::Int(7)))
    );
    assert!(span.events.iter().all(|event| event.name != "exception"));
}
