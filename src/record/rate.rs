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
        let second = (now_unix_nanos / NANOS) as u32;
        let count = |value: u64| {
            let begun = (value >> 32) as u32;
            // Threads do not read the clock in the order in which they come here: whoever is late counts in the second
            // that has begun, else the two sides of a boundary would start it anew in turns.
            let same = begun == second || begun == second.wrapping_add(1);
            let (second, counted) = if same { (begun, value as u32) } else { (second, 0) };
            (counted < most).then(|| u64::from(second) << 32 | u64::from(counted + 1))
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

    #[test]
    fn a_clock_that_goes_back_and_forth_over_a_second_starts_no_new_one() {
        let rate = Rate::default();
        let clock = |at: u64| if at.is_multiple_of(2) { 6 * NANOS } else { 6 * NANOS - 1 };
        assert_eq!((0..100).filter(|at| rate.admits(clock(*at), 3)).count(), 3);
        assert!(rate.admits(2 * NANOS, 3), "a clock that was set back");
    }
}
