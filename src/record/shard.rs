//! `Shard`: the open spans that one thread has made, the segments that they and log records finish into, and their
//! counts.
//!
//! All of it is behind one lock. Span ids of today's registry name the thread that made the span, and the shard
//! is chosen by those bits: as long as a span stays on its thread, nobody else asks for that lock, but for the
//! worker when it comes round. Should the ids be of another shape one day, only speed would suffer.

use super::cell::Cell;
use super::counts::Counts;
use super::id_map::IdMap;
use super::open_span::{Decision, OpenSpan, Parent};
use super::plan::Plan;
use crate::buffer::open_segment::OpenSegment;
use crate::buffer::segment::{Segment, Spares};
use crate::context::{SpanId, TraceFlags, TraceId};
use crate::export::Signal;
use crate::sampler::InUse;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

/// Number of shards; threads beyond it share.
const SHARDS: usize = 1024;
/// Where the creating thread's number starts in the ids of `sharded-slab`, which the registry uses.
const THREAD_SHIFT: u32 = 38;
/// Memory is taken from the common count in steps of this, so that threads rarely meet there.
const STEP: usize = 4096;

/// A body's buffer over this is freed when its span closes.
const KEPT_BODY: usize = 16 * 1024;
/// What a slot costs beside itself and its body: its cell, and its part of the id table, which is a quarter full at least.
const BESIDE_SLOT: usize = size_of::<Cell>() + 4 * 16;
/// The least number of slots that are made at once.
const MIN_SLOTS: usize = 4;

/// The shards, made when first used.
#[derive(Debug)]
pub(crate) struct Shards(Box<[OnceLock<Box<Shard>>]>);

/// One shard, on cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Shard(Mutex<Inner>);

/// What a shard's lock protects.
#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(crate) ids: IdMap,
    pub(crate) slots: Vec<OpenSpan>,
    free: Vec<u32>,
    /// Slots of spans that were exported before their close.
    exported: usize,
    pub(crate) segment: OpenSegment,
    pub(crate) logs: OpenSegment,
    pub(crate) counts: Counts,
    /// The sampler.
    pub(crate) head: InUse,
    /// Bytes of the slots' bodies, and how much of the common memory is reserved for them.
    held: usize,
    reserved: usize,
}

// === impl Shards ===

impl Shards {
    pub(crate) fn new() -> Self {
        Shards((0..SHARDS).map(|_| OnceLock::new()).collect())
    }

    /// The number of the shard of a span.
    #[inline]
    pub(crate) fn index(id: u64) -> usize {
        (id >> THREAD_SHIFT) as usize % SHARDS
    }

    /// The shard of a thread for what belongs to no span, by the thread's own number.
    #[inline]
    pub(crate) fn of_thread(&self, number: usize) -> MutexGuard<'_, Inner> {
        self.0[number % SHARDS].get_or_init(Box::default).lock()
    }

    /// The shard of a span.
    #[inline]
    pub(crate) fn of(&self, id: u64) -> MutexGuard<'_, Inner> {
        self.0[Self::index(id)].get_or_init(Box::default).lock()
    }

    /// The shard of a span, if its lock is free.
    pub(crate) fn try_of(&self, id: u64) -> Option<MutexGuard<'_, Inner>> {
        match self.0[Self::index(id)].get()?.0.try_lock() {
            Ok(inner) => Some(inner),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// All shards in use.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Shard> {
        self.0.iter().filter_map(|shard| shard.get().map(|shard| &**shard))
    }
}

// === impl Shard ===

impl Shard {
    /// A panic under the lock is impossible but for an allocation that fails; the data is consistent anyway.
    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Inner ===

impl Inner {
    /// The slot of a span; `hint` is where it was last.
    #[inline]
    pub(crate) fn locate(&self, id: u64, hint: u32) -> Option<u32> {
        match self.slots.get(hint as usize).is_some_and(|slot| slot.id == id) {
            true => Some(hint),
            false => self.ids.get(id),
        }
    }

    #[inline]
    pub(crate) fn find(&mut self, id: u64, hint: u32) -> Option<&mut OpenSpan> {
        let slot = self.locate(id, hint)?;
        self.slots.get_mut(slot as usize)
    }

    /// A new span begins a trace.
    #[inline]
    pub(crate) fn begin(&mut self, slot: u32, trace_id: TraceId, flags: TraceFlags) {
        let span = &mut self.slots[slot as usize];
        span.trace_id = trace_id;
        span.flags = flags;
    }

