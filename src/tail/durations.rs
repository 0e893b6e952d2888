//! `Durations`: how long local traces take, by the name of their root: an online estimate of a percentile.
//!
//! Counts in buckets, eight to each octave, from 1 µs to over an hour; in the bucket of the
//! percentile it goes by the least and the greatest that were seen there. Once a name's counts come to 16,384 they are halved,
//! so that the latest traces count most; of a percentile so high that fewer than ten of 8,192 are over it, at a multiple of that.

use std::collections::HashMap;

const FIRST_OCTAVE: u32 = 10;
const OCTAVES: usize = 32;
const PARTS: usize = 8;
const BUCKETS: usize = OCTAVES * PARTS;
/// Above it the counts would need more digits than they have.
pub(super) const MAX_PERCENTILE: f64 = 99.999;
/// More names share one histogram, the first: a program that puts ids into names must not take all memory.
const MAX_NAMES: usize = 256;
const FULL: f32 = 16_384.0;
/// So many must be over a percentile before anything is taken for slow.
const OVER: f32 = 10.0;
/// The bound is worked out anew after so many traces.
const EVERY: u32 = 32;
/// And so many there must have been before there is one.
const LEAST: f32 = 100.0;

/// Histograms by name.
#[derive(Debug)]
pub(super) struct Durations {
    /// The share of traces that are over it.
    above: f32,
    /// So many traces of a name there must have been.
    least: f32,
    /// A name's counts are halved when they come to this.
    full: f32,
    by_name: HashMap<Box<[u8]>, usize>,
    histograms: Vec<Histogram>,
}

#[derive(Debug)]
struct Histogram {
    buckets: Box<[Bucket; BUCKETS]>,
    total: f32,
    /// The percentile, in nanoseconds.
    bound: Option<f32>,
    /// Traces until the bound is worked out anew.
    stale: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    count: f32,
    least: f32,
    greatest: f32,
}

// === impl Durations ===

impl Durations {
    /// From 50 to [`MAX_PERCENTILE`].
    pub(super) fn new(percentile: f64) -> Durations {
        let above = (1.0 - percentile / 100.0) as f32;
        let least = LEAST.max(OVER / above);
        // Halved, there are still enough.
        let full = FULL.max(2.0 * least);
        Durations { above, least, full, by_name: HashMap::new(), histograms: vec![Histogram::new()] }
    }

    /// The histogram of a name.
    pub(super) fn of(&mut self, name: &[u8]) -> usize {
        if let Some(known) = self.by_name.get(name) {
            return *known;
        }
        if self.histograms.len() > MAX_NAMES {
            return 0;
        }
        self.histograms.push(Histogram::new());
        self.by_name.insert(name.into(), self.histograms.len() - 1);
        self.histograms.len() - 1
    }

    /// Whether a trace is over the percentile of those before it. It counts from then on.
    pub(super) fn is_over(&mut self, histogram: usize, nanos: u64) -> bool {
        let Some(histogram) = self.histograms.get_mut(histogram) else { return false };
        let enough = histogram.total >= self.least;
        let over = enough && histogram.bound(self.above).is_some_and(|bound| nanos as f32 > bound);
        histogram.add(nanos, self.full);
        over
    }
}

// === impl Histogram ===

impl Histogram {
    fn new() -> Histogram {
        Histogram { buckets: Box::new([Bucket::default(); BUCKETS]), total: 0.0, bound: None, stale: 0 }
    }

    fn add(&mut self, nanos: u64, full: f32) {
        self.buckets[bucket_of(nanos)].add(nanos as f32);
        self.total += 1.0;
        self.stale = self.stale.saturating_sub(1);
        if self.total >= full {
            self.buckets.iter_mut().for_each(|bucket| bucket.count /= 2.0);
            self.total = self.buckets.iter().map(|bucket| bucket.count).sum();
        }
    }

    /// What no more than the share of them is over.
    fn bound(&mut self, above: f32) -> Option<f32> {
        if self.bound.is_none() || self.stale == 0 {
            let mut left = self.total * above;
            let found = self.buckets.iter().rev().find(|bucket| {
                let here = bucket.count > left;
                left -= if here { 0.0 } else { bucket.count };
                here
            });
            (self.bound, self.stale) = (found.map(|bucket| bucket.all_but(left)), EVERY);
        }
        self.bound
    }
}

// === impl Bucket ===

