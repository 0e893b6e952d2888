//! `CapturedSpan` and `CapturedEvent`: what a test asks of a [`Trace`].

use super::text::event_name;
use super::trace::Node;
use super::{Trace, picture};
use crate::wire::{EventData, KeyValue, SpanData, SpanKind, Status, Value};
use std::fmt;

/// A span of a [`Trace`]. Prints as the part of the picture that begins with it.
#[derive(Clone, Copy)]
pub struct CapturedSpan<'a> {
    trace: &'a Trace,
    at: usize,
}

/// An event of a [`CapturedSpan`].
#[derive(Clone, Copy)]
pub struct CapturedEvent<'a>(&'a EventData);

// === impl CapturedSpan ===

impl<'a> CapturedSpan<'a> {
    pub(super) fn new(trace: &'a Trace, at: usize) -> Self {
        CapturedSpan { trace, at }
    }

    fn node(self) -> &'a Node {
        &self.trace.nodes[self.at]
    }

    /// All that was recorded, ids and times included.
    #[must_use]
    pub fn data(self) -> &'a SpanData {
        &self.node().data
    }

    /// The name of the operation.
    #[must_use]
    pub fn name(self) -> &'a str {
        &self.data().name
    }

    /// The role of the span.
    #[must_use]
    pub fn kind(self) -> SpanKind {
        self.data().kind
    }

    /// How the operation ended.
    #[must_use]
    pub fn status(self) -> &'a Status {
        &self.data().status
    }

    /// Whether the span was still open when the capture ended.
    #[must_use]
    pub fn is_unfinished(self) -> bool {
        self.node().unfinished
    }

    /// Whether the span hangs under no other span of the capture; its parent may be remote.
    #[must_use]
    pub fn is_root(self) -> bool {
        self.parent().is_none()
    }

    /// The span that it hangs under, if that belongs to the capture.
    #[must_use]
    pub fn parent(self) -> Option<CapturedSpan<'a>> {
        self.node().parent.map(|at| CapturedSpan::new(self.trace, at))
    }

    /// The spans that hang directly under it, in the order of the picture.
    #[must_use]
    pub fn children(self) -> Vec<CapturedSpan<'a>> {
        self.node().children.iter().map(|at| CapturedSpan::new(self.trace, *at)).collect()
    }

    /// The value of an attribute, which compares with numbers, texts and truth values of Rust.
    ///
    /// # Panics
    ///
    /// If there is no such attribute; the message names those that there are.
    #[track_caller]
    #[must_use]
    pub fn attr(self, key: &str) -> &'a Value {
        value_of("span", self.name(), &self.data().attributes, key)
    }

    /// The value of an attribute, if there is such a one.
    #[must_use]
    pub fn try_attr(self, key: &str) -> Option<&'a Value> {
        find(&self.data().attributes, key)
    }

    /// The events, in the order in which they happened.
    #[must_use]
    pub fn events(self) -> Vec<CapturedEvent<'a>> {
        self.data().events.iter().map(CapturedEvent).collect()
    }

    /// The event with this name, which is its message.
    ///
    /// # Panics
    ///
    /// If there is none or more than one; the message has the picture of the span. For one of several, search
    /// [`events`](CapturedSpan::events).
    #[track_caller]
    #[must_use]
    pub fn event(self, name: &str) -> CapturedEvent<'a> {
        one_named("event", name, self.events(), CapturedEvent::name, || self.to_string())
    }
}

/// The same span of the same trace.
impl PartialEq for CapturedSpan<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.data(), other.data())
    }
}

impl fmt::Display for CapturedSpan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&picture::lines(self.trace, &[self.at]).join("\n"))
    }
}

impl fmt::Debug for CapturedSpan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// === impl CapturedEvent ===

impl<'a> CapturedEvent<'a> {
    /// All that was recorded, the time included.
    #[must_use]
    pub fn data(self) -> &'a EventData {
        self.0
    }

    /// The event's message; `event` if it has none, where [`data`](CapturedEvent::data) has its place in the source too.
    #[must_use]
    pub fn name(self) -> &'a str {
        event_name(&self.0.name)
    }

    /// As [`CapturedSpan::attr`].
    ///
    /// # Panics
    ///
    /// If there is no such attribute; the message names those that there are.
    #[track_caller]
    #[must_use]
    pub fn attr(self, key: &str) -> &'a Value {
        value_of("event", self.name(), &self.0.attributes, key)
    }

    /// As [`CapturedSpan::try_attr`].
    #[must_use]
    pub fn try_attr(self, key: &str) -> Option<&'a Value> {
        find(&self.0.attributes, key)
    }
}

impl fmt::Debug for CapturedEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&picture::event(self.0, &[]))
    }
}

fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
}

#[track_caller]
fn value_of<'a>(what: &str, name: &str, attributes: &'a [KeyValue], key: &str) -> &'a Value {
    // No closure: a panic in one names its own line.
    if let Some(value) = find(attributes, key) {
        return value;
    }
    let present = picture::attributes(attributes, &[]);
    let present = if present.is_empty() { " none" } else { &present };
    panic!("the {what} {name:?} has no attribute {key:?}; it has:{present}")
}

/// The only one with this name.
#[track_caller]
pub(super) fn one_named<'a, T: Copy>(
    what: &str,
    name: &str,
    all: Vec<T>,
    name_of: fn(T) -> &'a str,
    picture: impl FnOnce() -> String,
) -> T {
    let named: Vec<T> = all.into_iter().filter(|one| name_of(*one) == name).collect();
    match named[..] {
        [one] => one,
        [] => panic!("no {what} is called {name:?} here:\n\n{}\n", picture::indented(&picture())),
        _ => {
            let count = named.len();
            panic!("{count} {what}s are called {name:?} here:\n\n{}\n", picture::indented(&picture()))
        }
    }
}
