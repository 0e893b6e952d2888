//! `Backoff`: how long to wait before the next attempt.

use crate::context::IdRng;
use std::time::Duration;

/// What the receiver asks for counts up to this; longer waits are past any bound of retries.
const MOST_ASKED: Duration = Duration::from_secs(365 * 24 * 3600);

/// The bounds of waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waits {
    /// The first one, unless the receiver asks for another.
    pub(crate) first: Duration,
    /// None grows over this by itself.
    pub(crate) longest: Duration,
}

/// Exponential backoff with jitter, for the attempts of one batch.
pub(crate) struct Backoff {
    next: Duration,
    waits: Waits,
    rng: IdRng,
}

// === impl Backoff ===

impl Backoff {
    pub(crate) fn new(waits: Waits, rng: IdRng) -> Self {
        Backoff { next: waits.first, waits, rng }
    }

    /// The next wait. What the receiver asked for is a lower bound, and what later waits grow from.
    pub(crate) fn wait(&mut self, asked: Option<Duration>) -> Duration {
        let Waits { first, longest } = self.waits;
        let base = asked.map_or(self.next, |asked| asked.clamp(self.next.min(first), MOST_ASKED));
        self.next = (base * 3 / 2).min(longest.max(base));
        // Between the base and one and a half of it: many processes that failed together do not come back together.
        let jitter = (self.rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        base + base.mul_f64(jitter / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(500);
    const LONGEST: Duration = Duration::from_secs(15);

    fn within(first: Duration, longest: Duration) -> Backoff {
        Backoff::new(Waits { first, longest }, IdRng::unseeded())
    }

    #[test]
    fn waits_grow_with_jitter_and_respect_what_was_asked() {
        let mut backoff = within(FIRST, LONGEST);
        let waits: Vec<_> = (0..20).map(|_| backoff.wait(None)).collect();
        assert!(waits[0] >= FIRST && waits[0] <= FIRST * 3 / 2);
        assert!(waits.iter().all(|wait| *wait <= LONGEST * 3 / 2));
        assert!(*waits.last().expect("20 waits") >= LONGEST);
        let mut asked = within(FIRST, LONGEST);
        assert!(asked.wait(Some(Duration::from_secs(7))) >= Duration::from_secs(7));
        assert!(asked.wait(None) >= Duration::from_secs(7), "later waits grow from what was asked");
        assert!(asked.wait(Some(Duration::MAX)) >= MOST_ASKED, "no overflow");
    }
    #[test]
    fn waits_of_nothing_and_without_end_are_no_overflow() {
        let mut none = within(Duration::ZERO, Duration::ZERO);
        assert!((0..100).all(|_| none.wait(None).is_zero()));
        let mut longest = within(MOST_ASKED, MOST_ASKED);
        assert!((0..100).all(|_| longest.wait(None) >= MOST_ASKED));
        assert!(longest.wait(Some(Duration::MAX)) >= MOST_ASKED);
    }
}