    /// Gives a new span what it has from its parent, which is in the same shard and decided on; the parent is fixed with that.
    ///
    /// From slot to slot, not by way of the value that a parent in another shard needs: measured, that way costs a
    /// rich span 16 ns.
    #[inline]
    pub(crate) fn inherit(&mut self, child: u32, parent: u32) {
        let Ok([child, parent]) = self.slots.get_disjoint_mut([child as usize, parent as usize]) else {
            return;
        };
        parent.fixed = true;
        child.trace_id = parent.trace_id;
        child.flags = parent.flags;
        child.carried.clone_from(&parent.carried);
        child.hang_under(parent.span_id, parent.local_root(), parent.decision == Decision::Sampled);
    }

    /// A free slot, now holding `id`; `None` when the memory bound allows no further slot.
    #[inline]
    pub(crate) fn open(&mut self, id: u64, spares: &Spares) -> Option<u32> {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => self.add_slot(spares)?,
        };
        if let Some(stale) = self.ids.insert(id, slot) {
            // The id was used again without a close that we saw: the older span can never be finished.
            self.release(stale);
            self.counts.lost_ids += 1;
        }
        self.slots[slot as usize].id = id;
        Some(slot)
    }

    #[cold]
    fn add_slot(&mut self, spares: &Spares) -> Option<u32> {
        let (slot, before) = (u32::try_from(self.slots.len()).ok()?, self.slots_held());
        let room = if self.slots.len() < self.slots.capacity() { 0 } else { self.slots.len().max(1) };
        // Many at once, so that a burst is not copied over and over; near the bound fewer may still fit.
        let sizes = [room / 2, room / 16].map(|more| if room == 0 { 0 } else { more.max(MIN_SLOTS) });
        let fits = |more: &usize| self.allows(more * size_of::<OpenSpan>() + BESIDE_SLOT, spares);
        let more = sizes.into_iter().find(fits)?;
        self.slots.reserve_exact(more);
        self.slots.push(OpenSpan::free());
        self.held += self.slots_held() - before;
        self.slots[slot as usize].cell.set_slot(slot);
        Some(slot)
    }

    /// What the slots cost before their bodies.
    fn slots_held(&self) -> usize {
        self.slots.capacity() * size_of::<OpenSpan>() + self.slots.len() * BESIDE_SLOT
    }

    /// Gives a new span what it has from its parent, which is in the same shard and not sampled; its slot is a free one.
    #[inline]
    pub(crate) fn inherit_unsampled(
        &mut self,
        child: u32,
        parent: u32,
        span_id: SpanId,
        plan: &'static Plan,
    ) {
        let Ok([child, parent]) = self.slots.get_disjoint_mut([child as usize, parent as usize]) else {
            return;
        };
        parent.fixed = true;
        child.span_id = span_id;
        child.plan = Some(plan);
        child.trace_id = parent.trace_id;
        child.flags = parent.flags;
        if let Some(carried) = &parent.carried {
            child.carried = Some(Arc::clone(carried));
        }
        child.decision = Decision::Unsampled;
        child.ancestor = parent.local_root();
        child.parent = Parent { span_id: parent.span_id, remote: false, local: true, sampling: Some(false) };
        child.start_unix_nanos = 0;
    }

    /// Frees a slot whose id is out of the table.
    #[inline]
    pub(crate) fn release(&mut self, slot: u32) {
        let span = &mut self.slots[slot as usize];
        if !span.recorded {
            span.clear_ids();
            return self.free.push(slot);
        }
        let before = span.held();
        span.clear(KEPT_BODY);
        self.held -= before - span.held();
        self.free.push(slot);
    }

    /// Keeps a span that was exported before its close, without its body.
    pub(crate) fn retain_exported(&mut self, slot: u32) {
        let span = &mut self.slots[slot as usize];
        span.exported = true;
        span.fixed = true;
        // Spares the threads that are still in it the formatting.
        span.cell.set_unsampled(true);
        self.held -= span.body.bytes.capacity();
        span.body.clear(0);
        self.exported += 1;
    }

    /// Frees the slot of such a span.
    pub(crate) fn release_exported(&mut self, slot: u32) {
        self.exported -= 1;
        self.release(slot);
    }

    /// Takes a span out of its slot, for another shard.
    pub(crate) fn take(&mut self, slot: u32, spares: &Spares) -> OpenSpan {
        let span = std::mem::replace(&mut self.slots[slot as usize], OpenSpan::free());
        self.slots[slot as usize].cell.set_slot(slot);
        self.resized(span.held(), 0, spares);
        self.free.push(slot);
        span
    }

