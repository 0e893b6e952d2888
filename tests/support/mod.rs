//! What the integration tests share: a subscriber whose spans end up in a list.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::sync::{Arc, Mutex};
use std::time::Duration;
use throughline::wire::{EventData, KeyValue, Value};
use throughline::{Batch, BoxFuture, Builder, Exporter, Guard, Layer, Outcome, SpanData};
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
        let mut spans = self.kept.0.lock().expect("no test panics with the lock").clone();
        spans.sort_by_key(|span| span.start_unix_nanos);
        spans
    }

    /// The only span with this name.
    pub fn span(&self, name: &str) -> SpanData {
        let mut named: Vec<_> = self.spans().into_iter().filter(|span| span.name == name).collect();
        assert_eq!(named.len(), 1, "spans named {name:?}");
        named.remove(0)
    }
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
