//! `Segment`: frames one after another in one buffer, or in a slot of the spool, and the `Spares` that both come from
//! and return to.

use super::backlog::Backlog;
use super::frame::{self, Frame, KIND_GONE, KIND_LOG};
use super::left::Left;
use super::memory::Memory;
use crate::export::{Envelope, Signal};
use crate::spool::{LeftSlot, Pool, Slot};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The size at which a segment is full. A longer frame gets a segment of its own.
pub(crate) const SEGMENT_BYTES: usize = 64 * 1024;
/// The memory of a slot of the spool is counted in steps of this, as it is filled. The pool has slots for a memory bound of
/// which each has one step.
pub(crate) const SLOT_PORTION: usize = 32 * 1024;
/// So many bytes of emptied buffers wait for reuse, beside those that are in use and counted.
const SPARE_BYTES: usize = 8 << 20;

/// A full (or collected) segment on its way through the worker, all of one signal. What it holds is given back when it is
/// dropped, by its last exporter.
#[derive(Debug)]
pub(crate) struct Segment {
    bytes: Bytes,
    frames: usize,
    signal: Signal,
    /// Bytes of the common memory that it takes; 0 while it lies on disk only.
    held: AtomicUsize,
    /// Frames of it that exporters still owe an answer for: one left in the spool stays there if there are any.
    owed: AtomicUsize,
    /// Whose it is, if not this process's.
    origin: Option<Arc<Envelope>>,
    spares: Arc<Spares>,
}

/// Where the frames of a segment lie.
#[derive(Debug)]
enum Bytes {
    Heap(Vec<u8>),
    Spooled(Slot),
    /// Read from the spool of a process that has ended.
    Left(Vec<u8>, LeftSlot, u64),
    /// Only within a drop.
    Gone,
}

/// Emptied buffers, and the count of all bytes in use.
#[derive(Debug)]
pub(crate) struct Spares {
    pub(crate) memory: Memory,
    /// Where segments lie on disk, if they do.
    spool: OnceLock<Arc<Pool>>,
    /// By signal, where the number of frames is bounded too.
    backlogs: [Option<Backlog>; Signal::ALL.len()],
    buffers: Mutex<Emptied>,
}

#[derive(Debug, Default)]
struct Emptied {
    buffers: Vec<Vec<u8>>,
    /// Of all of them.
    bytes: usize,
}

// === impl Segment ===

impl Segment {
    /// `held` bytes have been reserved for it.
    pub(super) fn heap(bytes: Vec<u8>, frames: usize, spares: Arc<Spares>) -> Segment {
        spares.spool().into_iter().for_each(|pool| pool.count_unspooled(frames));
        let (signal, held) = (signal_of(&bytes), bytes.capacity());
        Segment::new(Bytes::Heap(bytes), frames, signal, held, spares)
    }

    pub(super) fn spooled(slot: Slot, frames: usize, held: usize, spares: Arc<Spares>) -> Segment {
        let signal = signal_of(slot.bytes());
        Segment::new(Bytes::Spooled(slot), frames, signal, held, spares)
    }

    /// What another process has left in its spool. It is counted in memory whatever that has room for: there is little
    /// of it at a time.
    pub(crate) fn left(left: Left, spares: Arc<Spares>) -> Segment {
        let Left { bytes, frames, signal, taken_at, origin, to_others, slot, .. } = left;
        let held = bytes.capacity();
        spares.memory.add(held);
        let bytes = Bytes::Left(bytes, slot, taken_at);
        let mut segment = Segment::new(bytes, frames, signal, held, spares);
        segment.origin = Some(origin);
        // Nobody here answers for those.
        *segment.owed.get_mut() += usize::from(to_others);
        segment
    }

    fn new(bytes: Bytes, frames: usize, signal: Signal, held: usize, spares: Arc<Spares>) -> Segment {
        let (held, owed) = (AtomicUsize::new(held), AtomicUsize::new(0));
        Segment { bytes, frames, signal, held, owed, origin: None, spares }
    }

    fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Heap(bytes) | Bytes::Left(bytes, ..) => bytes,
            Bytes::Spooled(slot) => slot.bytes(),
            Bytes::Gone => &[],
        }
    }

    /// The frames, in the order in which their spans were finished.
    pub(crate) fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        Frame::all(self.bytes()).filter(|frame| frame.kind() != KIND_GONE)
    }

    pub(crate) fn frame_count(&self) -> usize {
        self.frames
    }

    /// What its frames are. It has at least one, and they are all of one kind.
    pub(crate) fn signal(&self) -> Signal {
        self.signal
    }

    /// Takes frames out that begin at these bytes, and are counted where they are now. Only of a segment in memory.
    pub(crate) fn take_out(&mut self, places: &[usize]) {
        let Bytes::Heap(bytes) = &mut self.bytes else { return };
        places.iter().for_each(|place| frame::take_out(&mut bytes[*place..]));
        self.frames -= places.len();
    }

    /// Its frames have been moved on, and are counted where they are now.
    pub(crate) fn hand_on_frames(&mut self) {
        self.frames = 0;
    }

    /// Bytes filled.
    pub(crate) fn length(&self) -> usize {
        self.bytes().len()
    }

    /// Bytes that it takes, filled or not.
    pub(crate) fn weight(&self) -> usize {
        match &self.bytes {
            Bytes::Heap(bytes) | Bytes::Left(bytes, ..) => bytes.capacity(),
            Bytes::Spooled(_) => SEGMENT_BYTES,
            Bytes::Gone => 0,
        }
    }

    /// Whose it is, if not this process's.
    pub(crate) fn origin(&self) -> Option<&Arc<Envelope>> {
        self.origin.as_ref()
    }

    /// Since when it lies on disk, nanoseconds since the Unix epoch; `None`: it does not.
    pub(crate) fn spooled_at(&self) -> Option<u64> {
        match &self.bytes {
            Bytes::Spooled(slot) => Some(slot.taken_at()),
            Bytes::Left(_, _, taken_at) => Some(*taken_at),
            Bytes::Heap(_) | Bytes::Gone => None,
        }
    }

    /// Lets its memory go, if it lies on disk and another slot is there in its place.
    pub(crate) fn evict(&self) {
        let Bytes::Spooled(slot) = &self.bytes else { return };
        if self.held.load(Ordering::Relaxed) == 0 || !self.spares.spool().is_some_and(|pool| pool.may_evict())
        {
            return;
        }
        // Only the worker's threads come here; of two that do, one finds nothing held.
        let held = self.held.swap(0, Ordering::Relaxed);
        slot.evict();
        self.spares.memory.release(held);
        self.spares.settle(self.signal, self.frames);
    }

    /// It is about to be read: what lies on disk only comes back into memory with that.
    pub(crate) fn load(&self) {
        if !self.is_evicted() {
            return;
        }
        self.held.store(self.length(), Ordering::Relaxed);
        self.spares.memory.add(self.length());
        self.spares.readmit(self.signal, self.frames);
        self.spares.spool().into_iter().for_each(|pool| pool.loaded());
    }

    pub(crate) fn is_evicted(&self) -> bool {
        matches!(self.bytes, Bytes::Spooled(_)) && self.held.load(Ordering::Relaxed) == 0
    }

    /// An exporter is to answer for so many of its frames.
    pub(crate) fn owe(&self, frames: usize) {
        // Relaxed, here and below: the count matters to the drop alone, which comes after all others let go.
        self.owed.fetch_add(frames, Ordering::Relaxed);
    }

    /// An exporter has answered for so many, from the first of these on.
    pub(crate) fn answer(&self, exporter: Option<usize>, first: usize, frames: usize) {
        let before = self.owed.fetch_sub(frames, Ordering::Relaxed);
        match (&self.bytes, exporter) {
            // Nothing of it is owed any more: it is free as soon as it is dropped.
            _ if before == frames => {}
            (Bytes::Spooled(slot), Some(exporter)) => slot.mark(exporter, first, frames),
            (Bytes::Left(_, slot, _), Some(exporter)) => slot.mark(exporter, first, frames),
            _ => {}
        }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // What a panic takes along before anybody is owed it was delivered to nobody: in the spool it stays.
        let torn = self.frames > 0 && std::thread::panicking();
        let (evicted, settled) = (self.is_evicted(), *self.owed.get_mut() == 0 && !torn);
        if !evicted && self.origin.is_none() {
            self.spares.settle(self.signal, self.frames);
        }
        self.spares.memory.release(*self.held.get_mut());
        match std::mem::replace(&mut self.bytes, Bytes::Gone) {
            Bytes::Heap(bytes) => self.spares.put(bytes),
            Bytes::Spooled(slot) => {
                if let Some(pool) = self.spares.spool() {
                    pool.put(slot, evicted, settled);
                }
            }
            Bytes::Left(_, slot, _) if settled => slot.settle(),
            Bytes::Left(..) | Bytes::Gone => {}
        }
    }
}

/// What frames are that lie in one segment.
fn signal_of(frames: &[u8]) -> Signal {
    match Frame::all(frames).next().map(|frame| frame.header().kind) {
        Some(KIND_LOG) => Signal::Logs,
        _ => Signal::Traces,
    }
}

// === impl Spares ===

impl Spares {
    /// `most`: so many frames of each signal may wait or be under way.
    pub(crate) fn new(bound: usize, most: [Option<usize>; Signal::ALL.len()]) -> Arc<Self> {
        let backlogs = most.map(|most| most.map(Backlog::new));
        let (memory, spool) = (Memory::new(bound), OnceLock::new());
        Arc::new(Spares { memory, spool, backlogs, buffers: Mutex::default() })
    }

    /// From now on segments lie on disk.
    pub(crate) fn lie_in(&self, pool: Arc<Pool>) {
        // The first and only one of this process.
        let _ = self.spool.set(pool);
    }

    /// Where segments lie on disk, if they do.
    #[inline]
    pub(crate) fn spool(&self) -> Option<&Arc<Pool>> {
        self.spool.get()
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

    pub(super) fn put(&self, mut buffer: Vec<u8>) {
        let (capacity, mut emptied) = (buffer.capacity(), self.emptied());
        if (1..=2 * SEGMENT_BYTES).contains(&capacity) && emptied.bytes + capacity <= SPARE_BYTES {
            buffer.clear();
            emptied.bytes += capacity;
            emptied.buffers.push(buffer);
        }
    }

    pub(super) fn take(&self) -> Option<Vec<u8>> {
        let mut emptied = self.emptied();
        let buffer = emptied.buffers.pop()?;
        emptied.bytes -= buffer.capacity();
        Some(buffer)
    }

    fn emptied(&self) -> MutexGuard<'_, Emptied> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
