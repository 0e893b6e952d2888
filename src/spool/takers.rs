//! `Takers`: the exporters of the process that left a file, and which of them those of this process go on for.

use super::checksum::checksum;
use super::marks::Mark;
use crate::export::Signal;
use std::ops::Range;

/// An exporter by its signal, its name and its number among those of that name: the same at the next start, as long as the
/// program sets up the same exporters in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TakerId(u64);

/// Who has taken what is in a file, and who takes the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Takers {
    /// Of the file, in the order that its marks count them in.
    theirs: Vec<TakerId>,
    /// For each of this process, whose place it takes; `None`: it is new.
    ours: Vec<(Signal, Option<usize>)>,
}

/// Which frames somebody is still owed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Owed {
    /// Whether to keep each.
    pub(super) keep: Vec<bool>,
    /// For each exporter of this process, which of those that are kept; none for those of another signal.
    pub(super) by_ours: Vec<Vec<Range<usize>>>,
    /// Some are owed to an exporter that this process has not, and has none in its place.
    pub(super) to_others: bool,
}

// === impl TakerId ===

impl TakerId {
    /// Of exporters in their order.
    pub(crate) fn of_all<'a>(exporters: impl IntoIterator<Item = (Signal, &'a str)>) -> Vec<TakerId> {
        let mut before: Vec<(Signal, &str)> = Vec::new();
        let id = |exporter: (Signal, &'a str)| {
            let nth = before.iter().filter(|it| **it == exporter).count() as u64;
            before.push(exporter);
            // The checksum leaves out the beginning of a frame.
            let bytes = [&[0; 12], exporter.1.as_bytes()].concat();
            let half = |seed: u64| u64::from(checksum(seed, &bytes));
            // The lowest bit says which signal it takes.
            TakerId((half(2 * nth) << 32 | half(2 * nth + 1)) & !1 | exporter.0 as u64)
        };
        exporters.into_iter().map(id).collect()
    }

    pub(super) fn to_number(self) -> u64 {
        self.0
    }

    pub(super) fn of_number(number: u64) -> TakerId {
        TakerId(number)
    }

    fn signal(self) -> Signal {
        if self.0 & 1 == Signal::Logs as u64 { Signal::Logs } else { Signal::Traces }
    }
}

// === impl Takers ===

impl Takers {
    pub(super) fn new(theirs: &[TakerId], ours: &[TakerId]) -> Takers {
        let count = |ids: &[TakerId], signal| ids.iter().filter(|id| id.signal() == signal).count();
        let place = |id: &TakerId| {
            let signal = id.signal();
            // Where there is one on each side, it is the same one under another name.
            let single = count(theirs, signal) == 1 && count(ours, signal) == 1;
            let found = |it: &TakerId| it == id || single && it.signal() == signal;
            (signal, theirs.iter().position(found))
        };
        Takers { theirs: theirs.to_vec(), ours: ours.iter().map(place).collect() }
    }

    /// As whom an exporter of this process is marked.
    pub(super) fn marked_as(&self, ours: usize) -> Option<usize> {
        self.ours.get(ours)?.1
    }

    /// Who is owed what of the frames at these places. A new exporter gets what anybody was owed.
    pub(super) fn owed(&self, signal: Signal, frames: &[usize], marks: &[Mark]) -> Owed {
        let theirs: Vec<_> =
            (0..self.theirs.len()).filter(|it| self.theirs[*it].signal() == signal).collect();
        let has = |taker: usize, frame: usize| marks.iter().any(|mark| mark.covers(taker, frame));
        let owes = |taker: &usize, frame: usize| !has(*taker, frame);
        let anybody = |frame: &usize| theirs.is_empty() || theirs.iter().any(|taker| owes(taker, *frame));
        let keep: Vec<bool> = frames.iter().map(anybody).collect();
        let kept: Vec<_> =
            frames.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(frame, _)| *frame).collect();
        let by_ours = self.ours.iter().map(|(of, place)| match place {
            _ if *of != signal => Vec::new(),
            None => runs(vec![true; kept.len()]),
            Some(taker) => runs(kept.iter().map(|frame| owes(taker, *frame))),
        });
        let by_ours = by_ours.collect();
        let places = || self.ours.iter().filter(|(of, _)| *of == signal).map(|(_, place)| *place);
        let gone = |taker: &&usize| !places().any(|place| place.is_none_or(|place| place == **taker));
        let to_others = theirs.iter().filter(gone).any(|taker| kept.iter().any(|frame| owes(taker, *frame)));
        Owed { keep, by_ours, to_others }
    }
}

