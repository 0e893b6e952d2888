//! `Segment`: frames one after another in one buffer, and the `Spares` that buffers come from and return to.

use super::backlog::Backlog;
use super::frame::{Frame, KIND_LOG};
use super::memory::Memory;
use crate::export::Signal;
use std::sync::{Arc, Mutex, PoisonError};

/// The size at which a segment is full. A longer frame gets a segment of its own.
pub(crate) const SEGMENT_BYTES: usize = 64 * 1024;
/// A thread's first segment starts this small, so that many idle threads cost little.
const FIRST_BYTES: usize = 2 * 1024;
/// How many emptied buffers wait for reuse.
const MAX_SPARES: usize = 128;

/// A full (or collected) segment on its way through the worker, all of one signal. Its memory is given back when it is dropped, by
/// its last exporter.
#[derive(Debug)]
pub(crate) struct Segment {
    bytes: Vec<u8>,
    frames: usize,
    spares: Arc<Spares>,
}

/// Emptied buffers, and the count of all bytes in use.
#[derive(Debug)]
pub(crate) struct Spares {
    pub(crate) memory: Memory,
    /// By signal, where the number of frames is bounded too.
    backlogs: [Option<Backlog>; Signal::ALL.len()],
    buffers: Mutex<Vec<Vec<u8>>>,
}

/// The segment that a shard is filling.
#[derive(Debug, Default)]
pub(crate) struct OpenSegment {
    pub(crate) bytes: Vec<u8>,
    pub(crate) frames: usize,
}

// === impl Segment ===

impl Segment {
    /// The frames, in the order in which their spans were finished.
    pub(crate) fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        Frame::all(&self.bytes)
    }

    pub(crate) fn frame_count(&self) -> usize {
        self.frames
    }

    /// What its frames are. It has at least one, and they are all of one kind.
    pub(crate) fn signal(&self) -> Signal {
        match self.frames().next().map(|frame| frame.header().kind) {
            Some(KIND_LOG) => Signal::Logs,
            _ => Signal::Traces,
        }
    }

    /// Its frames have been moved on, and are counted where they are now.
    pub(crate) fn hand_on_frames(&mut self) {
        self.frames = 0;
    }

    /// Bytes filled.
    pub(crate) fn length(&self) -> usize {
        self.bytes.len()
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        self.spares.settle(self.signal(), self.frames);
        self.spares.memory.release(self.bytes.capacity());
        self.spares.put(std::mem::take(&mut self.bytes));
    }
}

// === impl Spares ===

impl Spares {
    /// `most`: so many frames of each signal may wait or be under way.
    pub(crate) fn new(bound: usize, most: [Option<usize>; Signal::ALL.len()]) -> Arc<Self> {
        let backlogs = most.map(|most| most.map(Backlog::new));
        Arc::new(Spares { memory: Memory::new(bound), backlogs, buffers: Mutex::default() })
    }

    /// Whether one more frame may be written; `Some(true)`: it is time to wake the worker.
    pub(crate) fn admit(&self, signal: Signal) -> Option<bool> {
        self.backlogs[signal as usize].as_ref().map_or(Some(false), Backlog::admit)
    }

    /// So many frames wait again that were out of the way, whatever the bound.
    pub(crate) fn readmit(&self, signal: Signal, frames: usize) {
        self.backlogs[signal as usize].iter().for_each(|backlog| backlog.add(frames));
    }

    /// So many frames are out of the way.
    pub(crate) fn settle(&self, signal: Signal, frames: usize) {
        self.backlogs[signal as usize].iter().for_each(|backlog| backlog.release(frames));
    }

    /// Whether the worker has a number to keep down.
    pub(crate) fn is_bounded_in_number(&self, signal: Signal) -> bool {
        self.backlogs[signal as usize].is_some()
    }

    fn put(&self, mut buffer: Vec<u8>) {
        let mut buffers = self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.capacity() <= 2 * SEGMENT_BYTES && buffers.len() < MAX_SPARES {
            buffer.clear();
            buffers.push(buffer);
        }
    }

    fn take(&self) -> Option<Vec<u8>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

// === impl OpenSegment ===

impl OpenSegment {
    /// Whether `room` more bytes fit without growing.
    #[inline]
    pub(crate) fn fits(&self, room: usize) -> bool {
        self.bytes.capacity() - self.bytes.len() >= room
    }

