//! `Pool`: slots made ready ahead of need, so that whoever fills one waits for nothing.

use super::file::SpoolFile;
use super::folder;
use super::header::Header;
use super::slot::{FreeSlot, Slot};
use super::takers::TakerId;
use crate::buffer::segment::{SEGMENT_BYTES, SLOT_PORTION};
use crate::export::Envelope;
use crate::record::fork;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::Notify;

/// So many free slots are kept in memory.
const READY: usize = 16;
/// Slots of a file.
const FEWEST_SLOTS: usize = 16;
const MOST_SLOTS: usize = 128;
/// The slots of the memory bound are spread over so many files.
const FILES: usize = 4;

/// What a pool is made with.
#[derive(Clone, Debug)]
pub(crate) struct PoolConfig {
    folder: PathBuf,
    /// Of all files in the folder, of whatever process.
    quota: u64,
    /// What has waited longer is given up.
    max_age: Duration,
    /// Slots for so many bytes are there whatever waits on disk.
    working_bytes: usize,
    /// There is a tail.
    undecided: bool,
    takers: Vec<TakerId>,
}

/// The slots of this process.
#[derive(Debug)]
pub(crate) struct Pool {
    config: PoolConfig,
    header: Header,
    forks: u32,
    free: Mutex<Free>,
    /// Slots of files that still are there, in use or not.
    slots: AtomicUsize,
    /// Those of them that wait on disk.
    evicted: AtomicUsize,
    number: AtomicU64,
    /// Frames that were written into memory: for want of a slot, or too long for one.
    unspooled: AtomicU64,
    /// Wakes the worker when few slots are left.
    pub(crate) low: Notify,
    retired: AtomicBool,
}

/// Slots that nothing is in.
#[derive(Debug, Default)]
struct Free {
    /// In memory; the last freed is taken first.
    ready: Vec<FreeSlot>,
    /// On disk only.
    cold: Vec<FreeSlot>,
}

// === impl PoolConfig ===

impl PoolConfig {
    /// `None` where nothing can be on disk: see `no_spool`.
    pub(crate) fn new(
        folder: PathBuf,
        quota: u64,
        max_age: Duration,
        working_bytes: usize,
    ) -> Option<PoolConfig> {
        Some(PoolConfig { folder, quota, max_age, working_bytes, undecided: false, takers: Vec::new() })
    }

    /// Of a process that has a tail.
    pub(crate) fn with_tail(self, tail: bool) -> PoolConfig {
        PoolConfig { undecided: tail, ..self }
    }

    /// Of a process with these exporters.
    pub(crate) fn with_takers(self, takers: Vec<TakerId>) -> PoolConfig {
        PoolConfig { takers, ..self }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn max_age(&self) -> Duration {
        self.max_age
    }
}

// === impl Pool ===

impl Pool {
    /// Makes the folder, and the slots for a full memory bound.
    ///
    /// # Errors
    /// What is in the way; the pool is then empty, and may be filled later.
    pub(crate) fn new(config: PoolConfig, envelope: &Envelope) -> (Arc<Pool>, io::Result<()>) {
        let wanted = config.working_bytes.div_ceil(SEGMENT_BYTES);
        let slots =
            wanted.div_ceil(FILES).clamp(FEWEST_SLOTS, MOST_SLOTS).min(Self::slots_of(config.quota / 4));
        let pool = Arc::new(Pool {
            header: Header::new(envelope, SEGMENT_BYTES, slots, config.undecided, config.takers.clone()),
            config,
            forks: fork::count(),
            free: Mutex::default(),
            slots: AtomicUsize::new(0),
            evicted: AtomicUsize::new(0),
            number: AtomicU64::new(now_unix_nanos()),
            unspooled: AtomicU64::new(0),
            low: Notify::new(),
            retired: AtomicBool::new(false),
        });
        // In the child of a fork this is a thread of the program's, which waits for no disk: the worker makes slots.
        let made = if fork::count() == 0 { pool.tend() } else { Ok(()) };
        (pool, made)
    }

    /// So many slots have so many bytes, but for the header.
    fn slots_of(bytes: u64) -> usize {
        usize::try_from(bytes / SEGMENT_BYTES as u64).unwrap_or(usize::MAX).max(1)
    }

    /// The exporters of this process, as marks count them.
    pub(crate) fn takers(&self) -> &[TakerId] {
        &self.config.takers
    }

    /// The longest frame that a slot takes.
    pub(crate) fn most(&self) -> usize {
        Slot::most(SEGMENT_BYTES)
    }

    /// Whether something has lain in a slot for longer than it may.
    pub(crate) fn is_too_old(&self, taken_at_unix_nanos: u64) -> bool {
        let age = now_unix_nanos().saturating_sub(taken_at_unix_nanos);
        Duration::from_nanos(age) > self.config.max_age
    }

    /// A slot to fill; `None`: there is none ready. Waits for no disk.
    pub(crate) fn take(&self) -> Option<Slot> {
        if !self.is_ours() || self.retired.load(Ordering::Relaxed) {
            return None;
        }
        let mut free = self.free();
        let slot = free.ready.pop().or_else(|| free.cold.pop());
        let low = free.ready.len() < READY / 2;
        drop(free);
        if low {
            self.low.notify_one();
        }
        // Relaxed: the numbers are to differ, nothing else.
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        slot.map(|slot| slot.take(number, now_unix_nanos()))
    }

