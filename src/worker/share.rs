//! `Share`: how much of the memory bound one exporter's queue may hold (DESIGN D7), so that one that hangs leaves room for
//! what goes to the others.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of batches that wait at one exporter, or are being exported.
#[derive(Debug)]
pub(super) struct Share {
    held: AtomicUsize,
    most: usize,
}

// === impl Share ===

impl Share {
    /// Of one of so many queues. A single one may have all there is: then the recorder refuses what is too much.
    pub(super) fn of(queue_bytes: usize, lanes: usize) -> Share {
        Share { held: AtomicUsize::new(0), most: if lanes > 1 { queue_bytes / 2 } else { usize::MAX } }
    }

    /// Takes bytes, or nothing and `false` if that would be more than the share. A queue that is empty takes any batch.
    pub(super) fn take(&self, bytes: usize) -> bool {
        // Relaxed throughout: only the loop takes, and it may see too much held, never too little.
        let held = self.held.load(Ordering::Relaxed);
        let fits = held == 0 || held.saturating_add(bytes) <= self.most;
        if fits {
            self.held.fetch_add(bytes, Ordering::Relaxed);
        }
        fits
    }

    pub(super) fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_has_half_and_a_single_one_all() {
        let (one, single) = (Share::of(100, 2), Share::of(100, 1));
        assert!(one.take(30) && !one.take(21) && one.take(20));
        one.give_back(50);
        assert!(one.take(70), "a batch of its own is never too large");
        assert!(!one.take(1));
        assert!(single.take(70) && single.take(70));
    }
}
