//! `Cell`: the part of an open span that is touched without a lock.
//!
//! Entering and leaving a span must cost no lock, yet the end of a span (its last exit, by any thread) must be
//! known to whichever thread closes it. So each slot has a cell in memory that is never freed, only reused: a
//! thread may keep a pointer to it for as long as it likes, and the id in the cell tells whether it still speaks
//! of the same span.

use crate::sync::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The unlocked part of a slot.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct Cell {
    id: AtomicU64,
    /// The thread that made the span.
    maker: AtomicUsize,
    /// The last exit by that thread, and by any other. Kept apart so that the one needs no read-modify-write, which
    /// costs as much as the rest of an exit, and the other cannot be lost to it.
    end_unix_nanos: AtomicU64,
    end_elsewhere_unix_nanos: AtomicU64,
    /// Exits less entries, in nanoseconds: the time spent inside, once all have left. Kept where it is asked for.
    busy_nanos: AtomicU64,
    /// How many threads are inside. Kept where it is asked for.
    inside: AtomicU32,
    /// [`UNSAMPLED`], [`COUNTED`]; written under the shard's lock.
    marks: AtomicU8,
    /// How many spans have had the cell: the registry gives the same id out again one day.
    tenancy: AtomicU32,
    /// Where in its shard the cell's slot is.
    slot: AtomicU32,
}

/// The span is known not to be sampled.
const UNSAMPLED: u8 = 1;
/// The time inside the span is counted.
const COUNTED: u8 = 2;

/// Cells that no recorder uses at the moment.
static SPARE: Mutex<Vec<&'static Cell>> = Mutex::new(Vec::new());
/// Cells are made (and leaked) so many at a time.
const CHUNK: usize = 32;

/// The lock on the spare cells, held.
pub(super) type Held = MutexGuard<'static, Vec<&'static Cell>>;

/// Keeps all others from the spare cells, during a fork.
pub(super) fn hold() -> Held {
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
}

// === impl Cell ===

