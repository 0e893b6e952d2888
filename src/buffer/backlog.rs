//! `Backlog`: how many spans, or log records, wait or are under way, where their number is bounded.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The worker is woken each time a backlog has grown by this part of its bound.
const PARTS: usize = 4;

/// Counts those that are framed and not yet delivered or given up, against a bound.
#[derive(Debug)]
pub(crate) struct Backlog {
    waiting: AtomicUsize,
    bound: usize,
}

// === impl Backlog ===

impl Backlog {
    pub(crate) fn new(bound: usize) -> Self {
        Backlog { waiting: AtomicUsize::new(0), bound }
    }

    /// Counts one more; `None` if that is over the bound. `Some(true)`: it is time to wake the worker.
    pub(crate) fn admit(&self) -> Option<bool> {
        // Relaxed throughout: only the count itself matters, it orders nothing.
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        if before >= self.bound {
            self.release(1);
            return None;
        }
        Some((before + 1).is_multiple_of((self.bound / PARTS).max(1)))
    }

    /// So many more wait, over the bound or not.
    pub(crate) fn add(&self, count: usize) {
        self.waiting.fetch_add(count, Ordering::Relaxed);
    }

    /// So many are settled.
    pub(crate) fn release(&self, count: usize) {
        self.waiting.fetch_sub(count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_bound_is_admitted_and_each_quarter_wakes() {
        let backlog = Backlog::new(8);
        let admitted: Vec<_> = (0..10).map(|_| backlog.admit()).collect();
        let (plain, wakes) = (Some(false), Some(true));
        assert_eq!(admitted, [plain, wakes, plain, wakes, plain, wakes, plain, wakes, None, None]);
        backlog.release(8);
        assert_eq!(backlog.admit(), plain);
        assert_eq!(Backlog::new(1).admit(), wakes);
    }
}
