//! `Remembered`: the latest decisions, for what comes late.
//!
//! A table of fixed size: each trace has its place in one bucket of seven, for itself and its local traces, and the
//! newest takes the place of the oldest of its bucket: but not that of its own trace, which has just been needed. A key is
//! kept as 48 bits of a keyed hash.

use super::choice::Choice;
use super::keyed::Keyed;
use super::part::Key;

const BUCKET: usize = 7;
const CODE_BITS: u32 = 16;

/// The table.
#[derive(Debug)]
pub(super) struct Remembered {
    buckets: Vec<Bucket>,
    keyed: Keyed,
}

/// One cache line.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct Bucket {
    /// The upper bits of a hash, and [`Choice::to_code`]; 0: the place is free.
    entries: [u64; BUCKET],
    next: u8,
}

// === impl Remembered ===

impl Remembered {
    /// Remembers about so many traces, at 16 to 32 bytes each.
    pub(super) fn new(traces: usize) -> Remembered {
        // A local trace takes two places: its own, and that of its whole trace.
        let buckets = (2 * traces).div_ceil(BUCKET).max(1).next_power_of_two();
        Remembered { buckets: vec![Bucket::default(); buckets], keyed: Keyed::new() }
    }

    /// What became of a local trace.
    pub(super) fn get(&self, key: Key) -> Option<Choice> {
        let (trace, own) = self.keyed.both(key);
        self.buckets[self.place(trace)].get(own)
    }

    /// Remembers a local trace; of its whole trace too, where that was not kept already for what it is.
    pub(super) fn put(&mut self, key: Key, choice: Choice) {
        let (whole, own) = self.keyed.both(key);
        let place = self.place(whole);
        let bucket = &mut self.buckets[place];
        if !bucket.get(whole).is_some_and(Choice::is_bad) {
            bucket.put(whole, choice);
        }
        bucket.spare(whole);
        bucket.put(own, choice);
    }

    fn place(&self, trace: u64) -> usize {
        trace as usize & (self.buckets.len() - 1)
    }
}

// === impl Bucket ===

impl Bucket {
    fn get(&self, hash: u64) -> Option<Choice> {
        Choice::from_code(self.entries[self.find(hash)?] as u16)
    }

    fn put(&mut self, hash: u64, choice: Choice) {
        let at = self.find(hash).unwrap_or_else(|| {
            let at = usize::from(self.next);
            self.next = (self.next + 1) % BUCKET as u8;
            at
        });
        self.entries[at] = hash >> CODE_BITS << CODE_BITS | u64::from(choice.to_code());
    }

    /// The next that is new does not take this one's place.
    fn spare(&mut self, hash: u64) {
        if self.find(hash) == Some(usize::from(self.next)) {
            self.next = (self.next + 1) % BUCKET as u8;
        }
    }

    fn find(&self, hash: u64) -> Option<usize> {
        self.entries.iter().position(|entry| *entry != 0 && entry >> CODE_BITS == hash >> CODE_BITS)
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
        // Of the last 128, an eighth of what it is for, a bucket loses hardly one.
        assert!((99_873..=100_000).filter(|n| known(*n)).count() > 120);
        assert!((1..=50_000).filter(|n| known(*n)).count() == 0);
    }

    #[test]
    fn ids_that_count_up_use_the_whole_table_whatever_the_key() {
        for round in 0..200 {
            let mut remembered = Remembered::new(128);
            let dropped = Choice { kept: false, reason: Reason::Ratio };
            (1..=4_000).for_each(|n| remembered.put(key(n, 7), dropped));
            let known = |n| remembered.get(key(n, 7)) == Some(dropped);
            assert_eq!(
                (1..=2_000).filter(|n| known(*n)).count(),
                0,
                "{round}: a bucket that nobody comes to"
            );
        }
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

    #[test]
    fn however_often_a_trace_comes_what_was_bad_of_it_is_remembered() {
        let mut remembered = Remembered::new(16);
        let dropped = Choice { kept: false, reason: Reason::Ratio };
        remembered.put(key(1, 0xbad), Choice::kept(Reason::Error));
        for root in 1..=100 {
            let of_trace = remembered.get(key(1, root).whole_trace());
            assert_eq!(of_trace, Some(Choice::kept(Reason::Error)), "{root}");
            remembered.put(key(1, root), dropped);
            assert_eq!(remembered.get(key(1, root)), Some(dropped), "{root}");
        }
    }
}
