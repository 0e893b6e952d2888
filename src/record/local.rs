//! `Local`: what a thread keeps for itself, so that the hot path shares nothing.

use super::automatic::{Automatic, Block};
use super::cell::Cell as SpanCell;
use super::draft::Draft;
use super::expected::Expected;
use super::fork;
use super::plan::Plan;
use crate::clock::{self, LineCache};
use crate::context::IdRng;
use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use tracing_core::{Event, Metadata};

/// Entries of the plan cache; callsites that collide look their plan up in the common table.
const PLANS: usize = 256;
/// Spans that this thread touched last.
const RECENT: usize = 8;

static NUMBERS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static LOCAL: Local = const { Local::new() };
}

/// A thread's own state.
pub(crate) struct Local {
    /// Set on the worker's threads: what they emit is not recorded.
    muted: Cell<bool>,
    pub(crate) line: LineCache,
    rng: RefCell<IdRng>,
    /// The count of forks when the generator was seeded.
    forks: Cell<u32>,
    stack: RefCell<Vec<Entered>>,
    /// Which entries stand for hidden spans: instance, the hidden span's id, the entry's.
    pub(super) stand_ins: RefCell<Vec<(u32, u64, u64)>>,
    recent: [Cell<Option<Entered>>; RECENT],
    plans: [Cell<Option<CachedPlan>>; PLANS],
    thread: OnceCell<Block>,
    number: OnceCell<usize>,
    /// Empty drafts: one, and another for a call within a call; deeper ones make their own.
    draft: Cell<Option<Box<Draft>>>,
    nested_draft: Cell<Option<Box<Draft>>>,
    /// A span of our own instrumentation that is being made, and whether there is one.
    expected: Cell<Option<Expected>>,
    expecting: Cell<bool>,
    /// What a clock of the program's own said to this thread last.
    given: Cell<u64>,
    /// Whether the thread is asking a sampler that calls the program.
    sampling: Cell<bool>,
    /// The event that is being dispatched (its address and its callsite's), and the recorder that sees it.
    event: Cell<(usize, usize, u32)>,
}

/// A span that this thread is in, or lately was.
#[derive(Clone, Copy)]
pub(crate) struct Entered {
    pub(crate) instance: u32,
    /// Of the cell, when this was noted.
    pub(crate) tenancy: u32,
    pub(crate) id: u64,
    pub(crate) cell: &'static SpanCell,
    pub(crate) plan: &'static Plan,
}

#[derive(Clone, Copy)]
struct CachedPlan {
    metadata: usize,
    settings: u32,
    plan: &'static Plan,
}

/// Runs `f` with this thread's state; `None` when the thread is so far gone that it has none any more.
#[inline]
pub(crate) fn with<R>(f: impl FnOnce(&Local) -> R) -> Option<R> {
    LOCAL.try_with(f).ok()
}

/// The time in milliseconds since 1970, and random bits of the thread's generator; of a new one where the thread has
/// none any more.
pub(crate) fn time_and_random_bits() -> (u64, u128) {
    let draw = |rng: &mut IdRng| u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64());
    let (nanos, bits) = with(|local| (clock::compared_now(&local.line), draw(&mut local.rng(fork::count()))))
        .unwrap_or_else(|| (clock::compared_now(&LineCache::new()), draw(&mut IdRng::unseeded())));
    (nanos / 1_000_000, bits)
}

// === impl Local ===

impl Local {
    const fn new() -> Self {
        Local {
            muted: Cell::new(false),
            line: LineCache::new(),
            rng: RefCell::new(IdRng::unseeded()),
            forks: Cell::new(0),
            stack: RefCell::new(Vec::new()),
            stand_ins: RefCell::new(Vec::new()),
            recent: [const { Cell::new(None) }; RECENT],
            plans: [const { Cell::new(None) }; PLANS],
            thread: OnceCell::new(),
            number: OnceCell::new(),
            draft: Cell::new(None),
            nested_draft: Cell::new(None),
            expected: Cell::new(None),
            expecting: Cell::new(false),
            given: Cell::new(0),
            sampling: Cell::new(false),
            event: Cell::new((0, 0, 0)),
        }
    }

