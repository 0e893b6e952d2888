//! The ledger as a program sees it: what became of every span and every log record.
//!
//! * `stats`: spans, and all the rest
//! * `logs`: log records; `exporter`: the part of either that one exporter has
//! * `tail`: how the tail has decided

mod exporter;
mod logs;
#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod stats;
mod tail;

pub use exporter::{Dropped, ExporterStats};
pub use logs::{LogStats, RefusedLogs};
pub use stats::{Refused, Stats};
pub use tail::{KeptTraces, TailStats};
