//! How each frame of a round goes its way: on, away, or into the arena.

use super::{Early, OUTSIDE, Stage};
use crate::buffer::frame::{FLAG_VERBOSE, Frame, KIND_LOG};
use crate::export::Signal;
use crate::tail::choice::Choice;
use crate::tail::outlet::Additions;

// === impl Stage ===

impl Stage {
    /// Every frame of the round goes its way.
    pub(super) fn settle(&mut self) {
        let (segments, places) = (std::mem::take(&mut self.segments), std::mem::take(&mut self.places));
        let mut places_left = places.iter();
        let mut segments = segments;
        for mut segment in segments.drain(..) {
            let signal = segment.signal();
            // Each is counted anew where it goes to.
            self.spares.settle(signal, segment.frame_count());
            let mut undecided = false;
            for (frame, place) in segment.frames().zip(&mut places_left) {
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
        self.segments = segments;
        self.places = places;
        self.places.clear();
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
            let wanted = choice.kept && (frame.flags() & FLAG_VERBOSE == 0 || choice.is_bad());
            return match wanted {
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
