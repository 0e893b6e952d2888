//! `Counts`: what was wrong with headers. One for the process, as the propagators are.

use std::sync::atomic::{AtomicU64, Ordering};

static INVALID: AtomicU64 = AtomicU64::new(0);
static DROPPED_BAGGAGE: AtomicU64 = AtomicU64::new(0);
static REPLACED_IDS: AtomicU64 = AtomicU64::new(0);

/// What was wrong with the headers that came in, since the process began. Made by [`counts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Headers, or members of a list in one, that were malformed or contradicted themselves, and were ignored.
    pub invalid: u64,
    /// Members of baggage that there was no room for.
    pub dropped_baggage: u64,
    /// Correlation ids that cannot be ones, and were replaced.
    pub replaced_correlation_ids: u64,
}

/// What was wrong with the headers that came in, whichever layer or none read them.
#[must_use]
pub fn counts() -> Counts {
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
    Counts {
        invalid: read(&INVALID),
        dropped_baggage: read(&DROPPED_BAGGAGE),
        replaced_correlation_ids: read(&REPLACED_IDS),
    }
}

#[cold]
pub(super) fn invalid(headers: usize) {
    INVALID.fetch_add(headers as u64, Ordering::Relaxed);
}

#[cold]
pub(crate) fn dropped_baggage(members: usize) {
    DROPPED_BAGGAGE.fetch_add(members as u64, Ordering::Relaxed);
}

#[cold]
pub(super) fn replaced_correlation_id() {
    REPLACED_IDS.fetch_add(1, Ordering::Relaxed);
}
