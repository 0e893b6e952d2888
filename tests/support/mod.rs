//! What the integration tests share: a subscriber whose spans end up in a list.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

pub mod collector;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use throughline::wire::{EventData, KeyValue, Value};
use throughline::{
    Batch, BoxFuture, Builder, Clock, Exporter, Guard, IdGenerator, Layer, Outcome, SpanData, SpanId, TraceId,
};
use tracing::Dispatch;
use tracing_subscriber::prelude::*;

/// Keeps every span that it is given.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Vec<SpanData>>>);

/// A layer's guard, with what was exported.
pub struct Recording {
    pub guard: Guard,
    pub kept: Kept,
}

/// Counts the spans that it is given, for tests with too many to keep.
#[derive(Clone, Default)]
pub struct Counted(Arc<AtomicU64>);

/// A clock that stands until it is moved.
#[derive(Clone, Default)]
pub struct Hand(Arc<AtomicU64>);

/// Ids that count up: traces from 1, spans from 1.
#[derive(Clone, Default)]
pub struct Numbers {
    traces: Arc<AtomicU64>,
    spans: Arc<AtomicU64>,
}

/// A writer for log lines, kept in memory.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

// === impl Kept ===

impl Exporter for Kept {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let spans = batch.spans().map(|span| span.to_data().expect("our own frames decode"));
        self.0.lock().expect("no test panics with the lock").extend(spans);
        Box::pin(async { Outcome::Accepted })
    }

    fn name(&self) -> &str {
        "kept"
    }
}

impl Kept {
    /// The spans until now.
    pub fn spans(&self) -> Vec<SpanData> {
        self.0.lock().expect("no test panics with the lock").clone()
    }
}

// === impl Recording ===

impl Recording {
    /// Builds a layer that exports into a list.
    pub fn new(builder: Builder) -> (Layer, Recording) {
        let kept = Kept::default();
        let (layer, guard) = builder.exporter(kept.clone()).build().expect("valid settings");
        (layer, Recording { guard, kept })
    }

    /// The spans that were finished until now, in the order in which they began.
    pub fn spans(&self) -> Vec<SpanData> {
        self.guard.flush(Duration::from_secs(10)).expect("an exporter that takes everything");
        self.exported()
    }

    /// The spans that were exported until now, in the order in which they began.
    pub fn exported(&self) -> Vec<SpanData> {
        let mut spans = self.kept.0.lock().expect("no test panics with the lock").clone();
        spans.sort_by_key(|span| span.start_unix_nanos);
        spans
    }

    /// Shuts down, open spans included, and gives all that was exported.
    pub fn shut_down(&self) -> Vec<SpanData> {
        self.guard.shutdown(Duration::from_secs(10)).expect("an exporter that takes everything");
        self.exported()
    }

    /// The only span with this name.
    pub fn span(&self, name: &str) -> SpanData {
        let mut named: Vec<_> = self.spans().into_iter().filter(|span| span.name == name).collect();
        assert_eq!(named.len(), 1, "spans named {name:?}");
        named.remove(0)
    }
}

// === impl Counted ===

impl Counted {
    pub fn spans(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Exporter for Counted {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        self.0.fetch_add(batch.len() as u64, Ordering::Relaxed);
        Box::pin(async { Outcome::Accepted })
    }

    fn name(&self) -> &str {
        "counted"
    }
}

// === impl Hand ===

impl Hand {
    /// A clock at this time, and its layer's builder.
    pub fn at(nanos: u64) -> Hand {
        let hand = Hand::default();
        hand.set(nanos);
        hand
    }

    pub fn set(&self, nanos: u64) {
        self.0.store(nanos, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now_unix_nanos(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

// === impl Numbers ===

impl IdGenerator for Numbers {
    fn trace_id(&self) -> TraceId {
        TraceId::from_u128(u128::from(self.traces.fetch_add(1, Ordering::Relaxed)) + 1)
    }

    fn span_id(&self) -> SpanId {
        SpanId::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

// === impl Lines ===

impl Lines {
    /// All that was written.
    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).expect("log lines are text")
    }

    /// The lines, one by one.
    pub fn all(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }

    /// The only line that contains this.
    pub fn with(&self, part: &str) -> String {
        let mut found: Vec<_> = self.all().into_iter().filter(|line| line.contains(part)).collect();
        assert_eq!(found.len(), 1, "lines with {part:?} in {}", self.text());
        found.remove(0)
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Waits, for 10 seconds at most, until something has come true.
pub fn until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(10), "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Runs `f` on a thread of its own and fails if it does not come back within 10 seconds.
pub fn without_hanging<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let _ = sender.send(f());
    });
    match receiver.recv_timeout(Duration::from_secs(10)) {
        Ok(result) => result,
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(_) => std::panic::resume_unwind(thread.join().expect_err("it sent nothing")),
    }
}

/// Whether one span is the direct child of another.
#[track_caller]
pub fn assert_child(child: &SpanData, parent: &SpanData) {
    assert_eq!(child.trace_id, parent.trace_id, "{} and {} are of one trace", child.name, parent.name);
    assert_eq!(child.parent_span_id, parent.span_id, "{} is a child of {}", child.name, parent.name);
    assert_ne!(child.span_id, parent.span_id);
}

/// Runs `f` under a subscriber of its own with a throughline layer, and gives what was recorded.
pub fn record(builder: Builder, f: impl FnOnce()) -> Recording {
    let (layer, recording) = Recording::new(builder);
    tracing::dispatcher::with_default(&Dispatch::new(tracing_subscriber::registry().with(layer)), f);
    recording
}

/// A builder without the automatic attributes.
pub fn bare() -> Builder {
    throughline::builder().code_attributes(false).thread_attributes(false).target_attribute(false)
}

/// The value of an attribute; panics if the key is there more than once.
pub fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let mut found = attributes.iter().filter(|attribute| attribute.key == key);
    let first = found.next();
    assert!(found.next().is_none(), "{key} is there twice");
    first.map(|attribute| &attribute.value)
}

/// An attribute's value as text.
pub fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    attribute(attributes, key).map(|value| match value {
        Value::String(text) => text.as_str(),
        other => panic!("{key} is not text: {other:?}"),
    })
}

/// The names of events.
pub fn names(events: &[EventData]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}
