//! `Stage`: the tail between the shards and the lanes.
//!
//! The worker runs a round each time it comes by, then takes what the outlet has. A round collects twice: a root's
//! frame is written after those of its children, but the children's may lie in a shard that was visited before. What is
//! decided are the roots of the first collection, whose children the second has brought at the latest.

mod passage;
#[cfg(test)]
mod tests;

use super::Tail;
use super::arena::Arena;
use super::choice::{Choice, Reason};
use super::ledger::{TailCounts, TailLedger};
use super::outlet::Outlet;
use super::part::Key;
use super::policy::Policy;
use super::remembered::Remembered;
use super::waiting::Waiting;
use crate::buffer::frame::{FLAG_SAMPLED, Frame, KIND_LOG};
use crate::buffer::segment::{Segment, Spares};
use crate::export::Signal;
use crate::record::Recorder;
use std::collections::VecDeque;
use std::slice::SliceIndex;
use std::sync::Arc;
use std::time::Instant;

/// Belongs to no local trace.
const OUTSIDE: u32 = u32::MAX;

/// The stage's state.
pub(crate) struct Stage {
    policy: Policy,
    waiting: Waiting,
    remembered: Remembered,
    arena: Arena,
    outlet: Outlet,
    spares: Arc<Spares>,
    ledger: Arc<TailLedger>,
    counts: TailCounts,
    now: Instant,
    /// What a round has collected, and of each of its frames the number of the part; empty between rounds.
    segments: Vec<Segment>,
    places: Vec<u32>,
    /// Where the frames begin that are moved out of a segment; empty between segments.
    moved: Vec<usize>,
    /// Parts whose roots have come: to be decided in this round, in the next.
    ripe: Vec<usize>,
    young: Vec<usize>,
    /// Parts that leave at the end of the round.
    decided: Vec<usize>,
    /// Segments in the spool with frames of undecided parts, and the round that brought them.
    pinned: VecDeque<(Instant, Segment)>,
}

/// Why a local trace is decided before its root has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Early {
    Outgrown,
    CrowdedOut,
    TimedOut,
    Shutdown,
}

// === impl Stage ===

impl Stage {
    pub(crate) fn new(tail: Tail, spares: &Arc<Spares>, ledger: Arc<TailLedger>) -> Stage {
        let (now, remember) = (Instant::now(), tail.remember);
        let policy = Policy::new(tail, now);
        Stage {
            arena: Arena::new(policy.arena_bytes(), Arc::clone(spares)),
            outlet: Outlet::new(Arc::clone(spares)),
            policy,
            waiting: Waiting::default(),
            remembered: Remembered::new(remember),
            spares: Arc::clone(spares),
            counts: ledger.counts(),
            ledger,
            now,
            segments: Vec::new(),
            places: Vec::new(),
            moved: Vec::new(),
            ripe: Vec::new(),
            young: Vec::new(),
            decided: Vec::new(),
            pinned: VecDeque::new(),
        }
    }

    /// Takes all that has been finished, decides what has ended or waited too long, and passes on what is kept.
    pub(crate) fn round(&mut self, recorder: &Recorder, now: Instant) {
        self.gather(recorder, now);
        self.settle();
        self.end_round();
    }

    /// As a round, and decides everything: nothing more will come.
    pub(crate) fn last_round(&mut self, recorder: &Recorder, now: Instant) {
        self.gather(recorder, now);
        for number in std::mem::take(&mut self.young) {
            self.decide(number, None);
        }
        self.settle();
        while let Some(oldest) = self.waiting.oldest() {
            self.decide(oldest, Some(Early::Shutdown));
        }
        self.end_round();
    }

    /// Takes the full segments of what is kept; with `all` also what has been begun.
    pub(crate) fn take(&mut self, signal: Signal, all: bool, taken: &mut Vec<Segment>) {
        self.outlet.take(signal, all, taken);
    }

    pub(crate) fn counts(&self) -> &TailCounts {
        &self.counts
    }

    pub(crate) fn arena_bytes(&self) -> usize {
        self.policy.arena_bytes()
    }

    /// Collects and scans, decides the ripe and the overdue.
    fn gather(&mut self, recorder: &Recorder, now: Instant) {
        self.now = now;
        // What a panic has left behind of the last round is lost, but for the next start, if it is in the spool.
        for segment in self.segments.drain(..) {
            segment.owe(1);
            self.counts.refused[segment.signal() as usize] += segment.frame_count() as u64;
        }
        self.places.clear();
        std::mem::swap(&mut self.ripe, &mut self.young);
        // At once one after the other: whatever ends in between waits for the next round.
        recorder.collect(Signal::Traces, &mut self.segments);
        let first = self.segments.len();
        recorder.collect(Signal::Traces, &mut self.segments);
        // A record is written before the root's frame, so those of ripe roots are here now.
        recorder.collect(Signal::Logs, &mut self.segments);
        self.scan(..first);
        self.ripe.append(&mut self.young);
        self.scan(first..);
        let mut ripe = std::mem::take(&mut self.ripe);
        ripe.drain(..).for_each(|number| self.decide(number, None));
        self.ripe = ripe;
        while let Some(oldest) = self.waiting.oldest() {
            if !self.policy.is_over_time(self.waiting[oldest].since, now) {
                break;
            }
            self.decide(oldest, Some(Early::TimedOut));
        }
    }