impl Cell {
    /// A cell for a new slot: a spare one, or one of a new chunk.
    pub(crate) fn claim() -> &'static Cell {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.is_empty() {
            let chunk: &'static [Cell] = Box::leak((0..CHUNK).map(|_| Cell::default()).collect());
            spare.extend(chunk);
        }
        spare.pop().expect("a chunk was just added")
    }

    /// Gives the cells of a recorder that is gone to the next one.
    pub(crate) fn give_back(cells: impl Iterator<Item = &'static Cell>) {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        spare.extend(cells.inspect(|cell| cell.close()));
    }

    #[inline]
    pub(crate) fn open(&self, id: u64, maker: usize, unsampled: bool) {
        self.maker.store(maker, Ordering::Relaxed);
        self.end_unix_nanos.store(0, Ordering::Relaxed);
        self.end_elsewhere_unix_nanos.store(0, Ordering::Relaxed);
        self.marks.store(if unsampled { UNSAMPLED } else { 0 }, Ordering::Relaxed);
        // Under the shard's lock: no other thread counts at the same time.
        self.tenancy.store(self.tenancy.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        self.id.store(id, Ordering::Relaxed);
    }

    /// Where in its shard the slot is that the cell is part of: a hint for whoever has the lock.
    #[inline]
    pub(crate) fn slot(&self) -> u32 {
        self.slot.load(Ordering::Relaxed)
    }

    pub(crate) fn set_slot(&self, slot: u32) {
        self.slot.store(slot, Ordering::Relaxed);
    }

    /// Tells this span from an earlier one with the same id in the same cell.
    #[inline]
    pub(crate) fn tenancy(&self) -> u32 {
        self.tenancy.load(Ordering::Relaxed)
    }

    /// Whether the cell still speaks of the span that it did when the pointer to it was kept.
    ///
    /// Relaxed: whoever asks holds a handle of the span it asks about, which `tracing` handed over with its own
    /// ordering after the span was opened.
    #[inline]
    pub(crate) fn is_of(&self, id: u64, tenancy: u32) -> bool {
        self.id.load(Ordering::Relaxed) == id && self.tenancy.load(Ordering::Relaxed) == tenancy
    }

    #[inline]
    pub(crate) fn close(&self) {
        self.id.store(0, Ordering::Relaxed);
    }

    /// The span goes on under another id.
    pub(crate) fn rename(&self, id: u64) {
        self.id.store(id, Ordering::Relaxed);
    }

    /// Notes the time of an exit. A cell that has gone on to another span is left alone.
    ///
    /// Relaxed: `tracing` itself orders an exit before the close that follows from dropping the last handle (the
    /// registry's reference count is released and acquired), and the close is what reads the end.
    #[inline]
    pub(crate) fn exit(&self, id: u64, thread: usize, unix_nanos: u64) {
        if self.id.load(Ordering::Relaxed) != id {
            return;
        }
        if self.maker.load(Ordering::Relaxed) != thread {
            self.end_elsewhere_unix_nanos.fetch_max(unix_nanos, Ordering::Relaxed);
        } else if self.end_unix_nanos.load(Ordering::Relaxed) < unix_nanos {
            self.end_unix_nanos.store(unix_nanos, Ordering::Relaxed);
        }
    }

    /// The last exit; `None` if there was none.
    #[inline]
    pub(crate) fn end_unix_nanos(&self) -> Option<u64> {
        let elsewhere = self.end_elsewhere_unix_nanos.load(Ordering::Relaxed);
        Some(self.end_unix_nanos.load(Ordering::Relaxed).max(elsewhere)).filter(|end| *end != 0)
    }

    /// The time inside is to be counted.
    pub(crate) fn count_busy(&self) {
        self.busy_nanos.store(0, Ordering::Relaxed);
        self.inside.store(0, Ordering::Relaxed);
        self.marks.store(self.marks.load(Ordering::Relaxed) | COUNTED, Ordering::Relaxed);
    }

    /// Whether the time inside is counted.
    #[inline]
    pub(crate) fn is_counted(&self) -> bool {
        self.marks.load(Ordering::Relaxed) & COUNTED != 0
    }

    /// Whether a thread is known to be inside.
    pub(crate) fn is_inside(&self) -> bool {
        self.is_counted() && self.inside.load(Ordering::Relaxed) > 0
    }

    /// A thread that was not inside has entered. Sums commute: no time of an entry need be kept until its exit.
    pub(crate) fn begin_busy(&self, id: u64, unix_nanos: u64) {
        if self.id.load(Ordering::Relaxed) == id {
            self.busy_nanos.fetch_sub(unix_nanos, Ordering::Relaxed);
            self.inside.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A thread has left for good.
    pub(crate) fn end_busy(&self, id: u64, unix_nanos: u64) {
        if self.id.load(Ordering::Relaxed) == id {
            self.busy_nanos.fetch_add(unix_nanos, Ordering::Relaxed);
            self.inside.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The time that all threads together have spent inside until `now`, of a span that has taken `lasted`.
    ///
    /// Of a span that is exported while threads go in and out the two numbers may be of different moments: no more
    /// is believed than these threads could have spent.
    pub(crate) fn busy_nanos(&self, now: u64, lasted: u64) -> u64 {
        let inside = u64::from(self.inside.load(Ordering::Relaxed));
        let busy = self.busy_nanos.load(Ordering::Relaxed).wrapping_add(inside.wrapping_mul(now)) as i64;
        let busy = u64::try_from(busy).unwrap_or_default();
        if inside == 0 { busy } else { busy.min(lasted.saturating_mul(inside)) }
    }

    /// Whether the span is known not to be sampled. A hint that saves formatting; the lock has the truth.
    #[inline]
    pub(crate) fn is_unsampled(&self) -> bool {
        self.marks.load(Ordering::Relaxed) & UNSAMPLED != 0
    }

    /// Whether an exit is nothing but the time of an exit.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.marks.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn set_unsampled(&self, unsampled: bool) {
        let others = self.marks.load(Ordering::Relaxed) & !UNSAMPLED;
        self.marks.store(others | if unsampled { UNSAMPLED } else { 0 }, Ordering::Relaxed);
    }
}