/// Where something holds, as ranges.
fn runs(holds: impl IntoIterator<Item = bool>) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    for (at, _) in holds.into_iter().enumerate().filter(|(_, holds)| *holds) {
        extend(&mut runs, at..at + 1);
    }
    runs
}

/// Adds a range; where it goes on from the last one, that grows.
pub(crate) fn extend(runs: &mut Vec<Range<usize>>, more: Range<usize>) {
    match runs.last_mut() {
        Some(last) if last.end == more.start => last.end = more.end,
        _ => runs.push(more),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<TakerId> {
        TakerId::of_all(names.iter().map(|name| (Signal::Traces, *name)))
    }

    fn mark(exporter: usize, first: usize, count: usize) -> Mark {
        Mark::new(exporter, first, count).expect("a small one")
    }

    fn owed(theirs: &[&str], ours: &[&str], marks: &[Mark]) -> Owed {
        Takers::new(&ids(theirs), &ids(ours)).owed(Signal::Traces, &[0, 1, 2, 3], marks)
    }

    /// Of each of ours, the numbers of what it is owed.
    fn frames(owed: &Owed) -> Vec<Vec<usize>> {
        owed.by_ours.iter().map(|runs| runs.iter().cloned().flatten().collect()).collect()
    }

    #[test]
    fn each_gets_what_it_has_not_answered_for() {
        let found = owed(&["otlp", "otlp"], &["otlp", "otlp"], &[mark(0, 0, 3), mark(1, 1, 1)]);
        assert_eq!(found.keep, [true, false, true, true]);
        assert_eq!(frames(&found), [vec![2], vec![0, 1, 2]], "of those that are kept");
        assert!(!found.to_others);
    }

    #[test]
    fn without_marks_everybody_gets_all() {
        let found = owed(&["a"], &["a", "b"], &[]);
        assert_eq!((frames(&found), found.to_others), (vec![vec![0, 1, 2, 3], vec![0, 1, 2, 3]], false));
        let found = owed(&[], &["a"], &[]);
        assert_eq!((frames(&found), found.keep), (vec![vec![0, 1, 2, 3]], vec![true; 4]));
    }

    #[test]
    fn a_single_one_goes_on_for_a_single_one_whatever_its_name() {
        let takers = Takers::new(&ids(&["old"]), &ids(&["new"]));
        assert_eq!(takers.marked_as(0), Some(0));
        assert_eq!(frames(&takers.owed(Signal::Traces, &[0, 1, 2, 3], &[mark(0, 0, 3)])), [vec![0]]);
    }

    #[test]
    fn a_new_one_gets_what_anybody_was_owed_and_stands_in_for_who_is_gone() {
        let found = owed(&["a", "b"], &["a", "c"], &[mark(0, 0, 4), mark(1, 0, 1)]);
        assert_eq!((frames(&found), found.to_others), (vec![vec![], vec![0, 1, 2]], false));
    }

    #[test]
    fn what_is_owed_to_nobody_here_is_owed_to_others() {
        let found = owed(&["a", "b"], &["a"], &[mark(0, 0, 4), mark(1, 0, 1)]);
        assert_eq!((frames(&found), found.to_others), (vec![vec![]], true));
        let found = owed(&["a", "b"], &["a"], &[mark(0, 0, 4), mark(1, 0, 4)]);
        assert_eq!((found.keep, found.to_others), (vec![false; 4], false));
    }

    #[test]
    fn another_signal_is_another_exporter() {
        let theirs = TakerId::of_all([(Signal::Traces, "otlp"), (Signal::Logs, "otlp")]);
        let takers = Takers::new(&theirs, &theirs);
        let found = takers.owed(Signal::Logs, &[0, 1], &[mark(0, 0, 2), mark(1, 0, 1)]);
        assert_eq!((frames(&found), found.keep), (vec![vec![], vec![0]], vec![false, true]));
    }
}
