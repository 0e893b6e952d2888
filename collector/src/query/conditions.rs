//! `Conditions`: what a search asks of a trace. One span must meet all of them.

use super::text::value_text;
use crate::store::{Span, Store, Trace, TraceSummary};
use throughline::wire::{KeyValue, Value};

/// Traces opened at a time.
const PAGE: usize = 64;

/// What a search asks; a condition that is absent always holds.
#[derive(Clone, Debug)]
pub(crate) struct Conditions {
    pub(crate) service: Option<String>,
    pub(crate) operation: Option<String>,
    /// Attributes by key and text.
    pub(crate) attributes: Vec<(String, String)>,
    /// Bounds of the duration in nanoseconds, inclusive.
    pub(crate) duration: (u64, u64),
    /// Bounds of the start in nanoseconds since the Unix epoch, inclusive.
    pub(crate) window: (u64, u64),
}

/// The newest traces with a span that meets `conditions`, newest first, until `found` has had enough.
pub(crate) fn search(store: &Store, conditions: &Conditions, mut found: impl FnMut(Trace) -> bool) {
    let mut after = None;
    loop {
        let page = store.page(after, PAGE, |summary| conditions.may_match(summary));
        let Some((_, last)) = page.last() else { return };
        after = Some((last.start_unix_nanos, last.id));
        for (trace, _) in page {
            if trace.spans().any(|span| conditions.matches(span)) && !found(trace) {
                return;
            }
        }
    }
}

// === impl Conditions ===

impl Conditions {
    /// Whether a trace of this summary may hold a span that matches.
    fn may_match(&self, summary: &TraceSummary) -> bool {
        let (from, to) = self.window;
        let duration = summary.end_unix_nanos.saturating_sub(summary.start_unix_nanos);
        summary.latest_start >= from
            && summary.start_unix_nanos <= to
            && (duration >= self.duration.0 || summary.start_unix_nanos == 0)
            && self.service.as_ref().is_none_or(|name| summary.services.iter().any(|s| *s.name == **name))
    }

    fn matches(&self, span: &Span) -> bool {
        let data = span.data();
        let duration = data.end_unix_nanos.saturating_sub(data.start_unix_nanos);
        (self.window.0..=self.window.1).contains(&data.start_unix_nanos)
            && (self.duration.0..=self.duration.1).contains(&duration)
            && self.service.as_ref().is_none_or(|name| name == span.service())
            && self.operation.as_ref().is_none_or(|name| *name == data.name)
            && self.attributes.iter().all(|(key, text)| has_attribute(span, key, text))
    }
}

/// Whether the span, its scope, its resource or one of its events has the attribute.
fn has_attribute(span: &Span, key: &str, text: &str) -> bool {
    if key == "error" && matches!(text, "true" | "false") {
        return is_failed(span) == (text == "true");
    }
    let data = span.data();
    let lists = [&data.attributes, &span.scope().attributes, &span.source().resource().attributes];
    let events = data.events.iter().map(|event| &event.attributes);
    lists
        .into_iter()
        .chain(events)
        .any(|list| first(list, key).is_some_and(|value| value_text(value) == text))
}

/// `error=true` asks for failed spans: by status, or by an attribute of older senders.
fn is_failed(span: &Span) -> bool {
    span.is_error()
        || match first(&span.data().attributes, "error") {
            Some(Value::Bool(error)) => *error,
            Some(Value::String(error)) => error == "true",
            _ => false,
        }
}

/// The value of the first attribute with this key.
fn first<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
}
