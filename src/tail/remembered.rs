//! `Remembered`: the latest decisions, for what comes late.
//!
//! A table of fixed size: each trace has its place in one bucket of four, and the newest takes the place of the oldest of
//! its bucket. A key is kept as a keyed hash of 64 bits, so that trace ids from outside cannot be made to meet.

use super::choice::Choice;
use super::part::Key;
use std::hash::{BuildHasher, RandomState};

const BUCKET: usize = 4;

/// The table.
#[derive(Debug)]
pub(super) struct Remembered {
    buckets: Vec<Bucket>,
    hasher: RandomState,
}

/// One cache line.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct Bucket {
    hashes: [u64; BUCKET],
    /// [`Choice::to_code`]; 0: the place is free.
    codes: [u32; BUCKET],
    next: u8,
}

// === impl Remembered ===

impl Remembered {
    /// Remembers about so many traces, at 32 bytes each.
    pub(super) fn new(traces: usize) -> Remembered {
        // A local trace takes two places: its own, and that of its whole trace.
        let buckets = (2 * traces).div_ceil(BUCKET).max(1).next_power_of_two();
        Remembered { buckets: vec![Bucket::default(); buckets], hasher: RandomState::new() }
    }

    pub(super) fn get(&self, key: Key) -> Option<Choice> {
        let (bucket, hash) = self.place(key);
        let bucket = &self.buckets[bucket];
        let at = bucket.find(hash)?;
        Choice::from_code(bucket.codes[at])
    }

    /// Remembers a local trace; of its whole trace too, where that was not kept already for what it is.
    pub(super) fn put(&mut self, key: Key, choice: Choice) {
        self.put_one(key, choice);
        let whole = key.whole_trace();
        if !self.get(whole).is_some_and(Choice::is_bad) {
            self.put_one(whole, choice);
        }
    }

    fn put_one(&mut self, key: Key, choice: Choice) {
        let (bucket, hash) = self.place(key);
        let bucket = &mut self.buckets[bucket];
        let at = bucket.find(hash).unwrap_or_else(|| {
            let at = usize::from(bucket.next);
            bucket.next = (bucket.next + 1) % BUCKET as u8;
            at
        });
        bucket.hashes[at] = hash;
        bucket.codes[at] = choice.to_code();
    }

    fn place(&self, key: Key) -> (usize, u64) {
        let hash = self.hasher.hash_one(key);
        ((hash >> 32) as usize & (self.buckets.len() - 1), hash)
    }
}

// === impl Bucket ===

impl Bucket {
    fn find(&self, hash: u64) -> Option<usize> {
        (0..BUCKET).find(|at| self.codes[*at] != 0 && self.hashes[*at] == hash)
    }
}

#[cfg(test)]
mod tests {
    use super::super::choice::Reason;
    use super::*;
    use crate::TraceId;

    fn key(trace: u128, root: u32) -> Key {
        Key { trace_id: TraceId::from_u128(trace), local_root: root }
    }

    #[test]
    fn the_latest_are_remembered_and_the_table_does_not_grow() {
        let mut remembered = Remembered::new(1024);
        let before = remembered.buckets.len();
        let dropped = Choice { kept: false, reason: Reason::Ratio };
        (1..=100_000).for_each(|n| remembered.put(key(n, 7), dropped));
        assert_eq!(remembered.buckets.len(), before);
        let known = |n| remembered.get(key(n, 7)) == Some(dropped);
        // Of the last 256, an eighth of what it holds, a bucket loses hardly one.
        assert!((99_745..=100_000).filter(|n| known(*n)).count() > 250);
        assert!((1..=50_000).filter(|n| known(*n)).count() == 0);
    }

    #[test]
    fn a_trace_of_which_one_part_was_bad_stays_bad() {
        let mut remembered = Remembered::new(16);
        let (bad, by_chance) = (Choice::kept(Reason::Error), Choice { kept: false, reason: Reason::Ratio });
        remembered.put(key(1, 7), bad);
        remembered.put(key(1, 8), by_chance);
        assert_eq!(remembered.get(key(1, 7)), Some(bad));
        assert_eq!(remembered.get(key(1, 8)), Some(by_chance));
        assert_eq!(remembered.get(key(1, 9).whole_trace()), Some(bad));
        assert_eq!(remembered.get(key(2, 7)), None);
    }
}
