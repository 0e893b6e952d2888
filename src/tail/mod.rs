//! Tail sampling in the process: a whole local trace (a local root and what is below it here) is kept or dropped when
//! it is known how it ended.
//!
//! A stage of `worker/`, between collecting and batching. What a round has collected is scanned, by the headers of the
//! frames; local traces whose root has come are decided; then every frame is passed on, dropped, or, where its trace is
//! undecided, copied into a bounded arena.
//!
//! * `tail`: what a program says; `rule`: a part of it
//! * `policy`: decides, with `durations` (percentiles) and `budget`; `choice`: what it answers
//! * `part`: what is known of a local trace, by its name, hashed by `keyed`; `waiting`: those that are undecided; `remembered`: those that are not
//! * `arena`: where frames wait; `outlet`: where they leave; `glance`: what is read of a span's message
//! * `stage`: a round of all that; `ledger`: its counts

mod arena;
mod budget;
mod choice;
mod durations;
mod glance;
mod keyed;
mod ledger;
mod outlet;
mod part;
mod policy;
mod remembered;
mod rule;
mod stage;
#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod tail;
mod waiting;

pub(crate) use choice::Reason;
pub(crate) use ledger::{TailCounts, TailLedger};
pub use rule::Rule;
pub(crate) use stage::Stage;
pub use tail::Tail;
