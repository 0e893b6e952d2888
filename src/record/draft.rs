//! `Draft`: the fields of one call (new span, record, event) encoded before any lock is taken.

use super::special::Special;

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

/// A buffer that one huge value has blown up is not kept.
pub(super) const MAX_KEPT: usize = 64 * 1024;

// === impl Draft ===

impl Draft {
    /// Empties it for the next call.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
        self.count = 0;
        self.seen = 0;
        self.search = false;
        self.dropped = 0;
        if self.special.any {
            self.special.clear();
        }
        if !self.log.is_empty() {
            self.log.clear();
            self.log.shrink_to(MAX_KEPT);
        }
        if self.bytes.capacity() > MAX_KEPT || self.text.capacity() > MAX_KEPT {
            *self = Draft::default();
        }
    }
}
