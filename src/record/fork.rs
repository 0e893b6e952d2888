//! The fork hook: what is done around a `fork`, so that its child can go on.
//!
//! Of all threads the child has only the one that forked. Locks that others held stay held, workers are no more, and what
//! was recorded is there twice. Therefore:
//!
//! * before the fork the few locks of the whole process are taken, and each recorder's next [`Era`] is made;
//! * after it, in the parent, all that is let go;
//! * in the child the locks are let go, and each recorder goes on with its next era. Nothing is allocated or waited for:
//!   the child may be about to `exec`, and a thread of its parent may have been inside of the program's allocator.
//!
//! A `fork` that does not call handlers (`vfork`, `clone`, a bare system call) is not noticed.

#![allow(unsafe_code)]
#![cfg_attr(not(unix), allow(dead_code))]

use super::caught::caught;
use super::era::Era;
use super::recorder::Recorder;
use super::{cell, plans, registered};
use crate::clock;
use crate::propagation::Propagators;
use crate::spool;
use std::cell::RefCell;
use std::ops::Deref;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::sync::{Arc, Once};

/// How many forks lie between the first process and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);
static HOOK: Once = Once::new();

thread_local! {
    /// Between the handlers of a fork, which run on one thread.
    static FORKING: RefCell<Option<Forking>> = const { RefCell::new(None) };
}

/// A value that the child of a fork replaces, and that lives as long as anybody can see it.
pub(super) struct Renewed<T: Send + Sync>(AtomicPtr<T>);

/// What is held during a fork.
struct Forking {
    renewals: Vec<Renewal>,
    held: Held,
}

/// The locks of the process, in the order in which they are let go.
type Held = (cell::Held, clock::Held, plans::Held, registered::Held);

struct Renewal {
    recorder: Option<Arc<Recorder>>,
    next: Option<Box<Era>>,
}

/// Makes sure that forks are noticed from now on. Where there is no `fork`, nothing needs to be done.
pub(crate) fn watch() {
    HOOK.call_once(|| {
        Propagators::settle();
        #[cfg(unix)]
        // SAFETY: `pthread_atfork` has no preconditions; the handlers are plain functions that live as long as the
        // program and do not unwind. A failure (no memory) leaves the hook out, and is reported by the return value
        // that cannot help us.
        unsafe {
            libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child));
        }
    });
}

/// Changes in the child of a fork. Threads compare it with the value they saw last.
#[inline]
pub(crate) fn count() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

extern "C" fn before() {
    // On a thread that is ending there is no place to keep it: that child has the ids anew, and no more.
    caught(|| FORKING.try_with(|forking| *forking.borrow_mut() = Some(Forking::begin())));
}

extern "C" fn in_parent() {
    caught(|| FORKING.try_with(|forking| forking.take().into_iter().for_each(|it| it.end(false))));
}

extern "C" fn in_child() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    spool::close_inherited();
    caught(|| FORKING.try_with(|forking| forking.take().into_iter().for_each(|it| it.end(true))));
}

// === impl Forking ===

impl Forking {
    /// The list of recorders is taken first and the cells last: while one looks for recorders it takes the locks of
    /// shards, and under these it asks for cells and for the time.
    fn begin() -> Forking {
        let recorders = registered::hold();
        let renewals = recorders.iter().filter_map(|(_, recorder)| recorder.upgrade());
        let renewals = renewals.map(|recorder| {
            let next = Some(recorder.next_era());
            Renewal { recorder: Some(recorder), next }
        });
        let renewals = renewals.collect();
        let plans = plans::hold();
        let clock = clock::hold();
        Forking { renewals, held: (cell::hold(), clock, plans, recorders) }
    }

    fn end(self, child: bool) {
        let Forking { mut renewals, held } = self;
        for Renewal { recorder, next } in renewals.iter_mut().filter(|_| child) {
            recorder.iter().zip(next.take()).for_each(|(recorder, next)| recorder.renew(next));
        }
        drop(held);
        // Whoever holds a recorder last takes it off the list.
        renewals.iter_mut().for_each(|renewal| drop(renewal.recorder.take()));
        if child {
            std::mem::forget(renewals);
        }
    }
}

// === impl Renewed ===

impl<T: Send + Sync> Renewed<T> {
    pub(super) fn new(value: T) -> Self {
        Renewed(AtomicPtr::new(Box::into_raw(Box::new(value))))
    }

    /// Replaces the value. The old one is never freed.
    ///
    /// Relaxed, as the loads are: this is called while the process has a single thread, and threads that it starts later
    /// see all that came before.
    pub(super) fn renew(&self, value: Box<T>) {
        self.0.store(Box::into_raw(value), Ordering::Relaxed);
    }
}

impl<T: Send + Sync> Deref for Renewed<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the pointer comes from a box, and what it points to is freed in `drop` at the earliest, which nobody
        // outlives who has a reference to this.
        unsafe { &*self.0.load(Ordering::Relaxed) }
    }
}

impl<T: Send + Sync> Drop for Renewed<T> {
    fn drop(&mut self) {
        // SAFETY: it comes from a box, and nobody else frees it.
        drop(unsafe { Box::from_raw(*self.0.get_mut()) });
    }
}
