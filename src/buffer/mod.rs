//! What lies between the program's threads and the worker: finished spans as self-contained frames, in segments
//! that each shard fills alone (`open_segment`), handed over when full or when the worker comes round. All of it is bounded by one
//! count of bytes, [`memory::Memory`]; over the bound the newest frame is refused.
//!
//! `record/` writes frames; `worker/` collects segments; `export/` reads frames.

pub(crate) mod backlog;
pub(crate) mod frame;
pub(crate) mod left;
pub(crate) mod memory;
pub(crate) mod open_segment;
pub(crate) mod queue;
pub(crate) mod segment;
