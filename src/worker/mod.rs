//! The background worker: one thread of its own, with a runtime of its own, so that it works whatever the
//! program runs on.
//!
//! * `thread`: starts it, and mutes everything on it; `started`: it, as others see it
//! * `commands`: what the guard asks of it
//! * `run`: the loop: collect, cut into batches, hand to the lanes; `ending`: flush and shutdown
//! * `lane`: one exporter: export, retry; `lane_queue`, `lane_handle`: what waits for it, and how that gets there; `settle`:
//!   how a batch ends; `backoff`: how long to wait in between
//! * `spooling`: what lies on disk
//! * `occupied`: who has the thread; `alarms`: deadlines that hold even then; `restarts`: what happens after a panic
//! * `ledger`: what became of the spans at each exporter
//! * `herald`: says what went wrong, in the program's own log; `losses`: what was refused or cut; `tally`: adds up what
//!   may not be told yet

mod alarms;
mod backoff;
mod commands;
mod ending;
mod herald;
mod lane;
mod lane_handle;
mod lane_queue;
mod ledger;
mod losses;
mod occupied;
mod restarts;
mod run;
mod settle;
mod spooling;
mod started;
mod tally;
#[cfg(test)]
mod tests;
mod thread;
mod under_way;

pub(crate) use alarms::Alarm;
pub(crate) use backoff::Waits;
pub(crate) use commands::Answer;
pub(crate) use herald::{Herald, Tone};
pub(crate) use ledger::{LaneCounts, Ledger};
pub(crate) use started::Started;
pub(crate) use thread::{WorkerConfig, start};
