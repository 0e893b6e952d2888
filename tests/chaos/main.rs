//! A collector that misbehaves at random, for thousands of steps: no span is lost or doubled beyond what the protocol
//! allows, and the ledger says of each what the collector saw.
//!
//! * `seed`: random numbers that come again with their seed
//! * `fault`: what the collector does to a request; `collector`: does it, and notes what became of each span
//! * `verdict`: the ledger against those notes
//! * `storm`: the tests
//!
//! A failure prints its seed; `THROUGHLINE_CHAOS_SEED` runs that one again. Few steps in the usual run, 10,000 where
//! `THROUGHLINE_SOAK` is set.

mod collector;
mod fault;
mod seed;
mod storm;
#[path = "../support/mod.rs"]
mod support;
mod verdict;
