//! The ledger as a program sees it: what became of every span and every log record.
//!
//! * `stats`: spans, and all the rest
//! * `logs`: log records; `exporter`: the part of either that one exporter has

mod exporter;
mod logs;
#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod stats;

pub use exporter::{Dropped, ExporterStats};
pub use logs::{LogStats, RefusedLogs};
pub use stats::{Refused, Stats};
