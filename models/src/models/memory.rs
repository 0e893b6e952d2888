//! The bytes in use, against their bound, and the wake of the worker when they are short.

use super::every_order;
use crate::buffer::memory::Memory;
use loom::sync::Arc;
use loom::thread;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

/// Whether the worker is woken: it comes once for that.
fn is_woken(memory: &Memory) -> bool {
    pin!(memory.short()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

pub fn no_more_than_the_bound_is_given_out_and_all_of_it_comes_back() {
    every_order(|| {
        let memory = Arc::new(Memory::new(10));
        let others = [6, 5].map(|bytes| {
            let memory = Arc::clone(&memory);
            thread::spawn(move || {
                let given = memory.reserve(bytes);
                assert!(memory.used() <= 10);
                if given {
                    memory.release(bytes);
                }
                given
            })
        });
        let given = others.map(|other| other.join().expect("no panic"));
        assert!(given.contains(&true), "one of them came first");
        assert_eq!(memory.used(), 0);
    });
}

/// The worker sleeps until it is woken, then lets itself be woken again and frees what it finds: what comes after that
/// wakes it again.
pub fn a_worker_that_is_woken_by_want_of_memory_misses_no_later_want() {
    every_order(|| {
        let memory = Arc::new(Memory::new(10));
        let others = [3, 4].map(|bytes| {
            let memory = Arc::clone(&memory);
            thread::spawn(move || assert!(memory.reserve(bytes)))
        });
        // Once, while they are at it.
        let woken = is_woken(&memory);
        if woken {
            memory.heed();
        }
        others.into_iter().for_each(|other| other.join().expect("no panic"));
        // 7 of 10 are in use: that was told, before or since.
        assert!(woken || is_woken(&memory), "nobody told");
        memory.heed();
        assert!(memory.reserve(1), "there is room");
        assert!(is_woken(&memory), "more than half is in use, and nobody told");
    });
}
