//! How each frame of a round goes its way: on, away, or into the arena.

use super::{Early, OUTSIDE, Stage};
use crate::buffer::frame::{FLAG_VERBOSE, Frame, KIND_LOG};
use crate::buffer::segment::Segment;
use crate::export::Signal;
use crate::tail::choice::Choice;
use crate::tail::outlet::Additions;

/// A segment is passed on as it is, if at most one in so many of its frames has to be moved.
const FEW: usize = 4;

// === impl Stage ===

impl Stage {
    /// Every frame of the round goes its way.
    pub(super) fn settle(&mut self) {
        let (mut segments, places) = (std::mem::take(&mut self.segments), std::mem::take(&mut self.places));
        let mut left = &places[..];
        for segment in segments.drain(..) {
            let (own, others) = left.split_at(segment.frame_count().min(left.len()));
            left = others;
            match self.may_stay_together(&segment, own) {
                true => self.forward(segment, own),
                false => self.take_apart(segment, own),
            }
        }
        self.segments = segments;
        self.places = places;
        self.places.clear();
    }

    /// Whether nearly all of a segment leaves as it lies there. What is in the spool is not written to.
    fn may_stay_together(&self, segment: &Segment, places: &[u32]) -> bool {
        let moving =
            segment.frames().zip(places).filter(|(frame, place)| !self.stays(*frame, **place)).count();
        segment.spooled_at().is_none() && moving * FEW <= places.len()
    }

    /// Whether a frame is passed on without anything being added to it.
    #[inline]
    fn stays(&self, frame: Frame<'_>, place: u32) -> bool {
        if place == OUTSIDE {
            return true;
        }
        let Some(choice) = self.waiting[place as usize].choice else { return false };
        match frame.kind() {
            KIND_LOG => wants_record(choice, frame),
            _ => choice.kept && !self.policy.may_add(choice, frame),
        }
    }

    /// Passes a segment on: only the few frames that do not stay are moved.
    fn forward(&mut self, mut segment: Segment, places: &[u32]) {
        let signal = segment.signal();
        let (mut moved, mut at) = (std::mem::take(&mut self.moved), 0);
        for (frame, place) in segment.frames().zip(places) {
            if !self.stays(frame, *place) {
                // It is counted anew where it goes to.
                self.spares.settle(signal, 1);
                self.pass(signal, frame, *place);
                moved.push(at);
            } else {
                let late = *place != OUTSIDE && self.waiting[*place as usize].late;
                self.counts.late[signal as usize] += u64::from(late);
                self.counts.passed[signal as usize] += 1;
            }
            at += frame.bytes().len();
        }
        segment.take_out(&moved);
        self.outlet.forward(segment);
        moved.clear();
        self.moved = moved;
    }

    /// Moves every frame of a segment to where it goes.
    fn take_apart(&mut self, mut segment: Segment, places: &[u32]) {
        let signal = segment.signal();
        // Each is counted anew where it goes to.
        self.spares.settle(signal, segment.frame_count());
        let mut undecided = false;
        for (frame, place) in segment.frames().zip(places) {
            self.pass(signal, frame, *place);
            undecided |= *place != OUTSIDE && self.waiting[*place as usize].choice.is_none();
        }
        segment.hand_on_frames();
        // What is undecided outlives a crash where it lies; in memory is a copy.
        if undecided && segment.spooled_at().is_some() {
            segment.evict();
            // Where it cannot leave memory, and that is short, the spans to come are worth more.
            if segment.is_evicted() || !self.spares.memory.is_tight() {
                self.pinned.push_back((self.now, segment));
            }
        }
    }

    #[inline]
    fn pass(&mut self, signal: Signal, frame: Frame<'_>, place: u32) {
        if place == OUTSIDE {
            return self.put(signal, frame, &Additions::default());
        }
        let number = place as usize;
        match self.waiting[number].choice {
            Some(choice) => {
                self.counts.late[signal as usize] += u64::from(self.waiting[number].late);
                self.send_on(frame, choice);
            }
            None => self.hold(number, frame),
        }
    }

    fn hold(&mut self, number: usize, frame: Frame<'_>) {
        loop {
            let most = self.arena.most_of_one();
            let held = &mut self.waiting[number].held;
            if held.len() + frame.bytes().len() > most {
                self.decide(number, Some(Early::Outgrown));
                break;
            }
            if self.arena.put(held, frame.bytes()) {
                return;
            }
            let oldest = self.waiting.oldest().filter(|oldest| !self.waiting[*oldest].held.is_empty());
            let victim = oldest.unwrap_or(number);
            self.decide(victim, Some(Early::CrowdedOut));
            if victim == number {
                break;
            }
        }
        if let Some(choice) = self.waiting[number].choice {
            self.send_on(frame, choice);
        }
    }

    /// Passes a frame of a decided trace on, or drops it.
    #[inline]
    pub(super) fn send_on(&mut self, frame: Frame<'_>, choice: Choice) {
        if frame.kind() == KIND_LOG {
            return match wants_record(choice, frame) {
                true => self.put(Signal::Logs, frame, &Additions::default()),
                false => self.counts.dropped[Signal::Logs as usize] += 1,
            };
        }
        if !choice.kept {
            self.counts.dropped[Signal::Traces as usize] += 1;
            return;
        }
        let trace_state = self.policy.trace_state(choice, frame);
        let additions = Additions {
            attribute: self.policy.attribute(choice, frame),
            trace_state: trace_state.as_deref(),
        };
        let passed = self.outlet.put(Signal::Traces, frame.bytes(), &additions);
        self.passed(Signal::Traces, passed);
    }

    fn put(&mut self, signal: Signal, frame: Frame<'_>, additions: &Additions<'_>) {
        let passed = self.outlet.put(signal, frame.bytes(), additions);
        self.passed(signal, passed);
    }

    #[inline]
    fn passed(&mut self, signal: Signal, passed: bool) {
        match passed {
            true => {
                self.spares.readmit(signal, 1);
                self.counts.passed[signal as usize] += 1;
            }
            false => self.counts.refused[signal as usize] += 1,
        }
    }
}

/// Whether a log record goes with its trace.
#[inline]
fn wants_record(choice: Choice, frame: Frame<'_>) -> bool {
    choice.kept && (frame.flags() & FLAG_VERBOSE == 0 || choice.is_bad())
}
