//! From the worker to a collector: every answer, every bad day, and a ledger that agrees with what arrived.

mod absence;
mod answers;
mod counters;
mod deadlines;
mod exporters;
mod flush;
mod ledger;
mod memory;
mod panics;
mod requests;
mod shutdown;
mod stats;
#[path = "../support/mod.rs"]
mod support;
mod told;
