//! `Memory`: the one number that bounds what the recorder, the queue and the exporters hold.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::Notify;

/// Bytes reserved out of a fixed bound (`queue_bytes`): bodies of open spans, segments, batches.
///
/// What is counted is capacity, the bytes asked of the allocator, not the bytes filled.
#[derive(Debug)]
pub(crate) struct Memory {
    used: AtomicUsize,
    bound: usize,
    /// Wakes the worker when memory becomes short: many threads may hold all of it in segments of which none is full.
    short: Notify,
    told: AtomicBool,
}

// === impl Memory ===

impl Memory {
    pub(crate) fn new(bound: usize) -> Self {
        Memory { used: AtomicUsize::new(0), bound, short: Notify::new(), told: AtomicBool::new(false) }
    }

    /// Takes `bytes`, or nothing and `false` if they would exceed the bound.
    pub(crate) fn reserve(&self, bytes: usize) -> bool {
        // Relaxed throughout: only the count itself matters, it orders nothing.
        let add = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.bound);
        let before = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        if before.is_err() || before.is_ok_and(|before| before + bytes > self.bound / 2) {
            self.tell();
        }
        before.is_ok()
    }

    /// Takes `bytes` that are in use already, bound or not.
    pub(crate) fn take(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Wakes the worker, unless it has been already and has not come yet.
    #[cold]
    fn tell(&self) {
        if !self.told.load(Ordering::Relaxed) && !self.told.swap(true, Ordering::Relaxed) {
            self.short.notify_one();
        }
    }

    /// Resolves when memory is short, once for each time until [`heed`](Self::heed).
    pub(crate) async fn short(&self) {
        self.short.notified().await;
    }

    /// The worker is about to free what it can.
    pub(crate) fn heed(&self) {
        self.told.store(false, Ordering::Relaxed);
    }

    pub(crate) fn release(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether more than half of it is in use.
    pub(crate) fn is_tight(&self) -> bool {
        self.used() > self.bound / 2
    }

    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_bound_is_ever_given_out() {
        let memory = Memory::new(100);
        assert!(memory.reserve(60));
        assert!(!memory.reserve(41));
        assert!(!memory.reserve(usize::MAX));
        assert!(memory.reserve(40));
        memory.release(100);
        assert_eq!(memory.used(), 0);
    }
}