    /// Notes what the headers of some segments say, and where each frame belongs.
    fn scan(&mut self, which: impl SliceIndex<[Segment], Output = [Segment]>) {
        let segments = std::mem::take(&mut self.segments);
        for frame in segments[which].iter().flat_map(Segment::frames) {
            let outside = frame.kind() == KIND_LOG
                && (frame.flags() & FLAG_SAMPLED == 0 || !frame.trace_id().is_valid());
            let place = if outside { OUTSIDE } else { self.note(frame) as u32 };
            self.places.push(place);
        }
        self.segments = segments;
    }

    #[inline]
    fn note(&mut self, frame: Frame<'_>) -> usize {
        let key = Key::of(frame);
        let number = self.waiting.find(key).unwrap_or_else(|| self.begin(key));
        let part = &mut self.waiting[number];
        let adopted = part.facts.adopted;
        let is_root = part.facts.note(frame);
        if frame.kind() != KIND_LOG {
            self.counts.panics += self.policy.look(&mut part.facts, frame, is_root);
        }
        if part.choice.is_none() && is_root {
            self.young.push(number);
        }
        if part.choice.is_none() && part.facts.adopted && !adopted {
            self.adopt(number);
        }
        number
    }

    /// A local trace that is new here, or was decided in an earlier round.
    fn begin(&mut self, key: Key) -> usize {
        let number = self.waiting.add(key, self.now);
        if let Some(choice) = self.remembered.get(key) {
            let part = &mut self.waiting[number];
            (part.choice, part.late) = (Some(choice), true);
            self.decided.push(number);
        }
        number
    }

    /// Its upper end hangs under a span of this process whose local root is not known: the trace's decision is its own.
    fn adopt(&mut self, number: usize) {
        match self.remembered.get(self.waiting[number].key.whole_trace()) {
            Some(choice) => self.conclude(number, choice),
            None => self.waiting.adopt(number),
        }
    }

    fn decide(&mut self, number: usize, early: Option<Early>) {
        let part = &self.waiting[number];
        if part.choice.is_some() {
            return;
        }
        let (key, early) = (part.key, early.filter(|_| !part.facts.is_complete()));
        let mut facts = part.facts.clone();
        // Those that go with it, if it is not one of them.
        let others = if facts.adopted { Vec::new() } else { self.waiting.take_adopted(key.trace_id) };
        others.iter().for_each(|other| facts.join(&self.waiting[*other].facts));
        let reason = match early {
            Some(Early::Shutdown) => Some(Reason::Shutdown),
            Some(_) => Some(Reason::Limit),
            // Only a shutdown exports what is open.
            None => facts.root.filter(|root| root.unfinished).map(|_| Reason::Shutdown),
        };
        let of_trace = || self.remembered.get(key.whole_trace());
        let choice = self.policy.choose(key, &facts, reason, of_trace, (self.now, &mut self.counts));
        self.count(choice, early);
        self.remembered.put(key, choice);
        self.conclude(number, choice);
        others.into_iter().for_each(|other| self.conclude(other, choice));
    }

    /// A local trace has its decision: what waits of it goes its way.
    fn conclude(&mut self, number: usize, choice: Choice) {
        let part = &mut self.waiting[number];
        if part.choice.is_some() {
            return;
        }
        part.choice = Some(choice);
        self.decided.push(number);
        let held = std::mem::take(&mut part.held);
        let adopted = part.facts.adopted;
        if adopted {
            self.waiting.release(number);
        }
        for frame in Frame::all(&held) {
            self.send_on(frame, choice);
        }
        self.arena.give_back(held);
    }

    fn count(&mut self, choice: Choice, early: Option<Early>) {
        let counts = &mut self.counts;
        match choice.kept {
            true => counts.kept[choice.reason.index()] += 1,
            false => counts.traces_dropped += 1,
        }
        match early {
            Some(Early::Outgrown) => counts.outgrown += 1,
            Some(Early::CrowdedOut) => counts.crowded_out += 1,
            Some(Early::TimedOut) => counts.timed_out += 1,
            Some(Early::Shutdown) | None => {}
        }
    }

    /// Forgets what is decided, and tells the ledger.
    fn end_round(&mut self) {
        self.young.retain(|number| self.waiting[*number].choice.is_none());
        for number in self.decided.drain(..) {
            self.waiting.remove(number);
        }
        // What a round brought is of parts that were there by then.
        let oldest = self.waiting.oldest().map(|oldest| self.waiting[oldest].since);
        while self.pinned.front().is_some_and(|(round, _)| oldest.is_none_or(|oldest| oldest > *round)) {
            self.pinned.pop_front();
        }
        self.waiting.trim();
        if self.spares.memory.is_tight() {
            self.arena.trim();
        }
        self.counts.waiting = self.waiting.len() as u64;
        self.counts.bytes = self.arena.used() as u64;
        self.ledger.publish(self.counts);
    }
}