    /// Tells this thread from all others that are alive.
    #[inline]
    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// From now on nothing on this thread is recorded.
    pub(crate) fn mute(&self) {
        self.muted.set(true);
    }

    /// Runs `f` with nothing recorded that happens in it on this thread. `f` does not panic.
    pub(crate) fn muted<R>(&self, f: impl FnOnce() -> R) -> R {
        let before = self.muted.replace(true);
        let result = f();
        self.muted.set(before);
        result
    }

    /// Asks a sampler that may call the program, with nothing recorded that happens in it. `f` does not panic.
    pub(super) fn sampling<R>(&self, f: impl FnOnce() -> R) -> R {
        let before = self.sampling.replace(true);
        let result = self.muted(f);
        self.sampling.set(before);
        result
    }

    /// Whether the thread is asking such a sampler.
    pub(super) fn is_sampling(&self) -> bool {
        self.sampling.get()
    }

    #[inline]
    pub(crate) fn is_muted(&self) -> bool {
        self.muted.get()
    }

    /// The thread's generator, seeded anew in the child of a fork.
    #[inline]
    pub(crate) fn rng(&self, forks: u32) -> RefMut<'_, IdRng> {
        let mut rng = self.rng.borrow_mut();
        if self.forks.replace(forks) != forks {
            rng.reseed();
        }
        rng
    }

    /// Whether the thread is in this span.
    #[inline]
    pub(crate) fn is_entered(&self, instance: u32, id: u64) -> bool {
        self.stack.borrow().iter().any(|entered| entered.id == id && entered.instance == instance)
    }

    /// The innermost span of this recorder that the thread is in.
    #[inline]
    pub(crate) fn current(&self, instance: u32) -> Option<Entered> {
        let stack = self.stack.borrow();
        stack.iter().rev().find(|entered| entered.instance == instance).copied()
    }

    /// The innermost span that the predicate accepts.
    pub(crate) fn find_current(&self, accept: impl Fn(&Entered) -> bool) -> Option<Entered> {
        self.stack.borrow().iter().rev().find(|entered| accept(entered)).copied()
    }

    #[inline]
    pub(crate) fn enter(&self, entered: Entered) {
        self.stack.borrow_mut().push(entered);
    }

    /// Takes this span off the top of the stack, if that is where it is.
    #[inline]
    pub(crate) fn leave(&self, instance: u32, id: u64) -> Option<&'static SpanCell> {
        let mut stack = self.stack.borrow_mut();
        let top = stack.last().filter(|entered| entered.id == id && entered.instance == instance)?.cell;
        stack.pop();
        Some(top)
    }

    /// Takes the innermost entry of this span out of the stack; with it the innermost span of the same recorder that
    /// was entered later and not left before.
    #[cold]
    pub(crate) fn leave_below(&self, instance: u32, id: u64) -> Option<(Entered, Option<Entered>)> {
        let mut stack = self.stack.borrow_mut();
        let at = stack.iter().rposition(|entered| entered.id == id && entered.instance == instance)?;
        let above = stack[at + 1..].iter().rfind(|entered| entered.instance == instance).copied();
        Some((stack.remove(at), above))
    }

    /// How many entries the stack has; none while it is being changed.
    pub(crate) fn depth(&self) -> usize {
        self.stack.try_borrow().map_or(0, |stack| stack.len())
    }

    /// An entry of the stack, and whether it is its recorder's innermost.
    pub(crate) fn entered_at(&self, index: usize) -> Option<(Entered, bool)> {
        let stack = self.stack.try_borrow().ok()?;
        let entered = *stack.get(index)?;
        let above = &stack[index + 1..];
        Some((entered, !above.iter().any(|other| other.instance == entered.instance)))
    }

    /// Notes what a clock of the program's own has said.
    pub(crate) fn note_time(&self, unix_nanos: u64) {
        self.given.set(unix_nanos);
    }

    /// What such a clock said to this thread last; 0: nothing yet.
    pub(crate) fn noted_time(&self) -> u64 {
        self.given.get()
    }

    /// A span that this thread touched lately.
    #[inline]
    pub(crate) fn recent(&self, instance: u32, id: u64) -> Option<Entered> {
        let entered = self.recent[id as usize % RECENT].get()?;
        let same = entered.id == id && entered.instance == instance;
        (same && entered.cell.is_of(id, entered.tenancy)).then_some(entered)
    }

    #[inline]
    pub(crate) fn touch(&self, entered: Entered) {
        self.recent[entered.id as usize % RECENT].set(Some(entered));
    }

    #[inline]
    pub(crate) fn plan(&self, metadata: usize, settings: u32) -> Option<&'static Plan> {
        let cached = self.plans[Self::plan_slot(metadata)].get()?;
        (cached.metadata == metadata && cached.settings == settings).then_some(cached.plan)
    }

    pub(crate) fn keep_plan(&self, metadata: usize, settings: u32, plan: &'static Plan) {
        self.plans[Self::plan_slot(metadata)].set(Some(CachedPlan { metadata, settings, plan }));
    }

    /// Metadata are static structs of some 100 bytes: the bits above the lowest few tell them apart.
    #[inline]
    fn plan_slot(metadata: usize) -> usize {
        (metadata.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % PLANS
    }

    /// The thread's own attributes, encoded.
    #[inline]
    pub(crate) fn thread(&self) -> &Block {
        self.thread.get_or_init(Automatic::of_thread)
    }

    /// A number of the thread's own.
    pub(crate) fn number(&self) -> usize {
        // Relaxed: the numbers are to differ, nothing else.
        *self.number.get_or_init(|| NUMBERS.fetch_add(1, Ordering::Relaxed))
    }

    /// An empty draft, taken out so that nested calls get another one.
    #[inline]
    pub(crate) fn draft(&self) -> Box<Draft> {
        self.draft.take().or_else(|| self.nested_draft.take()).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn put_back(&self, mut draft: Box<Draft>) {
        draft.clear();
        if let Some(nested) = self.draft.replace(Some(draft)) {
            self.nested_draft.set(Some(nested));
        }
    }

    /// Notes the span that is to be made; gives the one that was expected before.
    pub(super) fn expect(&self, expected: Option<Expected>) -> Option<Expected> {
        self.expecting.set(expected.is_some());
        self.expected.replace(expected)
    }

    /// Takes what is expected, if this is the span; it is to be given back.
    #[inline]
    pub(super) fn expected(&self, metadata: &Metadata<'_>) -> Option<Expected> {
        if self.expecting.get() { self.expected_with(metadata) } else { None }
    }

    #[cold]
    fn expected_with(&self, metadata: &Metadata<'_>) -> Option<Expected> {
        let expected = self.expect(None)?;
        if expected.is(metadata) {
            return Some(expected);
        }
        self.expect(Some(expected));
        None
    }

    /// Notes that a recorder is about to see this event, for the log line that may follow. Of several recorders in
    /// one subscriber the innermost is noted last.
    #[inline]
    pub(crate) fn note_event(&self, event: &Event<'_>, instance: u32) {
        let (at, callsite) = addresses(event);
        self.event.set((at, callsite, instance));
    }

    /// The recorder that sees this event. Asked once: the next event may have the same address and callsite, in a
    /// subscriber that no recorder sees.
    pub(crate) fn take_recorder_of(&self, event: &Event<'_>) -> Option<u32> {
        let (at, callsite, instance) = self.event.replace((0, 0, 0));
        ((at, callsite) == addresses(event)).then_some(instance)
    }
}

#[inline]
fn addresses(event: &Event<'_>) -> (usize, usize) {
    (std::ptr::from_ref(event).addr(), std::ptr::from_ref(event.metadata()).addr())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_that_is_being_changed_is_left_alone() {
        let local = Local::new();
        let changing = local.stack.borrow_mut();
        assert_eq!((local.depth(), local.entered_at(0).is_none()), (0, true));
        drop(changing);
    }

    #[test]
    fn a_call_within_a_call_gets_the_draft_that_the_last_one_had() {
        let local = Local::new();
        let address = |draft: &Draft| std::ptr::from_ref(draft).addr();
        let call = || {
            let (outer, inner) = (local.draft(), local.draft());
            let addresses = (address(&outer), address(&inner));
            local.put_back(inner);
            local.put_back(outer);
            addresses
        };
        let first = call();
        assert_eq!((call(), call()), (first, first));
    }
}