    /// Puts a span of another shard into a slot, under its new id.
    pub(crate) fn adopt(&mut self, id: u64, mut span: OpenSpan, spares: &Spares) -> bool {
        let Some(slot) = self.open(id, spares) else {
            Cell::give_back(std::iter::once(span.cell));
            return false;
        };
        span.id = id;
        span.cell.rename(id);
        span.cell.set_slot(slot);
        let old = std::mem::replace(&mut self.slots[slot as usize], span);
        Cell::give_back(std::iter::once(old.cell));
        let after = self.slots[slot as usize].held();
        self.resized(old.held(), after, spares);
        true
    }

    /// Takes in a span that is another process's to export: its ids go on here, nothing else does.
    pub(super) fn inherit_exported(&mut self, id: u64, span: OpenSpan, maker: usize, spares: &Spares) {
        // A span may be entered twice.
        if self.ids.get(id).is_some() {
            return Cell::give_back(std::iter::once(span.cell));
        }
        span.cell.open(id, maker, span.decision == Decision::Unsampled);
        if self.adopt(id, span, spares)
            && let Some(slot) = self.ids.get(id)
        {
            let span = &mut self.slots[slot as usize];
            span.exported = true;
            span.fixed = true;
            self.exported += 1;
        }
    }

    /// How many spans are open.
    pub(crate) fn open_count(&self) -> usize {
        self.slots.len() - self.free.len() - self.exported
    }

    /// Accounts for a body's buffer that went from `before` to `after` bytes. `false`: over the bound (the bytes
    /// are counted all the same, they exist).
    #[inline]
    pub(crate) fn resized(&mut self, before: usize, after: usize, spares: &Spares) -> bool {
        self.held = self.held + after - before;
        self.held <= self.reserved || self.reserve(spares)
    }

    /// Whether `more` bytes may be added to bodies.
    #[inline]
    pub(crate) fn allows(&mut self, more: usize, spares: &Spares) -> bool {
        self.held + more <= self.reserved || {
            self.held += more;
            let allowed = self.reserve(spares);
            self.held -= more;
            allowed
        }
    }

    #[cold]
    fn reserve(&mut self, spares: &Spares) -> bool {
        let wanted = (self.held - self.reserved).next_multiple_of(STEP);
        let granted = spares.memory.reserve(wanted);
        self.reserved += if granted { wanted } else { 0 };
        granted
    }

    /// Frees what a burst of open spans has left behind: the buffers of free slots, and the slots after the last open
    /// one.
    #[cold]
    fn trim(&mut self) {
        let before = self.slots_held();
        let used = self.slots.iter().rposition(|slot| slot.id != 0).map_or(0, |last| last + 1);
        let gone = self.slots.drain(used..);
        self.held -= gone.as_slice().iter().map(OpenSpan::held).sum::<usize>();
        Cell::give_back(gone.map(|slot| slot.cell));
        self.free.retain(|slot| (*slot as usize) < used);
        for slot in &self.free {
            let span = &mut self.slots[*slot as usize];
            self.held -= span.held();
            span.free_buffers();
        }
        self.slots.shrink_to_fit();
        self.free.shrink_to_fit();
        self.held -= before - self.slots_held();
    }

    /// Takes the finished frames, and gives memory back that bodies no longer need.
    pub(crate) fn collect(&mut self, signal: Signal, spares: &Arc<Spares>) -> Option<Segment> {
        // What is kept for the next spans must not be missing for the frames of those that finish.
        if spares.memory.is_tight() {
            self.trim();
        }
        self.give_back(spares);
        let open = match signal {
            Signal::Traces => &mut self.segment,
            Signal::Logs => &mut self.logs,
        };
        let sealed = open.seal(spares);
        if spares.memory.is_tight() {
            open.shed(spares);
        }
        sealed
    }

    /// Gives back the slots of the spool that nothing is in: nothing more will be.
    pub(crate) fn give_up_slots(&mut self, spares: &Spares) {
        self.segment.give_up(spares);
        self.logs.give_up(spares);
    }

    /// Frees the buffers of a span that is done with, where memory is short.
    #[cold]
    pub(crate) fn relieve(&mut self, slot: u32, spares: &Spares) {
        let span = &mut self.slots[slot as usize];
        self.held -= span.held();
        span.free_buffers();
        self.give_back(spares);
    }

    /// Gives memory back that is reserved and no longer held.
    fn give_back(&mut self, spares: &Spares) {
        let surplus = self.reserved.saturating_sub(self.held.next_multiple_of(STEP));
        if surplus > 0 {
            self.reserved -= surplus;
            spares.memory.release(surplus);
        }
    }

    /// Gives back everything, at the recorder's end.
    pub(crate) fn dissolve(&mut self, spares: &Spares) {
        Cell::give_back(self.slots.drain(..).map(|slot| slot.cell));
        self.free.clear();
        self.ids = IdMap::default();
        spares.memory.release(std::mem::take(&mut self.reserved));
        self.held = 0;
    }
}
