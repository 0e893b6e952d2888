//! `Draft`: the fields of one call (new span, record, event) encoded before any lock is taken.

use super::special::Special;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    /// How much of [`LARGE`] its buffers take.
    counted: usize,
}

/// A draft whose buffers one huge value has blown up is not kept.
pub(super) const MAX_KEPT: usize = 64 * 1024;
/// One of up to so many bytes always is; the larger ones of all threads together up to a bound: there may be thousands of
/// threads, and none of this is in the count of `queue_bytes`.
const SMALL: usize = 4 * 1024;
const MOST_LARGE: usize = 4 << 20;

static LARGE: AtomicUsize = AtomicUsize::new(0);

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
        self.log.clear();
        let held = self.held();
        if held > SMALL || self.counted > 0 {
            self.keep_or_free(held);
        }
    }

    /// Bytes of its buffers.
    #[inline]
    fn held(&self) -> usize {
        self.bytes.capacity() + self.log.capacity() + self.text.capacity() + self.special.held()
    }

    /// Keeps large buffers where there is room for them among those of all threads.
    #[cold]
    fn keep_or_free(&mut self, held: usize) {
        // Relaxed throughout: only the sum matters, it orders nothing.
        LARGE.fetch_sub(std::mem::take(&mut self.counted), Ordering::Relaxed);
        if held <= SMALL {
            return;
        }
        if held <= MAX_KEPT && LARGE.fetch_add(held, Ordering::Relaxed) + held <= MOST_LARGE {
            self.counted = held;
            return;
        }
        if held <= MAX_KEPT {
            LARGE.fetch_sub(held, Ordering::Relaxed);
        }
        *self = Draft::default();
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.counted > 0 {
            LARGE.fetch_sub(self.counted, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(bytes: usize) -> Draft {
        let mut draft = Draft::default();
        draft.bytes.reserve_exact(bytes);
        draft.clear();
        draft
    }

    #[test]
    fn small_buffers_are_kept_large_ones_up_to_a_bound_and_huge_ones_never() {
        assert!(used(SMALL).held() >= SMALL);
        assert_eq!(used(MAX_KEPT + 1).held(), 0);
        // Other tests of this process keep some, too.
        let kept: Vec<_> = (0..2 * MOST_LARGE / MAX_KEPT).map(|_| used(MAX_KEPT)).collect();
        let sum: usize = kept.iter().map(Draft::held).sum();
        assert!(sum > 0 && sum <= MOST_LARGE, "{sum}");
        assert!(kept.iter().all(|draft| draft.counted == draft.held()));
        drop(kept);
        assert!(used(MAX_KEPT).held() > 0, "there is room again");
    }

    #[test]
    fn a_buffer_that_was_swapped_away_is_counted_no_more() {
        let mut draft = used(MAX_KEPT);
        assert!(draft.counted > 0);
        draft.bytes = Vec::new();
        draft.clear();
        assert_eq!((draft.counted, draft.held()), (0, 0));
    }
}
