//! `Part`: what is known of a local trace while it waits.

use super::choice::Choice;
use crate::TraceId;
use crate::buffer::frame::{FLAG_ERROR, FLAG_LOCAL_ROOT, FLAG_UNFINISHED, Frame, KIND_LOG, local_root_of};
use std::time::Instant;

/// Names a local trace: a trace may come through a process several times, and each time has a root of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) trace_id: TraceId,
    /// Of the frame's header.
    pub(super) local_root: u32,
}

/// A local trace.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) key: Key,
    /// Tells it from an earlier one in the same place.
    pub(super) serial: u64,
    /// When its first frame came by.
    pub(super) since: Instant,
    pub(super) facts: Facts,
    /// Its frames that wait in the arena.
    pub(super) held: Vec<u8>,
    /// It is decided, and leaves at the end of the round.
    pub(super) choice: Option<Choice>,
    /// The decision is of an earlier round.
    pub(super) late: bool,
}

/// What a decision goes by.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) spans: u64,
    /// A span has the status Error.
    pub(super) error: bool,
    /// The first start and the last end, in nanoseconds since the Unix epoch.
    pub(super) times: Option<(u64, u64)>,
    pub(super) root: Option<Root>,
    /// Its uppermost span has a parent in this process that was set by hand: it goes with that one's trace.
    pub(super) adopted: bool,
    /// A bit for each rule: one of its spans is as the rule says.
    pub(super) spans_matched: u64,
    /// The same of the name of its root.
    pub(super) root_matched: u64,
    /// The trace state of its root, else of the first span that had one.
    pub(super) trace_state: Option<Box<str>>,
}

/// What is known of a local root that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Root {
    pub(super) nanos: u64,
    pub(super) unfinished: bool,
    /// Where durations of roots of its name are kept.
    pub(super) durations: usize,
}

// === impl Key ===

impl Key {
    #[inline]
    pub(super) fn of(frame: Frame<'_>) -> Key {
        Key { trace_id: frame.trace_id(), local_root: frame.local_root() }
    }

    /// All of the trace, in this process.
    pub(super) fn whole_trace(self) -> Key {
        Key { local_root: 0, ..self }
    }
}

// === impl Facts ===

impl Facts {
    /// Takes in what a frame's header says. Whether it is the frame of the local root.
    #[inline]
    pub(super) fn note(&mut self, frame: Frame<'_>) -> bool {
        if frame.kind() == KIND_LOG {
            return false;
        }
        let (flags, (start, end)) = (frame.flags(), frame.times());
        self.spans += 1;
        self.error |= flags & FLAG_ERROR != 0;
        let (first, last) = self.times.unwrap_or((start, end));
        self.times = Some((first.min(start), last.max(end)));
        if flags & FLAG_LOCAL_ROOT == 0 {
            self.adopted |= local_root_of(frame.span_id()) == frame.local_root();
            return false;
        }
        let unfinished = flags & FLAG_UNFINISHED != 0;
        self.root = Some(Root { nanos: end.saturating_sub(start), unfinished, durations: 0 });
        true
    }

    /// Takes in what belongs to the same trace.
    pub(super) fn join(&mut self, other: &Facts) {
        self.spans += other.spans;
        self.error |= other.error;
        self.spans_matched |= other.spans_matched;
    }

    /// Whether its local root has ended.
    pub(super) fn is_complete(&self) -> bool {
        self.root.is_some_and(|root| !root.unfinished)
    }

    /// How long it has taken, as far as is known.
    pub(super) fn nanos(&self) -> u64 {
        let so_far = self.times.map_or(0, |(first, last)| last - first);
        self.root.filter(|root| !root.unfinished).map_or(so_far, |root| root.nanos)
    }
}
