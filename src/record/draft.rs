//! `Draft`: the fields of one call (new span, record, event) encoded before any lock is taken.

use crate::wire::{SpanKind, StatusCode};

/// Encoded fields on their way into a span. Reused call after call; while one is in use a nested call (a field's
/// `Debug` may itself log) gets another.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// Encoded attributes, one after another; of an event, its whole message.
    pub(crate) bytes: Vec<u8>,
    /// Where in `bytes` the attributes start that come from values of the call.
    pub(crate) start: usize,
    /// Of an event: where its fields end.
    pub(crate) end: usize,
    /// How many those are.
    pub(crate) count: usize,
    /// A bit for each of the callsite's fields among them.
    pub(crate) seen: u64,
    /// Some of them must be looked for in the span by their keys.
    pub(crate) search: bool,
    /// Of an event: attributes over the limit.
    pub(crate) dropped: u32,
    /// The event once more as an OTLP `LogRecord`, but for what its span tells; empty: it becomes none.
    pub(crate) log: Vec<u8>,
    /// Where the texts of special fields are formatted.
    pub(crate) text: Vec<u8>,
    /// Special fields, and what an event does to its span.
    pub(crate) special: Special,
}

/// What has a meaning beyond an attribute. Texts are valid when their flag is set (they keep their buffers).
#[derive(Debug, Default)]
pub(crate) struct Special {
    pub(crate) any: bool,
    /// `otel.name` of a span, `message` of an event.
    pub(crate) has_name: bool,
    pub(crate) name: String,
    /// Of an event: it has a message that is not exported.
    pub(crate) hidden_message: bool,
    pub(crate) kind: Option<SpanKind>,
    pub(crate) status_code: Option<StatusCode>,
    pub(crate) has_description: bool,
    pub(crate) description: String,
    /// Of an event: the text of its field `error`.
    pub(crate) has_error: bool,
    pub(crate) error: String,
    /// Of an event: the type of the error, where it is known.
    pub(crate) error_type: String,
    /// `exception.*` attributes for the span, with their keys, where it is not yet known whether it has better ones.
    pub(crate) exception: Vec<(&'static str, Vec<u8>)>,
}

/// A buffer that one huge value has blown up is not kept.
const MAX_KEPT: usize = 64 * 1024;

// === impl Draft ===

impl Draft {
    /// Empties it for the next call.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
        self.end = 0;
        self.log.clear();
        self.count = 0;
        self.seen = 0;
        self.search = false;
        self.dropped = 0;
        if self.special.any {
            self.special.clear();
        }
        if [&self.bytes, &self.log, &self.text].iter().any(|buffer| buffer.capacity() > MAX_KEPT) {
            *self = Draft::default();
        }
    }
}

// === impl Special ===

impl Special {
    fn clear(&mut self) {
        self.any = false;
        self.has_name = false;
        self.name.clear();
        self.hidden_message = false;
        self.kind = None;
        self.status_code = None;
        self.has_description = false;
        self.description.clear();
        self.has_error = false;
        self.error.clear();
        self.error_type.clear();
        self.exception.clear();
        for text in [&mut self.name, &mut self.description, &mut self.error] {
            if text.capacity() > MAX_KEPT {
                *text = String::new();
            }
        }
    }
}
