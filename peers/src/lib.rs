//! Throughline side by side with rival crates: what the binaries of this package share.
//!
//! `cost` and `alloc` measure the thread that makes the spans, `e2e` the whole process, against a sink in a
//! process of its own. Every contender runs alone in a child process, so that neither a global default nor a
//! callsite's cached interest leaks from one to the next; the parent runs the children in interleaved rounds
//! (A B C A B C ...) and prints medians.

pub mod args;
pub mod child;
pub mod clock;
pub mod contender;
pub mod lap;
pub mod median;
pub mod memory;
pub mod pace;
pub mod sink;
pub mod table;
pub mod work;
