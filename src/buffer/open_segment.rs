//! `OpenSegment`: the segment that a shard is filling.
//!
//! Without a spool frames are written where they stay. With one they are written into a buffer of the shard's and copied
//! into a slot when they are whole: the slot is a file, in which only whole frames may be seen.

use super::segment::{SEGMENT_BYTES, SLOT_PORTION, Segment, Spares};
use crate::spool::{Pool, Slot};
use std::sync::Arc;

/// A thread's first segment starts this small, so that many idle threads cost little.
const FIRST_BYTES: usize = 2 * 1024;

/// Frames that are not handed over yet.
#[derive(Debug, Default)]
pub(crate) struct OpenSegment {
    /// What frames are written into, at its end. Their end is told by [`end_frame`](Self::end_frame).
    pub(crate) bytes: Vec<u8>,
    frames: usize,
    /// So many bytes more may be written without [`make_room`](Self::make_room).
    left: usize,
    slot: Option<Slot>,
    /// What is counted in memory for the slot.
    held: usize,
}

// === impl OpenSegment ===

impl OpenSegment {
    /// Whether `room` more bytes fit without growing.
    #[inline]
    pub(crate) fn fits(&self, room: usize) -> bool {
        self.left >= room
    }

    /// A frame has been written, from `start` to the end of the buffer.
    #[inline]
    pub(crate) fn end_frame(&mut self, start: usize) {
        self.frames += 1;
        match &mut self.slot {
            None => self.left = self.left.saturating_sub(self.bytes.len() - start),
            Some(slot) => {
                slot.push(&self.bytes[start..]);
                self.bytes.clear();
                self.left =
                    slot.room().min(self.bytes.capacity()).min(self.held.saturating_sub(slot.filled()));
            }
        }
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
        match spares.spool() {
            Some(pool) if room <= pool.most() => self.make_room_in_slot(room, spares, pool, full),
            // A longer frame than any slot takes.
            Some(_) => {
                *full = self.seal(spares);
                self.give_up(spares);
                self.make_room_on_heap(room, spares, &mut None)
            }
            None => self.make_room_on_heap(room, spares, full),
        }
    }

    fn make_room_in_slot(
        &mut self,
        room: usize,
        spares: &Arc<Spares>,
        pool: &Pool,
        full: &mut Option<Segment>,
    ) -> bool {
        if self.slot.as_ref().is_some_and(|slot| slot.room() >= room) {
            return self.reserve(room, spares);
        }
        if self.slot.is_some() {
            *full = self.seal(spares);
            self.give_up(spares);
        }
        // Memory first: whoever has a slot has memory counted for it, so there are slots as long as there is memory.
        if !spares.memory.reserve(SLOT_PORTION) {
            return false;
        }
        match pool.take() {
            Some(slot) => {
                // What there was on the heap goes first.
                *full = full.take().or_else(|| self.seal(spares));
                (self.slot, self.held) = (Some(slot), SLOT_PORTION);
                self.reserve(room, spares)
            }
            // Until there is one again.
            None => {
                spares.memory.release(SLOT_PORTION);
                self.make_room_on_heap(room, spares, full)
            }
        }
    }

    /// Has memory counted for `room` more bytes of the slot, and a buffer that long.
    fn reserve(&mut self, room: usize, spares: &Spares) -> bool {
        let Some(slot) = &self.slot else { return false };
        let (filled, room_in_slot) = (slot.filled(), slot.room());
        let needed = (filled + room).next_multiple_of(SLOT_PORTION).min(filled + room_in_slot);
        let more = needed.saturating_sub(self.held);
        if !spares.memory.reserve(more) {
            return false;
        }
        self.held += more;
        if !self.grow(room, FIRST_BYTES, spares) {
            return false;
        }
        self.left = room_in_slot.min(self.bytes.capacity()).min(self.held - filled);
        self.left >= room
    }

    fn make_room_on_heap(&mut self, room: usize, spares: &Arc<Spares>, full: &mut Option<Segment>) -> bool {
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
        let made = self.grow(room, first, spares) || self.grow(room, FIRST_BYTES, spares);
        self.left = self.bytes.capacity() - self.bytes.len();
        made && self.left >= room
    }

    /// Takes what has been filled, leaving nothing allocated behind but the buffer of a slot.
    pub(crate) fn seal(&mut self, spares: &Arc<Spares>) -> Option<Segment> {
        if self.frames == 0 {
            return None;
        }
        self.left = 0;
        let (frames, spares) = (std::mem::take(&mut self.frames), Arc::clone(spares));
        Some(match self.slot.take() {
            Some(slot) => Segment::spooled(slot, frames, std::mem::take(&mut self.held), spares),
            None => Segment::heap(std::mem::take(&mut self.bytes), frames, spares),
        })
    }

    /// Gives back a slot that no frame is in.
    pub(crate) fn give_up(&mut self, spares: &Spares) {
        if self.frames > 0 {
            return;
        }
        if let (Some(slot), Some(pool)) = (self.slot.take(), spares.spool()) {
            pool.put(slot, false, true);
        }
        spares.memory.release(std::mem::take(&mut self.held));
        self.left = 0;
    }

    /// Gives up a buffer that nothing is in, where memory is short.
    pub(crate) fn shed(&mut self, spares: &Spares) {
        if self.frames == 0 && self.slot.is_none() {
            spares.memory.release(self.bytes.capacity());
            spares.put(std::mem::take(&mut self.bytes));
            self.left = 0;
        }
    }

    fn grow(&mut self, room: usize, first: usize, spares: &Spares) -> bool {
        let needed = self.bytes.len() + room;
        let old = self.bytes.capacity();
        if old >= needed {
            return true;
        }
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
    use crate::buffer::frame::{Header, KIND_SPAN};
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
        let start = segment.bytes.len();
        segment.bytes.extend_from_slice(&header.to_bytes());
        segment.bytes.resize(start + length, 1);
        segment.end_frame(start);
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
