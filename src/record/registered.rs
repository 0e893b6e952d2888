//! Which recorder serves which subscriber: how a `Span` or a thread's default finds its recorder.

use super::local::{Entered, Local};
use super::recorder::Recorder;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockWriteGuard, TryLockError, Weak};
use tracing_core::span::Id;
use tracing_core::{Dispatch, Metadata, dispatcher, dispatcher::WeakDispatch};
use tracing_subscriber::Registry;
use tracing_subscriber::registry::{LookupSpan, SpanData};

static RECORDERS: RwLock<Vec<(u32, Weak<Recorder>)>> = RwLock::new(Vec::new());

/// The lock on the list of recorders, held.
pub(super) type Held = RwLockWriteGuard<'static, Vec<(u32, Weak<Recorder>)>>;

/// Keeps all others from the list of recorders, during a fork.
pub(super) fn hold() -> Held {
    RECORDERS.write().unwrap_or_else(PoisonError::into_inner)
}

/// A layer that nobody introduced to its subscriber looks at the default of this many first callbacks.
const GUESSES: u32 = 64;

/// Where a recorder lives: the registry under its layer, and the subscriber around it.
#[derive(Debug, Default)]
pub(crate) struct Home {
    registry: AtomicUsize,
    dispatch: OnceLock<WeakDispatch>,
    guesses: AtomicU32,
}

pub(crate) fn add(recorder: &Arc<Recorder>) {
    let mut all = RECORDERS.write().unwrap_or_else(PoisonError::into_inner);
    all.push((recorder.instance, Arc::downgrade(recorder)));
    all.sort_by_key(|(instance, _)| *instance);
}

pub(crate) fn remove(instance: u32) {
    RECORDERS.write().unwrap_or_else(PoisonError::into_inner).retain(|(other, _)| *other != instance);
}

/// The recorder of a subscriber that the predicate accepts: by the registry at its bottom, which can be reached through
/// any wrapping, else by the layer itself. Of two layers in one subscriber the first built answers; one that was taken
/// out by a reload handle knows none of the spans that are asked for.
pub(crate) fn of(dispatch: &Dispatch, accept: impl Fn(&Recorder) -> bool) -> Option<Arc<Recorder>> {
    let registry = registry_of(dispatch);
    let known =
        |recorder: &Recorder| registry != 0 && recorder.home.registry() == registry && accept(recorder);
    find(known).or_else(|| {
        let recorder = dispatch.downcast_ref::<crate::Layer>()?.recorder();
        accept(recorder).then(|| Arc::clone(recorder))
    })
}

/// As [`of`], for a span in that subscriber: it also finds a layer that nobody introduced to it.
pub(crate) fn of_span(dispatch: &Dispatch, id: &Id) -> Option<Arc<Recorder>> {
    let number = id.into_u64();
    of(dispatch, |recorder| recorder.look_up(number).is_some()).or_else(|| {
        let unknown = |recorder: &Recorder| recorder.home.registry() == 0;
        find(|recorder| {
            unknown(recorder)
                && recorder.look_up(number).is_some_and(|found| {
                    recorder.home.introduce_if_it_knows(dispatch, id, found.plan.metadata);
                    !unknown(recorder)
                })
        })
    })
}

/// The recorder of the calling thread's default subscriber, and the innermost span of it that the thread is in.
pub(crate) fn current(local: &Local) -> Option<(Arc<Recorder>, Entered)> {
    dispatcher::get_default(|dispatch| {
        let registry = registry_of(dispatch);
        let ours = |entered: &Entered| {
            let home = |recorder: &Recorder| [0, registry].contains(&recorder.home.registry());
            find(|recorder| recorder.instance == entered.instance && home(recorder)).is_some()
        };
        let innermost = local.find_current(ours)?;
        let same = |recorder: &Recorder| recorder.current(local).is_some_and(|it| it.id == innermost.id);
        let recorder = of(dispatch, same)?;
        let entered = recorder.current(local)?;
        Some((recorder, entered))
    })
}

/// The recorder of the calling thread's default subscriber.
pub(crate) fn of_default() -> Option<Arc<Recorder>> {
    dispatcher::get_default(|dispatch| of(dispatch, |_| true))
}

/// The first built recorder that the predicate accepts.
pub(crate) fn find(accept: impl Fn(&Recorder) -> bool) -> Option<Arc<Recorder>> {
    // Whoever holds a recorder last drops it, and that takes it off the list: not under this lock.
    let mut passed = Vec::new();
    let all = RECORDERS.read().unwrap_or_else(PoisonError::into_inner);
    let found = all.iter().filter_map(|(_, recorder)| recorder.upgrade()).find_map(|recorder| {
        if accept(&recorder) {
            return Some(recorder);
        }
        passed.push(recorder);
        None
    });
    drop(all);
    found
}

