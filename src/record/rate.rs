//! `Rate`: a bound on how many log records a callsite makes in a second.

use std::sync::atomic::{AtomicU64, Ordering};

/// A count that starts anew with every second: the second in the upper half, the count in the lower.
#[derive(Debug, Default)]
pub(crate) struct Rate(AtomicU64);

const NANOS: u64 = 1_000_000_000;

// === impl Rate ===

impl Rate {
    /// Counts one more at this time; `false` if there have been `most` in this second. 0 is no bound.
    #[inline]
    pub(crate) fn admits(&self, now_unix_nanos: u64, most: u32) -> bool {
        if most == 0 {
            return true;
        }
        // The lower 32 bits of the second tell it from its neighbours.
        let second = (now_unix_nanos / NANOS) << 32;
        let count = |value: u64| {
            let counted = if value & !u64::from(u32::MAX) == second { value as u32 } else { 0 };
            (counted < most).then(|| second | u64::from(counted + 1))
        };
        // Relaxed: only the count itself matters, it orders nothing.
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_pass_in_each_second_and_no_more() {
        let rate = Rate::default();
        let passed = |second: u64| (0..10).filter(|at| rate.admits(second * NANOS + at, 3)).count();
        assert_eq!([passed(7), passed(7), passed(8), passed(9_999_999_999)], [3, 0, 3, 3]);
        assert_eq!((0..10).filter(|_| rate.admits(7, 0)).count(), 10, "0 is no bound");
    }
}
