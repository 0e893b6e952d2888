//! `Mark`: frames of a slot that an exporter has answered for, so that a later start sends it none of them again.
//!
//! Marks stand in the head of a slot, one a word, so that each is there whole or not at all:
//!
//! ```text
//! bits 48..64  checksum, seeded by the use of the slot: what an earlier use has left is no mark of this one
//! bits 32..48  the exporter, as a place in the list of the file's header
//! bits 16..32  the first frame       bits 0..16  number of frames
//! ```
//!
//! Those of an exporter that touch are one, so an exporter that takes one batch after the other needs one mark. Where there is
//! room for no more, what is not marked is sent again.

use super::checksum::checksum;

/// So many fit into the head of a slot, and where they begin.
pub(super) const MARKS: usize = 14;
pub(super) const MARKS_AT: usize = 16;

/// Frames that an exporter has answered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    exporter: u16,
    first: u16,
    count: u16,
}

// === impl Mark ===

impl Mark {
    /// `None`: there are none, or their numbers are too large for a slot.
    pub(super) fn new(exporter: usize, first: usize, count: usize) -> Option<Mark> {
        let small = |number: usize| u16::try_from(number).ok();
        let mark = Mark { exporter: small(exporter)?, first: small(first)?, count: small(count)? };
        (count > 0 && small(first + count).is_some()).then_some(mark)
    }

    pub(super) fn read(word: u64, number: u64) -> Option<Mark> {
        let part = |at: u32| (word >> at) as u16;
        let mark = Mark { exporter: part(32), first: part(16), count: part(0) };
        (mark.count > 0 && mark.to_word(number) == word).then_some(mark)
    }

    fn to_word(self, number: u64) -> u64 {
        let plain = u64::from(self.exporter) << 32 | u64::from(self.first) << 16 | u64::from(self.count);
        // The checksum leaves out the beginning of a frame.
        let mut bytes = [0; 20];
        bytes[12..].copy_from_slice(&plain.to_le_bytes());
        u64::from(checksum(number, &bytes) as u16) << 48 | plain
    }

    /// Whether it says that this exporter has answered for this frame.
    pub(super) fn covers(self, exporter: usize, frame: usize) -> bool {
        usize::from(self.exporter) == exporter && (self.first()..self.end()).contains(&frame)
    }

    fn first(self) -> usize {
        usize::from(self.first)
    }

    fn end(self) -> usize {
        self.first() + usize::from(self.count)
    }

    /// Both in one, if nothing lies between them.
    fn joined(self, other: Mark) -> Option<Mark> {
        let (first, end) = (self.first().min(other.first()), self.end().max(other.end()));
        let touch = self.first() <= other.end() && other.first() <= self.end();
        if touch && self.exporter == other.exporter {
            return Mark::new(usize::from(self.exporter), first, end - first);
        }
        None
    }
}

/// What is to be written where, in this order, so that a mark is there too. None is away at any time in between.
pub(super) fn add(words: &[u64; MARKS], number: u64, mark: Mark) -> Vec<(usize, u64)> {
    let marks = words.map(|word| Mark::read(word, number));
    let (mut whole, mut joined) = (mark, Vec::new());
    // Once more where it has grown: what it touches now it may not have touched before.
    loop {
        let other = (0..MARKS).filter(|at| !joined.contains(at));
        let found = other.filter_map(|at| Some((at, marks[at]?.joined(whole)?))).next();
        let Some((at, both)) = found else { break };
        whole = both;
        joined.push(at);
    }
    let Some(to) = joined.first().copied().or_else(|| marks.iter().position(Option::is_none)) else {
        return Vec::new();
    };
    let mut writes = vec![(to, whole.to_word(number))];
    writes.extend(joined.iter().skip(1).map(|at| (*at, 0)));
    writes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(words: &mut [u64; MARKS], mark: (usize, usize, usize)) -> bool {
        let writes = add(words, 7, Mark::new(mark.0, mark.1, mark.2).expect("a small one"));
        writes.iter().for_each(|(at, word)| words[*at] = *word);
        !writes.is_empty()
    }

    fn covered(words: &[u64; MARKS], exporter: usize) -> Vec<usize> {
        let marks: Vec<_> = words.iter().filter_map(|word| Mark::read(*word, 7)).collect();
        (0..100).filter(|frame| marks.iter().any(|mark| mark.covers(exporter, *frame))).collect()
    }

    #[test]
    fn a_mark_reads_back_and_no_damaged_or_older_one_does() {
        let mark = Mark::new(3, 200, 17).expect("a small one");
        let word = mark.to_word(9);
        assert_eq!((Mark::read(word, 9), Mark::read(word, 10), Mark::read(0, 9)), (Some(mark), None, None));
        for bit in 0..64 {
            assert_eq!(Mark::read(word ^ 1 << bit, 9), None, "bit {bit}");
        }
        assert_eq!(Mark::new(0, 1, 0), None);
        assert_eq!(Mark::new(0, 65_000, 600), None);
        assert_eq!(Mark::new(70_000, 0, 1), None);
    }

    #[test]
    fn marks_that_touch_are_one() {
        let mut words = [0; MARKS];
        for mark in [(0, 0, 5), (0, 10, 5), (1, 5, 5), (0, 5, 5), (1, 0, 5)] {
            assert!(added(&mut words, mark));
        }
        assert_eq!(words.iter().filter(|word| **word != 0).count(), 2);
        assert_eq!(covered(&words, 0), (0..15).collect::<Vec<_>>());
        assert_eq!(covered(&words, 1), (0..10).collect::<Vec<_>>());
        assert!(covered(&words, 2).is_empty());
    }

    #[test]
    fn where_there_is_no_room_nothing_that_is_marked_is_forgotten() {
        let mut words = [0; MARKS];
        for at in 0..MARKS {
            assert!(added(&mut words, (0, 2 * at, 1)));
        }
        assert!(!added(&mut words, (0, 90, 1)), "there is no room");
        assert!(added(&mut words, (0, 1, 1)), "it joins two");
        assert!(added(&mut words, (0, 90, 1)), "so there is room");
        let mut expected: Vec<_> = [0, 1, 2].into_iter().chain((2..MARKS).map(|at| 2 * at)).collect();
        expected.push(90);
        assert_eq!(covered(&words, 0), expected);
    }
}
