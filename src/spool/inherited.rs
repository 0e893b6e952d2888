//! The child of a fork has its parent's files open, and with them their locks: as long as it lives, nobody could deliver
//! what its parent left behind. So it closes them at once.

#![allow(unsafe_code)]

use std::fs::File;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicI32, Ordering};

/// So many files can be noted; the locks of further ones end with the last child.
const MOST: usize = 4096;
const NONE: i32 = -1;

/// The descriptors of our files. Nothing is allocated, and nobody waits: the child of a fork may do neither.
static OPEN: [AtomicI32; MOST] = [const { AtomicI32::new(NONE) }; MOST];

/// Notes a file that is open.
pub(super) fn note(file: &File) {
    let free = |place: &&AtomicI32| {
        // Relaxed, here and below: the child is a copy of a moment in which the thread that forks has seen all it did.
        place.compare_exchange(NONE, file.as_raw_fd(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    };
    let _ = OPEN.iter().find(free);
}

/// It is about to be closed.
pub(super) fn forget(file: &File) {
    let noted = |place: &&AtomicI32| place.load(Ordering::Relaxed) == file.as_raw_fd();
    OPEN.iter().filter(noted).for_each(|place| place.store(NONE, Ordering::Relaxed));
}

/// Closes what the parent has open, in the child of a fork. The parent's maps stay where they are, and nobody there
/// uses them again.
pub(crate) fn close_inherited() {
    for place in &OPEN {
        let descriptor = place.swap(NONE, Ordering::Relaxed);
        if descriptor != NONE {
            // SAFETY: it is that of a file that the copy of a `SpoolFile` owns, which nobody in the child will drop: what
            // is the parent's is leaked there.
            unsafe {
                libc::close(descriptor);
            }
        }
    }
}
