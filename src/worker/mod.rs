//! The background worker: one thread of its own, with a runtime of its own, so that it works whatever the
//! program runs on.
//!
//! * `thread`: starts it, and mutes everything on it
//! * `commands`: what the guard asks of it
//! * `run`: the loop: collect, cut into batches, hand to the lanes
//! * `lane`: one exporter with its queue: export, retry, count; `backoff`: how long to wait in between; `share`: how much
//!   may wait; `marks`: who waits for what
//! * `ledger`: what became of the spans at each exporter
//! * `herald`: says what went wrong, in the program's own log; `losses`: what was refused or cut; `tally`: adds up what
//!   may not be told yet

mod backoff;
mod commands;
mod herald;
mod lane;
mod ledger;
mod losses;
mod marks;
mod run;
mod share;
mod tally;
mod thread;

pub(crate) use backoff::Waits;
pub(crate) use commands::{Commands, Reply};
pub(crate) use herald::{Herald, Tone};
pub(crate) use ledger::{LaneCounts, Ledger};
pub(crate) use thread::{Started, WorkerConfig, start};
