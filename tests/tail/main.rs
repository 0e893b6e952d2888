//! Tail sampling: which local traces leave, what they say of it, and how all others are counted.

mod budget;
mod decisions;
mod early;
mod flight;
mod late;
mod ledger;
mod many;
mod percentile;
mod rates;
mod settings;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Hand, bare, text};
use throughline::{
    Batch, BoxFuture, Builder, Exporter, Guard, LogData, Outcome, Signal, SpanData, Stats, Tail, TailStats,
};
use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::prelude::*;

pub(crate) const LONG: Duration = Duration::from_secs(20);
/// A span whose duration nobody has moved the clock for takes none.
pub(crate) const START: u64 = 1_700_000_000_000_000_000;

/// Keeps every span and log record that it is given.
#[derive(Clone, Default)]
pub(crate) struct Taken {
    spans: Arc<Mutex<Vec<(SpanData, bool)>>>,
    logs: Arc<Mutex<Vec<LogData>>>,
}

/// A layer with a tail, whose worker only comes when it is told to, and whose clock stands.
pub(crate) struct Tailed {
    pub(crate) guard: Guard,
    pub(crate) dispatch: Dispatch,
    pub(crate) clock: Hand,
    taken: Taken,
}

// === impl Taken ===

impl Exporter for Taken {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let spans =
            batch.spans().map(|span| (span.to_data().expect("our frames decode"), span.is_local_root()));
        self.spans.lock().expect("no test panics with the lock").extend(spans);
        let logs = batch.logs().map(|log| log.to_data().expect("our frames decode"));
        self.logs.lock().expect("no test panics with the lock").extend(logs);
        Box::pin(async { Outcome::Accepted })
    }

    fn takes(&self, _: Signal) -> bool {
        true
    }

    fn name(&self) -> &str {
        "taken"
    }
}

// === impl Tailed ===

impl Tailed {
    pub(crate) fn new(tail: Tail) -> Tailed {
        Tailed::with(bare(), tail)
    }

    pub(crate) fn with(builder: Builder, tail: Tail) -> Tailed {
        let (taken, clock) = (Taken::default(), Hand::at(START));
        let builder = builder.schedule_delay(Duration::from_secs(3600)).clock(clock.clone()).tail(tail);
        let (layer, guard) = builder.exporter(taken.clone()).build().expect("valid settings");
        Tailed { guard, dispatch: Dispatch::new(tracing_subscriber::registry().with(layer)), clock, taken }
    }

    pub(crate) fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        with_default(&self.dispatch, work)
    }

    /// Moves the clock on.
    pub(crate) fn pass(&self, time: Duration) {
        use throughline::Clock;
        self.clock.set(self.clock.now_unix_nanos() + u64::try_from(time.as_nanos()).expect("not that long"));
    }

    /// Has the worker come round; the ledger must balance.
    pub(crate) fn round(&self) -> Stats {
        self.guard.flush(LONG).expect("an exporter that takes everything");
        self.stats()
    }

    #[track_caller]
    pub(crate) fn stats(&self) -> Stats {
        let stats = self.guard.stats();
        assert!(stats.is_balanced(), "{stats}");
        assert_eq!(stats.exporters[0].exported + stats.exporters[0].queued, stats.finished, "{stats}");
        stats
    }

    pub(crate) fn tail(&self) -> TailStats {
        self.stats().tail.expect("there is a tail")
    }

    pub(crate) fn shut_down(&self) -> Vec<SpanData> {
        self.guard.shutdown(LONG).expect("an exporter that takes everything");
        self.stats();
        self.spans()
    }

    /// The spans that were exported until now.
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.both().into_iter().map(|(span, _)| span).collect()
    }

    fn both(&self) -> Vec<(SpanData, bool)> {
        self.taken.spans.lock().expect("no test panics with the lock").clone()
    }

    /// Their names, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.spans().into_iter().map(|span| span.name).collect();
        names.sort();
        names
    }

    pub(crate) fn logs(&self) -> Vec<LogData> {
        self.taken.logs.lock().expect("no test panics with the lock").clone()
    }

    /// `sampling.reason` of the local roots, by their names; no other span has one.
    #[track_caller]
    pub(crate) fn reasons(&self) -> BTreeMap<String, String> {
        let mut reasons = BTreeMap::new();
        for (span, is_root) in self.both() {
            let reason = text(&span.attributes, "sampling.reason").map(str::to_owned);
            assert_eq!(reason.is_some(), is_root, "{}: {reason:?}", span.name);
            reasons.extend(reason.map(|reason| (span.name, reason)));
        }
        reasons
    }

    /// The reason of the only local root.
    #[track_caller]
    pub(crate) fn reason(&self) -> String {
        let reasons = self.reasons();
        assert_eq!(reasons.len(), 1, "{reasons:?}");
        reasons.into_values().next().expect("there is one")
    }
}

/// How many times the usual count.
pub(crate) fn soak() -> u64 {
    std::env::var("THROUGHLINE_SOAK").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}
