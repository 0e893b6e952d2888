//! The trace in a comment of a query, as SQLCommenter has it, so that the database's own log knows it.

use super::dialect::takes_commands;
use crate::layer::SpanExt;
use crate::propagation::{self, Inject};
use std::borrow::Cow;
use tracing::Span;

/// The headers that go into a comment, in their order: baggage is not the database's business.
const KEYS: [&str; 2] = ["traceparent", "tracestate"];

/// Headers on their way into a comment.
#[derive(Default)]
struct Comment([Option<String>; KEYS.len()]);

/// The query with the context of the span in a comment at its end: `SELECT 1 /*traceparent='00-...-01'*/`.
///
/// What databases keep for each text of a query, such as plans, they keep for each trace then: leave it to queries that are
/// not prepared. Written is what the process propagates of `traceparent` and `tracestate`, percent-coded (SQLCommenter,
/// "Key Value Serialization"). A `;` at the end stays there.
///
/// The query is returned as it is if there is a comment in it, or anything that may be one, in a literal too (`--`, `/*`, in
/// MySQL and systems not known here `#`); of a system that takes commands and knows no comments (`redis`); if the span is not recorded; and if it is no more than blanks. With that the context
/// is handed out: see [`SpanExt::context`].
///
/// ```
/// # use throughline::{db, testing::capture};
/// # capture(|| {
/// let query = "SELECT id FROM orders";
/// let span = db::query_span("postgresql", query);
/// let query = db::with_traceparent(&span, "postgresql", query);
/// assert!(query.starts_with("SELECT id FROM orders /*traceparent='00-"));
/// # });
/// ```
#[must_use]
pub fn with_traceparent<'a>(span: &Span, system: &str, query: &'a str) -> Cow<'a, str> {
    let end = query.trim_end_matches(|c: char| c == ';' || c.is_ascii_whitespace()).len();
    if end == 0 || takes_commands(system) || may_have_comment(query, system) {
        return Cow::Borrowed(query);
    }
    let mut comment = Comment::default();
    propagation::inject_context(&span.context(), &mut comment);
    let text = comment.text();
    if text.is_empty() {
        return Cow::Borrowed(query);
    }
    Cow::Owned(format!("{} /*{text}*/{}", &query[..end], &query[end..]))
}

fn may_have_comment(query: &str, system: &str) -> bool {
    let hash = super::dialect::Dialect::of(system).hash() != super::dialect::Begins::Nothing;
    query.as_bytes().windows(2).any(|pair| pair == b"--" || pair == b"/*") || hash && query.contains('#')
}

// === impl Comment ===

impl Comment {
    /// What goes between the marks of a comment; empty if there is nothing.
    fn text(&self) -> String {
        let mut text = String::new();
        for (key, value) in KEYS.iter().zip(&self.0) {
            let Some(value) = value else { continue };
            let comma = if text.is_empty() { "" } else { "," };
            text.push_str(&format!("{comma}{key}='"));
            value.bytes().for_each(|byte| put(&mut text, byte));
            text.push('\'');
        }
        text
    }
}

impl Inject for Comment {
    fn set(&mut self, key: &str, value: &str) {
        if let Some(index) = KEYS.iter().position(|known| *known == key) {
            self.0[index] = Some(value.to_owned());
        }
    }
}

/// Quotes, and what ends a comment, are percent-coded with all else, so no other escape is left to be made.
fn put(text: &mut String, byte: u8) {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
        _ => text.push_str(&format!("%{byte:02X}")),
    }
}
