//! What recording holds, as the ledger counts it, as the allocator sees it, and as the system does. Each test is a process
//! of its own: the counts are the process's.
//!
//! * `counting`: the allocator, with a count; `child`: a test alone in a process
//! * `exact`: the ledger's bytes are the allocator's
//! * `resident`: what the system gives stays within the bound and 32 MiB

mod child;
mod counting;
mod exact;
#[cfg(target_os = "linux")]
mod resident;
#[path = "../support/mod.rs"]
mod support;

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;
