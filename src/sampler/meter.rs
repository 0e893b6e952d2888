//! `Meter`: lets so many through in a second, whichever thread they come from.

use crate::sync::{AtomicU64, Ordering};

const SECOND: u64 = 1_000_000_000;
/// A longer pause between two is cut to this: a year.
const LONGEST_PAUSE: f64 = 365.0 * 24.0 * 3600.0 * SECOND as f64;

/// The generic cell rate algorithm (ITU-T I.371) on one number: when the next trace would be due if all came evenly spaced.
///
/// Of a rate over one a second at most a second's worth may come at once; of a lower one, one trace. Whichever thread
/// comes first gets it, and one that gets nothing only reads.
#[derive(Debug)]
pub(crate) struct Meter {
    /// Nanoseconds since the Unix epoch.
    due: AtomicU64,
    /// Nanoseconds between two traces; `None`: there are none.
    pause: Option<u64>,
}

// === impl Meter ===

impl Meter {
    pub(crate) fn new(per_second: f64) -> Self {
        let pause = SECOND as f64 / per_second;
        let pause = (per_second > 0.0).then(|| pause.min(LONGEST_PAUSE).round() as u64);
        Meter { due: AtomicU64::new(0), pause }
    }

    /// Whether one more may be taken at this time.
    pub(crate) fn takes(&self, now: u64) -> bool {
        let Some(pause) = self.pause else { return false };
        let ahead = SECOND.max(pause);
        // Relaxed: the number stands for itself.
        let mut due = self.due.load(Ordering::Relaxed);
        loop {
            // Further ahead than anything that was taken can have put it: the clock was set back since.
            let set_back = due > now.saturating_add(ahead + SECOND);
            let next = (if set_back { now } else { due.max(now) }).saturating_add(pause);
            if next > now.saturating_add(ahead) {
                return false;
            }
            match self.due.compare_exchange_weak(due, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(other) => due = other,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_700_000_000 * SECOND;

    /// How many of the traces that come every `step` are taken in so many seconds.
    fn taken(meter: &Meter, from: u64, seconds: u64, step: u64) -> usize {
        (0..seconds * SECOND / step).filter(|n| meter.takes(START + from * SECOND + n * step)).count()
    }

    #[test]
    fn a_second_may_come_at_once_and_then_the_rate_holds() {
        let meter = Meter::new(10.0);
        assert_eq!((0..100).filter(|_| meter.takes(START)).count(), 10);
        assert_eq!(
            taken(&meter, 1, 1, 1_000_000),
            19,
            "what has gathered in a second, and a second's, not yet all"
        );
        assert_eq!(taken(&meter, 2, 100, 1_000_000), 1000);
        assert_eq!(taken(&meter, 200, 100, SECOND / 5), 500, "fewer come than may");
    }

    #[test]
    fn rates_below_one_and_broken_ones_hold_over_time() {
        for (rate, seconds, expected) in
            [(0.5, 1000, 500), (0.1, 1000, 100), (2.5, 1000, 2502), (1.0, 100, 100)]
        {
            let counted = taken(&Meter::new(rate), 0, seconds, 10_000_000);
            assert!(counted.abs_diff(expected) <= 1, "{rate}: {counted}");
        }
        assert_eq!(taken(&Meter::new(0.0), 0, 10, 1_000_000), 0);
        assert_eq!(taken(&Meter::new(1e-300), 0, 10, 1_000_000), 1, "one a year");
        assert_eq!(taken(&Meter::new(1e12), 0, 1, 1_000), 1_000_000, "more than nanoseconds can tell apart");
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nothing() {
        let meter = Meter::new(10.0);
        assert!(meter.takes(START));
        assert_eq!(taken(&Meter::new(10.0), 0, 1, 1_000_000), 19);
        let meter = Meter::new(10.0);
        assert_eq!(taken(&meter, 3600, 10, 1_000_000), 109);
        assert_eq!(taken(&meter, 0, 10, 1_000_000), 109, "an hour earlier");
    }

    #[test]
    fn threads_share_one_rate() {
        let meter = Meter::new(1000.0);
        let barrier = std::sync::Barrier::new(8);
        let counts: Vec<usize> = std::thread::scope(|scope| {
            let count = || {
                barrier.wait();
                (0..10_000).filter(|_| meter.takes(START)).count()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(count)).collect();
            threads.into_iter().map(|thread| thread.join().expect("it ends")).collect()
        });
        assert_eq!(counts.iter().sum::<usize>(), 1000, "{counts:?}");
    }
}
