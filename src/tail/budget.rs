//! `Budget`: so many spans a second.

use std::time::Instant;

/// A bucket that holds what one second gives.
#[derive(Debug)]
pub(super) struct Budget {
    per_second: f64,
    left: f64,
    filled: Instant,
    /// It has refused something, and has not been full again since.
    short: bool,
}

// === impl Budget ===

impl Budget {
    pub(super) fn new(per_second: f64, now: Instant) -> Budget {
        Budget { per_second, left: per_second, filled: now, short: false }
    }

    /// Takes what must be kept: into debt of at most a second's worth. Whether there was enough.
    pub(super) fn take(&mut self, spans: u64, now: Instant) -> bool {
        self.fill(now);
        let enough = self.left >= spans as f64;
        self.left = (self.left - spans as f64).max(-self.per_second);
        enough
    }

    /// Takes what may be kept: only while anything is left. Whether it did.
    ///
    /// A trace larger than a second's worth passes too, and those after it wait for that.
    pub(super) fn allows(&mut self, spans: u64, now: Instant) -> bool {
        self.fill(now);
        let allowed = self.left > 0.0;
        match allowed {
            true => self.left = (self.left - spans as f64).max(-self.per_second),
            false => self.short = true,
        }
        allowed
    }

    /// Whether what is kept now tells nothing of how many there were.
    pub(super) fn is_short(&self) -> bool {
        self.short
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = self.filled.max(now);
        self.left = (self.left + passed * self.per_second).min(self.per_second);
        if self.left >= self.per_second {
            self.short = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn over_some_seconds_it_gives_what_it_says_and_no_more() {
        let begun = Instant::now();
        let mut budget = Budget::new(100.0, begun);
        let at = |milli| begun + Duration::from_millis(milli);
        // 10 spans each millisecond, for 10 seconds.
        let given = (0..10_000).filter(|milli| budget.allows(10, at(*milli))).count() * 10;
        assert!((1_000..=1_120).contains(&given), "{given}");
        assert!(budget.is_short());
        budget.fill(at(20_000));
        assert!(!budget.is_short() && budget.allows(1, at(20_000)));
    }

    #[test]
    fn what_must_be_kept_leaves_a_debt_of_a_second_at_most() {
        let begun = Instant::now();
        let mut budget = Budget::new(100.0, begun);
        assert!(budget.take(60, begun) && !budget.take(60, begun) && !budget.take(10_000, begun));
        assert!(!budget.allows(1, begun + Duration::from_millis(900)));
        assert!(budget.allows(1, begun + Duration::from_millis(1_100)));
    }

    #[test]
    fn nothing_is_a_budget_too() {
        let now = Instant::now();
        assert!(!Budget::new(0.0, now).allows(1, now));
    }
}
