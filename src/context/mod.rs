//! What travels with a trace: ids, flags, trace state, and the `Context` that hands them from span to span
//! and from service to service.

pub(crate) mod hex;
mod span_id;
mod trace_flags;
mod trace_id;

pub use hex::ParseIdError;
pub use span_id::SpanId;
pub use trace_flags::TraceFlags;
pub use trace_id::TraceId;
