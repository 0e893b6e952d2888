//! Time: a cheap monotonic reading pinned to the wall clock.
//!
//! The recorder reads [`now`] at least twice a span, so it must cost a few nanoseconds; the worker calls
//! [`readjust`] every few seconds. Between two adjustments wall time is a straight line over the monotonic reading, and
//! an adjustment bends the line without breaking it: times within a process stay in order, and drift is steered
//! back to zero. Only a real jump of the wall clock (over [`STEP`]) is taken over at once.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A deviation over this is a jump of the wall clock, not drift.
const STEP: Duration = Duration::from_millis(10);
/// The line is bent at least this often; each time it aims at meeting the wall clock when the next is due.
pub(crate) const READJUST_WITHIN: Duration = Duration::from_secs(5);
/// A line that is older than this has no worker that bends it.
const STALE: Duration = Duration::from_secs(60);
/// The part of a deviation that is put down to the counter's own rate, and so kept for good.
const LEARNED: f64 = 0.5;
/// The steepest correction: a thousandth, as NTP clients limit themselves.
const MAX_SLOPE: f64 = 1e-3;

/// Where times come from; replace it with [`Builder::clock`](crate::Builder::clock) in tests.
pub trait Clock: Send + Sync + 'static {
    /// Nanoseconds since the Unix epoch. Should not go backwards.
    fn now_unix_nanos(&self) -> u64;
}

/// A straight line: wall time = `unix` + (reading - `reading`) * `slope`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    generation: u32,
    reading: u64,
    unix: u64,
    /// Nanoseconds a tick, in units of 2^-32.
    slope: i64,
    /// Nanoseconds a tick, as the counter itself was calibrated.
    tick: f64,
    /// What has been learned of the counter's own rate, without the correction that is under way.
    learned: f64,
}

/// Each thread's copy of the line, refreshed when the generation has moved on.
pub(crate) struct LineCache(Cell<Line>);

static GENERATION: AtomicU32 = AtomicU32::new(0);
static LINE: Mutex<Option<Line>> = Mutex::new(None);

