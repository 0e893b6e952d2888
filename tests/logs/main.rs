//! Events as OTLP log records: what they say, where they go, and how they are counted.

mod ledger;
mod log_crate;
mod records;
#[path = "../support/mod.rs"]
mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::bare;
use throughline::{Batch, BoxFuture, Builder, Events, Exporter, Guard, LogData, Outcome, Signal, SpanData};
use tracing::Dispatch;
use tracing_subscriber::prelude::*;

/// Keeps every span and every log record with its target.
#[derive(Clone, Default)]
struct Both {
    spans: Arc<Mutex<Vec<SpanData>>>,
    logs: Arc<Mutex<Vec<(String, LogData)>>>,
}

/// What was recorded under a subscriber of its own.
struct Recorded {
    guard: Guard,
    both: Both,
}

// === impl Both ===

impl Exporter for Both {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let spans = batch.spans().map(|span| span.to_data().expect("our own frames decode"));
        self.spans.lock().expect("no test panics with the lock").extend(spans);
        let logs = batch.logs().map(|log| {
            let data = log.to_data().expect("our own frames decode");
            assert_eq!((log.trace_id(), log.span_id()), (data.trace_id, data.span_id));
            assert_eq!(log.time_unix_nanos(), data.time_unix_nanos);
            (log.target().to_owned(), data)
        });
        self.logs.lock().expect("no test panics with the lock").extend(logs);
        let (spans, logs) = (batch.spans().count(), batch.logs().count());
        assert_eq!(
            if batch.signal() == Signal::Logs { (logs, spans) } else { (spans, logs) },
            (batch.len(), 0)
        );
        Box::pin(async { Outcome::Accepted })
    }

    fn takes(&self, _: Signal) -> bool {
        true
    }
}

// === impl Recorded ===

impl Recorded {
    fn flush(&self) {
        self.guard.flush(Duration::from_secs(10)).expect("an exporter that takes everything");
    }

    fn logs(&self) -> Vec<LogData> {
        self.flush();
        self.both.logs.lock().expect("no test panics").iter().map(|(_, log)| log.clone()).collect()
    }

    fn targets(&self) -> Vec<String> {
        self.flush();
        self.both.logs.lock().expect("no test panics").iter().map(|(target, _)| target.clone()).collect()
    }

    fn spans(&self) -> Vec<SpanData> {
        self.flush();
        self.both.spans.lock().expect("no test panics").clone()
    }

    /// The only log record.
    fn log(&self) -> LogData {
        let mut logs = self.logs();
        assert_eq!(logs.len(), 1, "{logs:?}");
        logs.remove(0)
    }

    /// The only span.
    fn span(&self) -> SpanData {
        let mut spans = self.spans();
        assert_eq!(spans.len(), 1, "{spans:?}");
        spans.remove(0)
    }
}

/// Runs `f` under a layer without the automatic attributes.
fn record(events: Events, f: impl FnOnce()) -> Recorded {
    record_with(bare().events(events), f)
}

fn record_with(builder: Builder, f: impl FnOnce()) -> Recorded {
    let both = Both::default();
    let (layer, guard) = builder.exporter(both.clone()).build().expect("valid settings");
    tracing::dispatcher::with_default(&Dispatch::new(tracing_subscriber::registry().with(layer)), f);
    Recorded { guard, both }
}
