//! Time: a cheap monotonic reading pinned to the wall clock.
//!
//! The recorder reads [`now`] at least twice a span, so it must cost a few nanoseconds; the worker calls
//! [`readjust`] now and then. Between two adjustments wall time is a straight line over the monotonic reading, and
//! an adjustment bends the line without breaking it: times within a process stay in order, and drift is steered
//! back to zero. Only a real jump of the wall clock (over [`STEP`]) is taken over at once.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A deviation over this is a jump of the wall clock, not drift.
const STEP: Duration = Duration::from_millis(10);
/// An adjustment aims at meeting the wall clock after twice the time since the last one, and at least this.
const MIN_HORIZON_NANOS: f64 = 2e9;
/// The part of a deviation that is put down to the counter's own rate, and so kept for good.
const LEARNED: f64 = 0.25;
/// The steepest correction: a thousandth, as NTP clients limit themselves.
const MAX_SLOPE: f64 = 1e-3;

/// Where times come from; replace it with [`Builder::clock`](crate::Builder::clock) in tests.
pub trait Clock: Send + Sync + 'static {
    /// Nanoseconds since the Unix epoch. Should not go backwards.
    fn now_unix_nanos(&self) -> u64;
}

/// A straight line: wall time = `unix` + (reading - `reading`) * `rate`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    generation: u32,
    reading: u64,
    unix: u64,
    /// Slope of this line.
    rate: f64,
    /// What has been learned of the counter's own rate, without the correction that is under way.
    learned: f64,
}

/// Each thread's copy of the line, refreshed when the generation has moved on.
pub(crate) struct LineCache(Cell<Line>);

static GENERATION: AtomicU32 = AtomicU32::new(0);
static LINE: Mutex<Option<Line>> = Mutex::new(None);
static BASE: OnceLock<fastant::Anchor> = OnceLock::new();

/// Nanoseconds since the Unix epoch, through this thread's copy of the line.
#[inline]
pub(crate) fn now(cache: &LineCache) -> u64 {
    let mut line = cache.0.get();
    // Relaxed: a thread that sees the new generation late goes on along the old line, which the new one continues.
    if line.generation != GENERATION.load(Ordering::Relaxed) || line.generation == 0 {
        line = refresh(cache);
    }
    line.at(reading())
}

/// Compares with the wall clock and bends the line. Called by the worker, about once a second.
pub(crate) fn readjust() {
    let mut line = LINE.lock().unwrap_or_else(PoisonError::into_inner);
    let (reading, unix) = (reading(), wall());
    let next = line.map_or(Line::start(reading, unix), |line| line.next(reading, unix));
    *line = Some(next);
    GENERATION.store(next.generation, Ordering::Relaxed);
}

#[cold]
fn refresh(cache: &LineCache) -> Line {
    let known = *LINE.lock().unwrap_or_else(PoisonError::into_inner);
    let line = known.unwrap_or_else(|| {
        readjust();
        LINE.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(Line::start(reading(), wall()))
    });
    cache.0.set(line);
    line
}

#[inline]
fn reading() -> u64 {
    fastant::Instant::now().as_unix_nanos(BASE.get_or_init(fastant::Anchor::new))
}

fn wall() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

// === impl Line ===

impl Line {
    fn start(reading: u64, unix: u64) -> Line {
        Line { generation: 1, reading, unix, rate: 1.0, learned: 1.0 }
    }

    #[inline]
    fn at(&self, reading: u64) -> u64 {
        let passed = reading.wrapping_sub(self.reading) as i64 as f64 * self.rate;
        self.unix.wrapping_add_signed(passed as i64)
    }

    /// The line that goes on where this one is at `reading`, and meets the wall clock within the horizon.
    fn next(&self, reading: u64, unix: u64) -> Line {
        let here = self.at(reading);
        let off = unix.wrapping_sub(here) as i64;
        let generation = self.generation.wrapping_add(1).max(1);
        if off.unsigned_abs() > STEP.as_nanos() as u64 {
            return Line { generation, reading, unix, rate: 1.0, learned: 1.0 };
        }
        let passed = reading.wrapping_sub(self.reading) as f64;
        let limit = |rate: f64| rate.clamp(1.0 - MAX_SLOPE, 1.0 + MAX_SLOPE);
        let horizon = (2.0 * passed).max(MIN_HORIZON_NANOS);
        let learned = limit(self.learned + LEARNED * off as f64 / horizon);
        Line { generation, reading, unix: here, rate: limit(learned + off as f64 / horizon), learned }
    }
}

// === impl LineCache ===

impl LineCache {
    pub(crate) const fn new() -> Self {
        LineCache(Cell::new(Line { generation: 0, reading: 0, unix: 0, rate: 1.0, learned: 1.0 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skewed_counter_is_steered_to_within_a_millisecond_and_never_runs_backwards() {
        for (ppm, every) in [(-150.0, 5), (-50.0, 1), (0.0, 1), (50.0, 10), (150.0_f64, 1)] {
            let (mut line, mut last) = (Line::start(1_000, 50_000_000_000), 0);
            for second in (every..=600_u64).step_by(every as usize) {
                let wall = 50_000_000_000 + second * 1_000_000_000;
                let reading = 1_000 + (second as f64 * 1e9 * (1.0 + ppm / 1e6)) as u64;
                let before = line.at(reading);
                assert!(before >= last, "{ppm} ppm ran backwards at second {second}");
                assert!(before.abs_diff(wall) < 1_000_000, "{ppm} ppm: off by {} ns", before.abs_diff(wall));
                line = line.next(reading, wall);
                assert_eq!(line.at(reading), before, "the line broke");
                last = before;
            }
        }
    }

    #[test]
    fn a_jump_of_the_wall_clock_is_taken_over_at_once() {
        let line = Line::start(0, 1_000_000_000_000).next(1_000_000_000, 5_000_000_000_000);
        assert_eq!(line.at(1_000_000_000), 5_000_000_000_000);
    }

    #[test]
    fn now_agrees_with_the_wall_clock() {
        let cache = LineCache::new();
        readjust();
        assert!(now(&cache).abs_diff(wall()) < 10_000_000);
    }
}
