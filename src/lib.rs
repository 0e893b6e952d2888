//! Throughline.

mod context;
pub mod wire;

pub use context::{ParseIdError, SpanId, TraceFlags, TraceId};
