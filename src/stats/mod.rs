//! The ledger as a program sees it: what became of every span and every log record.
//!
//! * `stats`: spans, and all the rest
//! * `logs`: log records; `exporter`: the part of either that one exporter has
//! * `reader`: reads it, wherever the guard is
//! * `rows`: all of it as one list of `metric`s, from which `table`, `prometheus` and `otlp` are made
//! * `tail`: how the tail has decided

mod exporter;
mod logs;
mod metric;
mod otlp;
mod prometheus;
mod reader;
mod rows;
#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod stats;
mod table;
mod tail;

pub use exporter::{Dropped, ExporterStats};
pub use logs::{LogStats, RefusedLogs};
pub use reader::StatsReader;
pub use stats::{Refused, Stats};
pub use tail::{KeptTraces, TailStats};
