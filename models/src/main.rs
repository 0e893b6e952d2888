//! What throughline does without locks, run by [loom](https://docs.rs/loom) in every order of threads and of memory that the
//! language allows.
//!
//! These are the files of the library themselves: they take their atomics from `crate::sync`, which is loom's here and the
//! standard library's there. What is around them is modelled, and said to be so.
//!
//! `cargo run -p throughline-models` bounds how often threads are preempted (2 times); `LOOM_MAX_PREEMPTIONS=4` looks further.
//! A program and no test: the unit tests of those files are run where they are at home.

#![allow(dead_code, unreachable_pub, reason = "each file is used in part")]

mod sync;

#[path = "../../src/record/cell.rs"]
mod cell;

#[path = "../../src/sampler/meter.rs"]
mod meter;

/// As in the library: `queue` looks for `segment` beside itself.
mod buffer {
    #[path = "../../../src/buffer/backlog.rs"]
    pub mod backlog;
    #[path = "../../../src/buffer/memory.rs"]
    pub mod memory;
    #[path = "../../../src/buffer/queue.rs"]
    pub mod queue;
    pub mod segment;
}

mod models;

fn main() {
    for (name, model) in models::ALL {
        model();
        println!("model {name} ... ok");
    }
}