    /// Makes sure that `room` more bytes fit; `false` when the memory bound does not allow it.
    /// A segment that is full is put into `full` first.
    #[cold]
    pub(crate) fn make_room(
        &mut self,
        room: usize,
        spares: &Arc<Spares>,
        full: &mut Option<Segment>,
    ) -> bool {
        if !self.bytes.is_empty() && self.bytes.len() + room > SEGMENT_BYTES {
            *full = self.seal(spares);
        }
        if self.bytes.capacity() == 0
            && let Some(spare) = spares.take()
        {
            match spares.memory.reserve(spare.capacity()) {
                true => self.bytes = spare,
                // Near the bound a new one of its least size may still fit.
                false => spares.put(spare),
            }
        }
        // A thread that has just filled a segment will fill the next.
        let first = if full.is_some() { SEGMENT_BYTES } else { FIRST_BYTES };
        // Near the bound a small one may still fit where a whole one does not.
        self.fits(room) || self.grow(room, first, spares) || self.grow(room, FIRST_BYTES, spares)
    }

    /// Takes what has been filled, leaving nothing allocated behind.
    pub(crate) fn seal(&mut self, spares: &Arc<Spares>) -> Option<Segment> {
        if self.frames == 0 {
            return None;
        }
        let OpenSegment { bytes, frames } = std::mem::take(self);
        Some(Segment { bytes, frames, spares: Arc::clone(spares) })
    }

    fn grow(&mut self, room: usize, first: usize, spares: &Spares) -> bool {
        let needed = self.bytes.len() + room;
        let old = self.bytes.capacity();
        let wanted = needed.max((2 * old).clamp(first, SEGMENT_BYTES));
        if !spares.memory.reserve(wanted - old) {
            return false;
        }
        self.bytes.reserve_exact(wanted - self.bytes.len());
        // The allocator may have given more than was asked for: count what is there.
        let surplus = self.bytes.capacity() - wanted;
        surplus == 0 || spares.memory.reserve(surplus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffer::frame::{HEADER_LEN, Header, KIND_SPAN};
    use crate::context::{SpanId, TraceId};

    fn push(segment: &mut OpenSegment, spares: &Arc<Spares>, length: usize) -> Result<Option<Segment>, ()> {
        let mut full = None;
        if !segment.fits(length) && !segment.make_room(length, spares, &mut full) {
            return Err(());
        }
        let header = Header {
            length: length as u32,
            kind: KIND_SPAN,
            flags: 0,
            scope_length: 0,
            local_root: 0,
            trace_id: TraceId::INVALID,
            span_id: SpanId::INVALID,
            parent_span_id: SpanId::INVALID,
            start_unix_nanos: 0,
            end_unix_nanos: 0,
        };
        segment.bytes.extend_from_slice(&header.to_bytes());
        segment.bytes.resize(segment.bytes.len() + length - HEADER_LEN, 1);
        segment.frames += 1;
        Ok(full)
    }

    #[test]
    fn a_segment_starts_small_grows_to_64_kib_and_is_then_handed_over() {
        let (spares, mut open) = (Spares::new(1 << 20, [None; 2]), OpenSegment::default());
        assert!(push(&mut open, &spares, 100).expect("room").is_none());
        assert_eq!(spares.memory.used(), FIRST_BYTES);
        let full = (0..).find_map(|_| push(&mut open, &spares, 1000).expect("room")).expect("never full");
        assert_eq!(full.frame_count(), 1 + (SEGMENT_BYTES - 100) / 1000);
        assert_eq!(full.frames().count(), full.frame_count());
        drop((open.seal(&spares), full));
        assert_eq!(spares.memory.used(), 0);
        assert!(push(&mut open, &spares, 100).expect("room").is_none());
        assert_ne!(spares.memory.used(), FIRST_BYTES, "the spare buffer was not used again");
    }

    #[test]
    fn over_the_bound_the_newest_frame_is_refused_and_the_others_stay() {
        let (spares, mut open) = (Spares::new(4096, [None; 2]), OpenSegment::default());
        let taken = (0..100).take_while(|_| push(&mut open, &spares, 500).is_ok()).count();
        assert_eq!(taken, 8);
        assert_eq!(open.seal(&spares).expect("frames").frames().count(), 8);
        assert_eq!(spares.memory.used(), 0);
        assert!(push(&mut open, &spares, 5000).is_err(), "a frame larger than the bound");
        assert!(push(&mut open, &spares, 500).is_ok(), "a smaller one after it");
    }
}
