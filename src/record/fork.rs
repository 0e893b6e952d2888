//! The fork hook: tells the child of a `fork` that it must not repeat its parent's ids.

#![allow(unsafe_code)]

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many forks lie between the first process and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);
static HOOK: Once = Once::new();

/// Makes sure that forks are counted from now on. Where there is no `fork`, nothing needs to be done.
pub(crate) fn watch() {
    HOOK.call_once(|| {
        #[cfg(unix)]
        // SAFETY: `pthread_atfork` has no preconditions; the handler is a plain function that lives as long as
        // the program, and all it does is add to an atomic, which is allowed between fork and exec. A failure
        // (no memory) leaves the hook out, and is reported by the return value that cannot help us.
        unsafe {
            libc::pthread_atfork(None, None, Some(count_fork));
        }
    });
}

/// Changes in the child of a fork. Threads compare it with the value they saw last.
#[inline]
pub(crate) fn count() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

#[cfg(unix)]
extern "C" fn count_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}
