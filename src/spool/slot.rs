//! `Slot`: a piece of a spool file that a segment is written into.

use super::checksum::checksum;
use super::file::SpoolFile;
use super::header::SLOT_HEAD;
use super::map::{HEAD, Piece};
use super::marks::{self, MARKS, MARKS_AT, Mark};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Length of the word that a frame begins with.
const WORD: usize = 4;
const _: () = assert!(SLOT_HEAD == HEAD && MARKS_AT + 8 * MARKS == SLOT_HEAD);

/// A slot that frames are being written into, or that waits to be exported.
#[derive(Debug)]
pub(crate) struct Slot {
    piece: Piece,
    file: Arc<SpoolFile>,
    /// The number of this use of it.
    number: u64,
    filled: usize,
    taken_at: u64,
}

/// A slot that nothing is in.
#[derive(Debug)]
pub(super) struct FreeSlot {
    piece: Piece,
    file: Arc<SpoolFile>,
}

// === impl FreeSlot ===

impl FreeSlot {
    pub(super) fn new(piece: Piece, file: Arc<SpoolFile>) -> FreeSlot {
        FreeSlot { piece, file }
    }

    /// Brings it into memory.
    pub(super) fn touch(&mut self) {
        self.piece.touch();
    }

    /// Looks whether its file was deleted.
    pub(super) fn look(&self) {
        self.file.look();
    }

    /// Tells its file from others.
    pub(super) fn file_address(&self) -> usize {
        Arc::as_ptr(&self.file).addr()
    }

    /// Whether its file is still one that a later start would find.
    pub(super) fn is_usable(&self) -> bool {
        !self.file.is_gone()
    }

    /// Begins to use it.
    pub(super) fn take(mut self, number: u64, now_unix_nanos: u64) -> Slot {
        // In this order: a slot with a number is read up to the first length of zero.
        self.piece.commit(SLOT_HEAD, 0);
        self.piece.write(8, &now_unix_nanos.to_le_bytes());
        self.piece.write(0, &number.to_le_bytes());
        self.file.begin();
        Slot { piece: self.piece, file: self.file, number, filled: SLOT_HEAD, taken_at: now_unix_nanos }
    }
}

// === impl Slot ===

impl Slot {
    /// How long a frame may be that still fits.
    #[inline]
    pub(crate) fn room(&self) -> usize {
        self.piece.length() - self.filled
    }

    /// Up to where it is filled.
    #[inline]
    pub(crate) fn filled(&self) -> usize {
        self.filled
    }

    /// The longest frame that fits into any slot.
    pub(super) fn most(slot_bytes: usize) -> usize {
        slot_bytes - SLOT_HEAD
    }

    /// Adds a frame. The caller has asked for its room.
    #[inline]
    pub(crate) fn push(&mut self, frame: &[u8]) {
        let (at, end) = (self.filled, self.filled + frame.len());
        debug_assert!(end <= self.piece.length(), "a frame without room");
        let sum = checksum(self.number, frame);
        // What an earlier use has left behind the frame is cut off before the frame is there.
        if end + WORD <= self.piece.length() {
            self.piece.commit(end, 0);
        }
        self.piece.write(at + 4, frame.get(4..8).unwrap_or_default());
        self.piece.write(at + 8, &sum.to_le_bytes());
        self.piece.write(at + 12, frame.get(12..).unwrap_or_default());
        self.piece.commit(at, frame.len() as u32);
        self.filled = end;
    }

    /// The frames that were added.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.piece.bytes(SLOT_HEAD, self.filled)
    }

    /// When it was taken, nanoseconds since the Unix epoch.
    pub(crate) fn taken_at(&self) -> u64 {
        self.taken_at
    }

    /// Lets its memory go; what is in it stays on disk, and is read from there.
    pub(crate) fn evict(&self) {
        self.piece.evict();
    }

    /// An exporter has answered for these frames: no later start sends them to it.
    pub(crate) fn mark(&self, exporter: usize, first: usize, count: usize) {
        let word = |at: usize| self.piece.word(MARKS_AT + 8 * at);
        // Relaxed: the worker's thread alone comes here, and a later process after all of it.
        let words = std::array::from_fn(|at| word(at).map_or(0, |word| word.load(Ordering::Relaxed)));
        let mark = Mark::new(exporter, first, count).filter(|_| self.is_ours());
        let writes = mark.map(|mark| marks::add(&words, self.number, mark));
        for (at, new) in writes.into_iter().flatten() {
            if let Some(word) = word(at) {
                word.store(new, Ordering::Relaxed);
            }
        }
    }

    /// What is in it is delivered, or given up: no later start finds it.
    pub(super) fn free(mut self) -> FreeSlot {
        self.piece.write(0, &[0; 8]);
        // Their checksums have 16 bits: now and then one would be taken for a mark of a later use, and its spans for delivered.
        for word in (0..MARKS).filter_map(|at| self.piece.word(MARKS_AT + 8 * at)) {
            if word.load(Ordering::Relaxed) != 0 {
                word.store(0, Ordering::Relaxed);
            }
        }
        self.file.end(true);
        FreeSlot { piece: self.piece, file: self.file }
    }

    /// What is in it stays for a later start.
    pub(super) fn leave(self) {
        self.file.end(false);
    }

    /// After a fork the slots are the parent's: nothing in them is changed, no count kept.
    pub(super) fn is_ours(&self) -> bool {
        self.file.is_ours()
    }
}