impl Bucket {
    fn add(&mut self, nanos: f32) {
        // What has faded away bounds nothing any more.
        let fresh = self.count < 0.5;
        self.least = if fresh { nanos } else { self.least.min(nanos) };
        self.greatest = if fresh { nanos } else { self.greatest.max(nanos) };
        self.count += 1.0;
    }

    /// What all but so many of those in it are not over, if they are evenly spread.
    fn all_but(&self, over: f32) -> f32 {
        self.greatest - over / self.count * (self.greatest - self.least)
    }
}

fn bucket_of(nanos: u64) -> usize {
    let nanos = nanos.max(1 << FIRST_OCTAVE);
    let octave = nanos.ilog2();
    let part = (nanos >> (octave - PARTS.ilog2())) as usize % PARTS;
    ((octave - FIRST_OCTAVE) as usize * PARTS + part).min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::IdRng;

    #[test]
    fn buckets_are_in_order_eight_to_each_octave() {
        assert_eq!((bucket_of(0), bucket_of(1_024)), (0, 0));
        assert_eq!(bucket_of(2_048), PARTS);
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
        let of: Vec<_> = (0..4_000_u64).map(|n| bucket_of(1_000_000 + n * 1_000)).collect();
        assert!(of.is_sorted());
        assert_eq!(of[3_999] - of[0], 18, "from 7/8 of an octave into the third after it");
    }

    #[test]
    fn the_slowest_percent_is_over_the_99th_percentile_once_there_are_enough() {
        let (mut durations, mut rng) = (Durations::new(99.0), IdRng::from_state([3, 1, 4, 1]));
        let name = durations.of(b"GET /");
        // Uniform from 1 to 2 ms.
        let mut next = || 1_000_000 + rng.next_u64() % 1_000_000;
        let early = (0..1_000).filter(|_| durations.is_over(name, next())).count();
        assert_eq!(early, 0);
        let n = 50_000;
        let over = (0..n).filter(|_| durations.is_over(name, next())).count();
        // 500, within 4 deviations.
        assert!((410..=590).contains(&over), "{over}");
        assert!(durations.is_over(name, 100_000_000));
        assert!(!durations.is_over(name, 1_500_000));
    }

    #[test]
    fn the_highest_percentiles_only_wait_longer() {
        for (percentile, least) in [(99.95, 20_000), (99.99, 100_000), (MAX_PERCENTILE, 1_000_000)] {
            let (mut durations, mut rng) = (Durations::new(percentile), IdRng::from_state([2, 7, 1, 8]));
            let name = durations.of(b"GET /");
            let mut next = || 1_000_000 + rng.next_u64() % 1_000_000;
            let early = (0..least - least / 100).filter(|_| durations.is_over(name, next())).count();
            assert_eq!(early, 0, "{percentile}");
            // Ten of each `least`, and then fifty within 4 deviations; halved more than once meanwhile.
            let over = (0..5 * least).filter(|_| durations.is_over(name, next())).count();
            assert!((22..=78).contains(&over), "{percentile}: {over}");
        }
    }

    #[test]
    fn where_all_take_the_same_time_none_is_slow() {
        for nanos in [1_000_000, 1_048_575, 1_048_576, 1_100_000] {
            let mut durations = Durations::new(95.0);
            let name = durations.of(b"a");
            assert_eq!((0..5_000).filter(|_| durations.is_over(name, nanos)).count(), 0, "{nanos}");
            assert!(durations.is_over(name, nanos + 1_000));
        }
    }

    #[test]
    fn it_follows_a_program_that_becomes_slower() {
        let mut durations = Durations::new(90.0);
        let name = durations.of(b"a");
        // However long it was quick.
        assert_eq!((0..200_000).filter(|_| durations.is_over(name, 1_000_000)).count(), 0);
        assert!(durations.is_over(name, 3_000_000));
        assert!((0..60_000).filter(|_| durations.is_over(name, 3_000_000)).count() < 4_000);
        assert!(!durations.is_over(name, 3_000_000));
    }

    #[test]
    fn names_are_apart_and_too_many_share() {
        let mut durations = Durations::new(50.0);
        let all: Vec<_> = (0..1_000).map(|n| durations.of(format!("name {n}").as_bytes())).collect();
        assert_eq!(all.iter().filter(|at| **at == 0).count(), 1_000 - MAX_NAMES);
        assert_eq!(durations.of(b"name 3"), all[3]);
        assert_ne!(all[3], all[4]);
    }
}
