//! What the program's own log is told of losses.

use crate::ledger::{LONG, spans};
use crate::support::collector::{Collector, Reply};
use crate::support::{Lines, bare};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use throughline::{Batch, BoxFuture, Builder, Exporter, Guard, Outcome, StatsReader};
use tracing::{Dispatch, Event};
use tracing_subscriber::layer::Context;
use tracing_subscriber::{Layer, fmt, prelude::*, registry};

/// A layer under a log, that only sends when it is told to.
fn logged(builder: Builder) -> (Dispatch, Guard, Lines) {
    let lines = Lines::default();
    let writer = lines.clone();
    let builder = builder.schedule_delay(Duration::from_secs(3600));
    let (layer, guard) = builder.build().expect("valid settings");
    let fmt = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    (Dispatch::new(registry().with(fmt).with(layer)), guard, lines)
}

/// The lines of the log about losses.
fn losses(lines: &Lines) -> Vec<String> {
    let lost = |line: &String| ["rejected", "dropped", "refused"].iter().any(|word| line.contains(word));
    lines.all().into_iter().filter(lost).collect()
}

#[test]
fn a_loss_is_told_at_once_and_what_comes_within_the_minute_at_the_end_with_its_sum() {
    let collector = Collector::answering(|_| Reply::Status(400));
    let (dispatch, guard, lines) = logged(bare().endpoint(collector.url()));
    for count in [3, 4, 5] {
        spans(&dispatch, count);
        assert!(guard.flush(LONG).expect_err("rejected").is_undelivered());
    }
    let told = losses(&lines);
    let [first] = &told[..] else { panic!("{told:#?}") };
    assert!(first.contains("WARN throughline: otlp: 3 spans rejected, not to be sent again: "), "{first}");
    assert!(first.contains("answered 400"), "{first}");
    guard.shutdown(LONG).expect("nothing is left");
    let told = losses(&lines);
    let [_, last] = &told[..] else { panic!("{told:#?}") };
    assert!(last.contains("otlp: 9 spans rejected") && last.contains("since this was last told"), "{last}");
    assert_eq!(guard.stats().exporters[0].rejected, 3 + 9);
}

#[test]
fn each_reason_is_told_by_itself() {
    let replies = vec![Reply::Status(400), Reply::Status(503)];
    let collector = Collector::scripted(replies);
    let (dispatch, guard, lines) = logged(bare().endpoint(collector.url()).retry_for(Duration::ZERO));
    for count in [1, 2] {
        spans(&dispatch, count);
        assert!(guard.flush(LONG).expect_err("lost").is_undelivered());
    }
    let told = losses(&lines);
    let [rejected, dropped] = &told[..] else { panic!("{told:#?}") };
    assert!(rejected.contains("otlp: 1 span rejected"), "{rejected}");
    assert!(dropped.contains("otlp: 2 spans dropped after 0ns of retries"), "{dropped}");
    guard.shutdown(LONG).expect("nothing is left");
    assert_eq!(losses(&lines).len(), 2, "nothing is told twice");
}

/// An exporter of the program's own that is never reached.
struct Never(&'static str);

impl Exporter for Never {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        let reason = format!("{} is not there", self.0);
        Box::pin(async move { Outcome::Retry { after: None, reason } })
    }

    fn name(&self) -> &str {
        self.0
    }
}

#[test]
fn each_exporter_speaks_for_itself() {
    let builder = bare().exporter(Never("one")).exporter(Never("two")).retry_for(Duration::ZERO);
    let (dispatch, guard, lines) = logged(builder);
    for _ in 0..2 {
        spans(&dispatch, 2);
        assert!(guard.flush(LONG).expect_err("dropped").is_undelivered());
    }
    for name in ["one", "two"] {
        lines.with(&format!("WARN throughline: {name} is not there; spans are kept and sent again"));
        lines.with(&format!("{name}: 2 spans dropped after 0ns of retries: {name} is not there"));
    }
}

#[test]
fn spans_that_are_refused_are_told_with_the_reason_and_add_up() {
    let collector = Collector::accepting();
    let builder = bare().endpoint(collector.url()).queue_bytes(64 << 10).spans("info");
    let (dispatch, guard, lines) = logged(builder);
    // Larger than the bound, each of them.
    let huge = "x".repeat(100_000);
    let storm = |count: usize| {
        tracing::dispatcher::with_default(&dispatch, || {
            (0..count).for_each(|_| drop(tracing::info_span!("huge", huge = huge.as_str())));
        });
    };
    storm(7);
    guard.shutdown(LONG).expect("nothing is left");
    let told = losses(&lines);
    let [refused] = &told[..] else { panic!("{told:#?}") };
    assert!(refused.contains("7 spans refused: all 65536 bytes of queue_bytes are in use"), "{refused}");
    assert_eq!(guard.stats().refused.memory, 7);
}

/// A layer of the program that looks at the ledger whenever we say something.
#[derive(Clone, Default)]
struct Looks {
    reader: Arc<OnceLock<StatsReader>>,
    seen: Arc<Mutex<Vec<u64>>>,
}

impl<S: tracing::Subscriber> Layer<S> for Looks {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "throughline"
            && let Some(reader) = self.reader.get()
        {
            let stats = reader.stats();
            assert!(stats.is_balanced(), "{stats}");
            self.seen.lock().expect("no test panics with it").push(stats.exporters[0].rejected);
        }
    }
}

#[test]
fn a_layer_that_looks_at_the_ledger_when_it_is_told_holds_up_nothing() {
    let collector = Collector::scripted(vec![Reply::Status(400)]);
    let looks = Looks::default();
    let builder = bare().endpoint(collector.url()).schedule_delay(Duration::from_secs(3600));
    let (layer, guard) = builder.build().expect("valid settings");
    looks.reader.set(guard.stats_reader()).expect("set once");
    let dispatch = Dispatch::new(registry().with(looks.clone()).with(layer));
    spans(&dispatch, 2);
    assert!(guard.flush(LONG).expect_err("rejected").is_undelivered());
    spans(&dispatch, 1);
    guard.flush(LONG).expect("the lane goes on");
    let seen = looks.seen.lock().expect("no test panics with it");
    assert_eq!(seen.last(), Some(&2), "counted before it was told: {seen:?}");
}
