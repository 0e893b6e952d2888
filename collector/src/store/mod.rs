//! Keeps traces, in memory so far: bounded in bytes, the oldest whole traces leave first, and are counted.
//!
//! `ingest` writes, everything else reads. Spans come as parts (what one request held of one trace), which never
//! change: readers clone pointers under the lock and work without it. Lists and searches are answered from one
//! summary a trace, kept as spans arrive.
//!
//! Log records are kept with the trace that they name, and leave with it. They may arrive before its spans: a trace
//! of which nothing else has arrived is in no list, but is found by its id.

mod catalog;
mod entry;
mod held;
mod kept_logs;
mod log;
mod memory;
mod source;
mod span;
mod stats;
mod summary;
mod trace;
mod waiting;
mod weight;

pub(crate) use catalog::kind_name;
pub use log::{Level, Log};
pub use memory::Store;
pub use source::Source;
pub use span::Span;
pub use stats::Stats;
pub use summary::{ServiceCount, TraceSummary};
pub use trace::Trace;
