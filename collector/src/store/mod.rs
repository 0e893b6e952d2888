//! Keeps traces, in memory so far: bounded in bytes, the oldest whole traces leave first, and are counted.
//!
//! `ingest` writes, everything else reads. Spans come as parts (what one request held of one trace), which never
//! change: readers clone pointers under the lock and work without it. Lists and searches are answered from one
//! summary a trace, kept as spans arrive.

mod catalog;
mod entry;
mod held;
mod memory;
mod source;
mod span;
mod stats;
mod summary;
mod trace;
mod weight;

pub(crate) use catalog::kind_name;
pub use memory::Store;
pub use source::Source;
pub use span::Span;
pub use stats::Stats;
pub use summary::{ServiceCount, TraceSummary};
pub use trace::Trace;