/// The lock on the line, held.
pub(crate) struct Held(#[expect(dead_code, reason = "held, not read")] MutexGuard<'static, Option<Line>>);

/// Keeps all others from the line, during a fork.
pub(crate) fn hold() -> Held {
    Held(LINE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Nanoseconds since the Unix epoch, through this thread's copy of the line.
#[inline]
pub(crate) fn now(cache: &LineCache) -> u64 {
    let mut line = cache.0.get();
    // Relaxed: a thread that sees the new generation late goes on along the old line, which the new one continues.
    if line.generation != GENERATION.load(Ordering::Relaxed) {
        line = refresh(cache);
    }
    line.at(reading())
}

/// As [`now`], also where no worker comes round: a line that has long not been compared with the wall clock is first.
#[inline]
pub(crate) fn compared_now(cache: &LineCache) -> u64 {
    let now = now(cache);
    if now.wrapping_sub(cache.0.get().unix) < STALE.as_nanos() as u64 {
        return now;
    }
    readjust();
    self::now(cache)
}

/// Compares with the wall clock and bends the line. Called by the worker, about once a second.
pub(crate) fn readjust() {
    let mut line = LINE.lock().unwrap_or_else(PoisonError::into_inner);
    let (reading, unix) = (reading(), wall());
    let next = line.map_or_else(|| Line::start(1, reading, unix, tick()), |line| line.next(reading, unix));
    *line = Some(next);
    GENERATION.store(next.generation, Ordering::Relaxed);
}

#[cold]
fn refresh(cache: &LineCache) -> Line {
    let known = *LINE.lock().unwrap_or_else(PoisonError::into_inner);
    let line = known.unwrap_or_else(|| {
        readjust();
        LINE.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .unwrap_or_else(|| Line::start(1, reading(), wall(), tick()))
    });
    cache.0.set(line);
    line
}

/// The counter, in ticks.
///
/// `fastant` does not give its ticks away as a number, and its conversion to nanoseconds takes as long as reading the
/// counter. Hashing an `Instant` is feeding its one number to a hasher: this one keeps it.
#[inline]
fn reading() -> u64 {
    let mut ticks = Ticks(0);
    fastant::Instant::now().hash(&mut ticks);
    ticks.0
}

struct Ticks(u64);

impl Hasher for Ticks {
    #[inline]
    fn write_u64(&mut self, ticks: u64) {
        self.0 = ticks;
    }

    fn write(&mut self, bytes: &[u8]) {
        // Should an `Instant` ever be hashed otherwise, it is still its bytes.
        self.0 = bytes.iter().rev().fold(0, |ticks, byte| ticks << 8 | u64::from(*byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Nanoseconds in a tick.
fn tick() -> f64 {
    let now = fastant::Instant::now();
    let mut ticks = Ticks(0);
    now.hash(&mut ticks);
    let nanos = now.duration_since(fastant::Instant::ZERO).as_nanos() as f64;
    if ticks.0 == 0 { 1.0 } else { nanos / ticks.0 as f64 }
}

fn wall() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

// === impl Line ===

impl Line {
    /// From here on, at the counter's own rate.
    fn start(generation: u32, reading: u64, unix: u64, tick: f64) -> Line {
        Line { generation, reading, unix, slope: fixed(tick), tick, learned: 1.0 }
    }

    #[inline]
    fn at(&self, reading: u64) -> u64 {
        let passed = i128::from(reading.wrapping_sub(self.reading) as i64) * i128::from(self.slope);
        self.unix.wrapping_add_signed((passed >> 32) as i64)
    }

    /// The line that goes on where this one is at `reading`, and meets the wall clock within the horizon.
    fn next(&self, reading: u64, unix: u64) -> Line {
        let here = self.at(reading);
        let off = unix.wrapping_sub(here) as i64;
        let generation = self.generation.wrapping_add(1).max(1);
        if off.unsigned_abs() > STEP.as_nanos() as u64 {
            return Line::start(generation, reading, unix, self.tick);
        }
        let limit = |rate: f64| rate.clamp(1.0 - MAX_SLOPE, 1.0 + MAX_SLOPE);
        let horizon = READJUST_WITHIN.as_nanos() as f64;
        let learned = limit(self.learned + LEARNED * off as f64 / horizon);
        let rate = limit(learned + off as f64 / horizon);
        Line { generation, reading, unix: here, slope: fixed(self.tick * rate), tick: self.tick, learned }
    }
}

fn fixed(rate: f64) -> i64 {
    (rate * 4_294_967_296.0).round() as i64
}

// === impl LineCache ===

impl LineCache {
    pub(crate) const fn new() -> Self {
        LineCache(Cell::new(Line { generation: 0, reading: 0, unix: 0, slope: 0, tick: 1.0, learned: 1.0 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skewed_counter_is_steered_to_within_a_millisecond_and_never_runs_backwards() {
        for (ppm, every) in [(-150.0, 5), (-50.0, 1), (0.0, 1), (150.0_f64, 1), (150.0, 5)] {
            let (mut line, mut last) = (Line::start(1, 1_000, 50_000_000_000, 0.5), 0);
            for second in (every..=600_u64).step_by(every as usize) {
                let wall = 50_000_000_000 + second * 1_000_000_000;
                let reading = 1_000 + (second as f64 * 2e9 * (1.0 + ppm / 1e6)) as u64;
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
        let line = Line::start(1, 0, 1_000_000_000_000, 1.0).next(1_000_000_000, 5_000_000_000_000);
        assert_eq!(line.at(1_000_000_000), 5_000_000_000_000);
    }

    #[test]
    fn ticks_times_their_length_are_nanoseconds() {
        let (first, begun) = (reading(), std::time::Instant::now());
        while begun.elapsed() < Duration::from_millis(20) {}
        let (passed, nanos) = (begun.elapsed().as_nanos() as f64, (reading() - first) as f64 * tick());
        assert!((nanos / passed - 1.0).abs() < 0.05, "{nanos} for {passed}");
    }

    #[test]
    fn now_agrees_with_the_wall_clock() {
        let cache = LineCache::new();
        readjust();
        assert!(now(&cache).abs_diff(wall()) < 10_000_000);
    }
}
