//! `Current`: the sampler that a recorder asks at the moment, which may change while it runs.

use super::Sampler;
use super::remote::Remote;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The sampler of a recorder. Each shard keeps a copy ([`InUse`]) and notices by the version that it is out of date, so
/// that nobody waits for anybody as long as nothing changes.
#[derive(Debug)]
pub(crate) struct Current {
    version: AtomicU32,
    /// Times come from a clock of the program's own.
    own_clock: bool,
    is_bare_ratio: AtomicBool,
    looks: AtomicBool,
    asks_local: AtomicBool,
    state: Mutex<State>,
    /// Another sampler was chosen.
    pub(super) changed: Notify,
}

#[derive(Debug)]
struct State {
    /// As the program made it.
    chosen: Sampler,
    /// With what its remote parts have been told.
    in_use: Sampler,
    /// Older ones, as long as a shard has a copy: a sampler may own what is the program's, and that is not to be dropped
    /// under a shard's lock.
    retired: Vec<Sampler>,
}

/// A shard's copy.
#[derive(Debug)]
pub(crate) struct InUse {
    version: u32,
    pub(crate) sampler: Sampler,
    /// Whether asking it may call the program: no lock may be held then.
    pub(crate) calls_out: bool,
}

// === impl Current ===

impl Current {
    pub(crate) fn new(sampler: Sampler, own_clock: bool) -> Self {
        let state =
            State { chosen: Sampler::always_off(), in_use: Sampler::always_off(), retired: Vec::new() };
        let current = Current {
            version: AtomicU32::new(0),
            own_clock,
            is_bare_ratio: AtomicBool::new(false),
            looks: AtomicBool::new(false),
            asks_local: AtomicBool::new(false),
            state: Mutex::new(state),
            changed: Notify::new(),
        };
        current.set(sampler);
        current
    }

    /// Replaces the sampler, from the next decision on.
    pub(crate) fn set(&self, sampler: Sampler) {
        // What is the program's in the old ones is dropped here, with no lock held.
        drop(self.replace(Some(sampler)));
        self.changed.notify_one();
    }

    /// For the child of a fork: what is locked here at that moment stays locked there.
    pub(crate) fn again(&self) -> Current {
        let chosen = self.lock().chosen.apart();
        Current::new(chosen, self.own_clock)
    }

    /// A remote part has been told something else.
    pub(super) fn renew(&self) {
        drop(self.replace(None));
    }

    /// Those of its parts that are told by a server what to do.
    pub(super) fn remotes(&self) -> Vec<Arc<Remote>> {
        self.lock().chosen.remotes()
    }

    /// Gives what nobody asks any more.
    fn replace(&self, chosen: Option<Sampler>) -> Vec<Sampler> {
        let mut state = self.lock();
        let before = chosen.map(|chosen| std::mem::replace(&mut state.chosen, chosen));
        let in_use = state.chosen.resolved();
        self.is_bare_ratio.store(in_use.is_bare_ratio(), Ordering::Relaxed);
        self.looks.store(in_use.looks(), Ordering::Relaxed);
        self.asks_local.store(in_use.asks_local(), Ordering::Relaxed);
        let old = std::mem::replace(&mut state.in_use, in_use);
        let retired = std::mem::take(&mut state.retired).into_iter();
        let (mut unused, used): (Vec<_>, Vec<_>) = retired.partition(Sampler::is_sole);
        state.retired = used;
        state.retired.push(old);
        unused.extend(before);
        // Relaxed: who sees it late goes on with the old one for a while; what is read then is under the lock.
        self.version.fetch_add(1, Ordering::Relaxed);
        unused
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is a bare ratio, which is worth a warning once it sees a parent.
    pub(crate) fn is_bare_ratio(&self) -> bool {
        self.is_bare_ratio.load(Ordering::Relaxed)
    }

    /// Whether it looks at a span's name, kind or attributes.
    pub(crate) fn looks(&self) -> bool {
        self.looks.load(Ordering::Relaxed)
    }

    /// Whether it is to be asked about spans that are hung under one of this process by hand.
    pub(crate) fn asks_local(&self) -> bool {
        self.asks_local.load(Ordering::Relaxed)
    }
}

// === impl InUse ===

impl InUse {
    /// Takes over what is current.
    #[inline]
    pub(crate) fn keep_up(&mut self, current: &Current) {
        if self.version != current.version.load(Ordering::Relaxed) {
            self.renew(current);
        }
    }

    #[cold]
    fn renew(&mut self, current: &Current) {
        let state = current.lock();
        self.version = current.version.load(Ordering::Relaxed);
        self.sampler = state.in_use.clone();
        self.calls_out = self.sampler.calls_out(current.own_clock);
    }
}

impl Default for InUse {
    fn default() -> Self {
        // No version is 0 once it is made: nobody asks this one.
        InUse { version: 0, sampler: Sampler::always_off(), calls_out: false }
    }
}
