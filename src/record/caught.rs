//! `caught`: the program's own code run where it must not panic through us.

use std::cell::Cell;
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// How deep the thread is in such calls. Has no destructor, so that it is there to the thread's end.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Calls `f`; `None` if it panics. The panic hook leaves such panics out: they end here.
#[inline]
pub(crate) fn caught<R>(f: impl FnOnce() -> R) -> Option<R> {
    DEPTH.set(DEPTH.get().wrapping_add(1));
    let result = catch_unwind(AssertUnwindSafe(f));
    DEPTH.set(DEPTH.get().wrapping_sub(1));
    result.map_err(|payload| catch_unwind(AssertUnwindSafe(|| drop(payload))).map_err(forget)).ok()
}

/// Whether a panic of this thread would end in [`caught`].
pub(crate) fn is_inside() -> bool {
    DEPTH.get() > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{panic_any, resume_unwind};

    #[test]
    fn a_panic_ends_here_even_one_whose_payload_panics_when_it_is_dropped() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                resume_unwind(Box::new("again"));
            }
        }
        assert_eq!(caught(|| caught(is_inside).expect("nothing panics")), Some(true));
        assert_eq!(caught(|| -> u8 { panic_any(Bomb) }), None);
        assert!(!is_inside());
    }
}
