//! `Arena`: the memory of frames that wait, bounded by itself and as a part of `queue_bytes`.

use crate::buffer::segment::Spares;
use std::sync::Arc;

/// The first buffer of a part: a few spans.
const FIRST: usize = 1024;
/// What a part costs besides its frames: its facts, its places in the tables.
const PART: usize = 384;
/// Emptied buffers up to this size are kept for the next parts, so many bytes of them.
const KEPT: usize = 8 * 1024;
const KEPT_BYTES: usize = 256 * 1024;

/// Buffers of parts.
#[derive(Debug)]
pub(super) struct Arena {
    bound: usize,
    /// Of all buffers, by capacity, those that are kept included.
    used: usize,
    kept: Vec<Vec<u8>>,
    kept_bytes: usize,
    spares: Arc<Spares>,
}

// === impl Arena ===

impl Arena {
    pub(super) fn new(bound: usize, spares: Arc<Spares>) -> Arena {
        Arena { bound, used: 0, kept: Vec::new(), kept_bytes: 0, spares }
    }

    /// Adds a frame to a part's buffer; `false`: there is no room.
    pub(super) fn put(&mut self, buffer: &mut Vec<u8>, frame: &[u8]) -> bool {
        if buffer.capacity() == 0 {
            if !self.reserve(PART) {
                return false;
            }
            match self.kept.pop() {
                Some(kept) => {
                    self.kept_bytes -= kept.capacity();
                    *buffer = kept;
                }
                None if !self.grow(buffer, FIRST.max(frame.len())) => {
                    self.release(PART);
                    return false;
                }
                None => {}
            }
        }
        let needed = buffer.len() + frame.len();
        if needed > buffer.capacity() {
            // Near the bound the frame may still fit where twice the buffer does not.
            let twice = needed.max(2 * buffer.capacity());
            if !self.grow(buffer, twice) && !self.grow(buffer, needed) {
                if buffer.is_empty() {
                    self.give_back(std::mem::take(buffer));
                }
                return false;
            }
        }
        buffer.extend_from_slice(frame);
        true
    }

    /// A part's buffer is needed no more.
    pub(super) fn give_back(&mut self, mut buffer: Vec<u8>) {
        if buffer.capacity() == 0 {
            return;
        }
        self.release(PART);
        let capacity = buffer.capacity();
        if capacity <= KEPT && self.kept_bytes + capacity <= KEPT_BYTES {
            buffer.clear();
            self.kept_bytes += capacity;
            self.kept.push(buffer);
        } else {
            self.release(capacity);
        }
    }

    /// Frees the buffers that wait for the next parts.
    pub(super) fn trim(&mut self) {
        self.kept = Vec::new();
        let bytes = std::mem::take(&mut self.kept_bytes);
        self.release(bytes);
    }

    /// Bytes in use, but for buffers that wait for the next parts.
    pub(super) fn used(&self) -> usize {
        self.used - self.kept_bytes
    }

    /// A part that holds more than this is decided.
    pub(super) fn most_of_one(&self) -> usize {
        self.bound / 4
    }

    fn grow(&mut self, buffer: &mut Vec<u8>, capacity: usize) -> bool {
        let more = capacity - buffer.capacity();
        if !self.reserve(more) {
            return false;
        }
        buffer.reserve_exact(capacity - buffer.len());
        // The allocator may have given more than was asked for: count what is there.
        let surplus = buffer.capacity() - capacity;
        if surplus > 0 {
            self.used += surplus;
            // Over the bound it exists all the same, and is given back with the buffer.
            self.spares.memory.add(surplus);
        }
        true
    }

    fn reserve(&mut self, bytes: usize) -> bool {
        if self.used + bytes > self.bound && self.kept_bytes > 0 {
            self.trim();
        }
        let fits = self.used + bytes <= self.bound && self.spares.memory.reserve(bytes);
        self.used += if fits { bytes } else { 0 };
        fits
    }

    fn release(&mut self, bytes: usize) {
        self.used -= bytes;
        self.spares.memory.release(bytes);
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        self.spares.memory.release(self.used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_takes_more_than_its_bound_and_gives_all_of_it_back() {
        let spares = Spares::new(1 << 20, [None; 2]);
        let mut arena = Arena::new(16 << 10, Arc::clone(&spares));
        let (mut buffers, frame) = (vec![Vec::new(); 20], [7; 300]);
        for round in 0..50 {
            let held =
                buffers.iter_mut().map(|buffer| arena.put(buffer, &frame)).filter(|held| *held).count();
            assert!(arena.used() <= 16 << 10 && spares.memory.used() == arena.used(), "{round}");
            assert_eq!(held > 0, round < 4, "{round}");
        }
        let bytes: usize = buffers.iter().map(Vec::len).sum();
        assert!(bytes > 8 << 10, "{bytes}: it is of little use");
        buffers.drain(..).for_each(|buffer| arena.give_back(buffer));
        arena.trim();
        assert_eq!((arena.used(), spares.memory.used()), (0, 0));
    }

    #[test]
    fn a_buffer_is_used_again() {
        let spares = Spares::new(1 << 20, [None; 2]);
        let mut arena = Arena::new(16 << 10, Arc::clone(&spares));
        for _ in 0..1_000 {
            let mut buffer = Vec::new();
            assert!(arena.put(&mut buffer, &[1; 100]));
            let used = spares.memory.used();
            arena.give_back(buffer);
            assert_eq!((arena.used(), spares.memory.used()), (0, used - PART));
        }
        drop(arena);
        assert_eq!(spares.memory.used(), 0);
    }

    #[test]
    fn where_the_queue_has_no_room_it_has_none() {
        let spares = Spares::new(2_000, [None; 2]);
        let mut arena = Arena::new(1 << 20, Arc::clone(&spares));
        let (mut first, mut second) = (Vec::new(), Vec::new());
        assert!(arena.put(&mut first, &[1; 100]));
        assert!(!arena.put(&mut second, &[1; 100]) && second.capacity() == 0);
        assert!(arena.put(&mut first, &[1; 900]));
        drop(arena);
    }
}