    /// A slot that was filled comes back. `settled`: what is in it was delivered or given up; else it stays in its file.
    pub(crate) fn put(&self, slot: Slot, evicted: bool, settled: bool) {
        if !self.is_ours() || !slot.is_ours() {
            // The parent's: whatever is in it is the parent's to deliver.
            std::mem::forget(slot);
            return;
        }
        if evicted {
            self.evicted.fetch_sub(1, Ordering::Relaxed);
        }
        if !settled {
            self.slots.fetch_sub(1, Ordering::Relaxed);
            return slot.leave();
        }
        let slot = slot.free();
        let mut free = self.free();
        if !slot.is_usable() || self.retired.load(Ordering::Relaxed) {
            self.slots.fetch_sub(1, Ordering::Relaxed);
            drop(free);
            return;
        }
        match evicted || free.ready.len() >= 4 * READY {
            true => free.cold.push(slot),
            false => free.ready.push(slot),
        }
    }

    /// Whether one more slot may be left to the disk: only when another is there in its place, so that the memory
    /// bound is reached before the slots are used up.
    pub(crate) fn may_evict(&self) -> bool {
        let spare = self.slots.load(Ordering::Relaxed).checked_sub(self.wanted());
        let may = |evicted: usize| spare.is_some_and(|spare| evicted < spare).then_some(evicted + 1);
        let taken = self.evicted.fetch_update(Ordering::Relaxed, Ordering::Relaxed, may).is_ok();
        if !taken {
            self.low.notify_one();
        }
        taken
    }

    /// A slot that was left to the disk is read from there, and counts as in memory again.
    pub(crate) fn loaded(&self) {
        self.evicted.fetch_sub(1, Ordering::Relaxed);
    }

    /// Makes slots ready: brings free ones into memory, makes files as long as the quota allows, and lets go of files
    /// that somebody has deleted. Waits for the disk: not for the program's threads.
    ///
    /// # Errors
    /// Why no file could be made, though one is wanted.
    pub(crate) fn tend(&self) -> io::Result<()> {
        if self.retired.load(Ordering::Relaxed) || !self.is_ours() {
            return Ok(());
        }
        self.forget_deleted();
        self.warm();
        let mut made = Ok(());
        while self.slots.load(Ordering::Relaxed)
            < self.wanted() + self.evicted.load(Ordering::Relaxed) + READY
            || self.free_slots() < READY
        {
            made = self.make_file();
            if made.is_err() {
                break;
            }
        }
        self.warm();
        made
    }

    /// So many slots are in use at most within the memory bound.
    fn wanted(&self) -> usize {
        self.config.working_bytes.div_ceil(SLOT_PORTION)
    }

    fn free_slots(&self) -> usize {
        let free = self.free();
        free.ready.len() + free.cold.len()
    }

    fn make_file(&self) -> io::Result<()> {
        folder::make(&self.config.folder)?;
        let (used, more) = (folder::bytes(&self.config.folder)?, self.header.file_bytes() as u64);
        let (quota, working) = (self.config.quota, (self.wanted() * SEGMENT_BYTES) as u64);
        // What waits leaves room for the next process, which begins before it has delivered that.
        let waits = self.slots.load(Ordering::Relaxed) >= self.wanted() + READY;
        let allowed = if waits { quota.saturating_sub(working) } else { quota };
        if used + more > allowed {
            return Err(io::Error::other(format!("its files have {used} bytes, of {quota} allowed")));
        }
        let mut slots = SpoolFile::create(&self.config.folder, &self.header)?;
        self.slots.fetch_add(slots.len(), Ordering::Relaxed);
        // The first of them is taken first.
        slots.reverse();
        let mut free = self.free();
        if self.retired.load(Ordering::Relaxed) {
            // Somebody has retired it meanwhile: the file goes as it came.
            return Ok(());
        }
        let later = std::mem::replace(&mut free.cold, slots);
        free.cold.extend(later);
        Ok(())
    }

    /// Brings slots into memory until enough are ready.
    fn warm(&self) {
        loop {
            let mut free = self.free();
            let next = if free.ready.len() < READY { free.cold.pop() } else { None };
            drop(free);
            let Some(mut slot) = next else { return };
            slot.touch();
            let mut free = self.free();
            if self.retired.load(Ordering::Relaxed) {
                return;
            }
            // Below those that are warm already.
            free.ready.insert(0, slot);
        }
    }

    /// Lets go of free slots whose files nobody will find; those in use are let go of when they come back.
    fn forget_deleted(&self) {
        let mut free = self.free();
        let mut looked = BTreeMap::new();
        let Free { ready, cold } = &mut *free;
        for slot in ready.iter().chain(cold.iter()) {
            looked.entry(slot.file_address()).or_insert_with(|| slot.look());
        }
        let before = ready.len() + cold.len();
        ready.retain(FreeSlot::is_usable);
        cold.retain(FreeSlot::is_usable);
        let gone = before - ready.len() - cold.len();
        self.slots.fetch_sub(gone, Ordering::Relaxed);
    }

    /// So many frames went into memory instead.
    pub(crate) fn count_unspooled(&self, frames: usize) {
        self.unspooled.fetch_add(frames as u64, Ordering::Relaxed);
    }

    /// Frames that were written into memory, for want of a slot.
    pub(crate) fn unspooled(&self) -> u64 {
        self.unspooled.load(Ordering::Relaxed)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.config.folder
    }

    /// Nothing more is written: files that nothing waits in are deleted as their last slots come back.
    pub(crate) fn retire(&self) {
        let mut free = self.free();
        // Under the lock: whoever is making slots ready sees it, or is seen.
        self.retired.store(true, Ordering::Relaxed);
        let slots = std::mem::take(&mut *free);
        drop(free);
        drop(slots);
    }

    fn is_ours(&self) -> bool {
        self.forks == fork::count()
    }

    fn free(&self) -> MutexGuard<'_, Free> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now_unix_nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX).max(1)
}