/// All recorders.
#[cfg(unix)]
pub(crate) fn all() -> Vec<Arc<Recorder>> {
    let all = RECORDERS.read().unwrap_or_else(PoisonError::into_inner);
    all.iter().filter_map(|(_, recorder)| recorder.upgrade()).collect()
}

/// A recorder by its number, or `None` while another thread changes the list: never waits.
pub(crate) fn try_numbered(instance: u32) -> Option<Arc<Recorder>> {
    let all = match RECORDERS.try_read() {
        Ok(all) => all,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return None,
    };
    all.iter().find(|(other, _)| *other == instance)?.1.upgrade()
}

/// Whether a subscriber is the calling thread's default. One that stands on no registry is never known to be.
pub(crate) fn is_default(dispatch: &Dispatch) -> bool {
    let registry = registry_of(dispatch);
    registry != 0 && dispatcher::get_default(registry_of) == registry
}

/// The address of the registry at the bottom of a subscriber; 0 if there is none.
fn registry_of(dispatch: &Dispatch) -> usize {
    dispatch.downcast_ref::<Registry>().map_or(0, |registry| std::ptr::from_ref(registry).addr())
}

// === impl Home ===

impl Home {
    /// Notes the subscriber that the layer has become part of.
    pub(crate) fn introduce(&self, dispatch: &Dispatch) {
        self.registry.store(registry_of(dispatch), Ordering::Relaxed);
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    /// The layer is gone from its subscriber.
    pub(crate) fn forget(&self) {
        self.registry.store(0, Ordering::Relaxed);
    }

    /// For a layer that was put in where nobody tells it (`Option`, `Vec`, a reload handle): takes the thread's
    /// default, if that knows the span that the layer is being told of.
    #[inline]
    pub(crate) fn guess(&self, id: &Id, metadata: &'static Metadata<'static>) {
        if self.registry() == 0 && self.guesses.load(Ordering::Relaxed) < GUESSES {
            self.guesses.fetch_add(1, Ordering::Relaxed);
            dispatcher::get_default(|dispatch| self.introduce_if_it_knows(dispatch, id, metadata));
        }
    }

    /// Takes a subscriber as this layer's, if it has this span.
    #[cold]
    pub(crate) fn introduce_if_it_knows(
        &self,
        dispatch: &Dispatch,
        id: &Id,
        metadata: &'static Metadata<'static>,
    ) {
        let registry = dispatch.downcast_ref::<Registry>();
        let known = registry.and_then(|registry| registry.span_data(id));
        if known.is_some_and(|span| std::ptr::eq(span.metadata(), metadata)) {
            self.introduce(dispatch);
        }
    }

    pub(crate) fn registry(&self) -> usize {
        self.registry.load(Ordering::Relaxed)
    }

    /// What `find` gives for the nearest ancestor of a span that it gives anything for: the ancestors as the registry
    /// knows them, whether this layer saw them or not.
    #[cold]
    pub(crate) fn find_ancestor<T>(&self, id: &Id, find: impl Fn(u64) -> Option<T>) -> Option<T> {
        let dispatch = self.dispatch()?;
        let registry = dispatch.downcast_ref::<Registry>()?;
        let mut id = registry.span_data(id)?.parent()?.clone();
        loop {
            if let Some(found) = find(id.into_u64()) {
                return Some(found);
            }
            id = registry.span_data(&id)?.parent()?.clone();
        }
    }

    /// The subscriber around the layer, while it lives.
    pub(crate) fn dispatch(&self) -> Option<Dispatch> {
        self.dispatch.get().and_then(WeakDispatch::upgrade)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, BoxFuture, Exporter, Outcome};
    use std::sync::Mutex;

    struct Nowhere;

    impl Exporter for Nowhere {
        fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
            Box::pin(async { Outcome::Accepted })
        }
    }

    /// Dropping a recorder takes it off the list, whose lock the search holds.
    #[test]
    fn a_search_may_be_the_last_to_hold_a_recorder() {
        let (layer, guard) = crate::builder().exporter(Nowhere).build().expect("valid settings");
        let instance = layer.recorder().instance;
        drop(guard);
        let layer = Mutex::new(Some(layer));
        let found = find(|recorder| {
            if recorder.instance == instance {
                layer.lock().expect("nothing panics").take();
            }
            false
        });
        assert!(found.is_none());
    }
}
