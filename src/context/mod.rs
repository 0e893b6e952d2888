//! What travels with a trace: ids, flags, trace state, and the `Context` that hands them from span to span
//! and from service to service.
//!
//! `layer` makes and inherits contexts, `sampler` decides on them, `propagation` reads and writes them as
//! headers.
//!
//! * `trace_id`, `span_id`, `trace_flags`: the names of a span; `hex` spells them
//! * `span_context`: those three, and whether they came from another process
//! * `trace_state`: the vendors' members that go along; `trace_state_reader` holds their grammar
//! * `baggage`: what the program sends along; `baggage_member` holds its grammar, `baggage_reader` reads headers
//! * `correlation_id`: the user's name for a request; `pass_through`: what neighbours want to find again
//! * `carried`: everything besides the ids, shared by pointer
//! * `context`: a span context and what it carries
//! * `id_generator`: where ids come from when a program brings its own; `random`: where they come from else

mod baggage;
mod baggage_member;
mod baggage_reader;
mod carried;
#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod context;
pub(crate) mod correlation_id;
pub(crate) mod hex;
mod id_generator;
pub(crate) mod ows;
mod pass_through;
pub(crate) mod percent;
mod random;
mod span_context;
mod span_id;
mod trace_flags;
mod trace_id;
mod trace_state;
mod trace_state_reader;

pub use baggage::Baggage;
pub use baggage_member::BaggageError;
pub(crate) use baggage_reader::BaggageReader;
pub(crate) use carried::Carried;
pub use context::Context;
pub use correlation_id::{CorrelationId, ParseCorrelationIdError};
pub use hex::ParseIdError;
pub use id_generator::IdGenerator;
pub(crate) use pass_through::PassThrough;
pub(crate) use random::IdRng;
pub use span_context::SpanContext;
pub use span_id::SpanId;
pub use trace_flags::TraceFlags;
pub use trace_id::TraceId;
pub use trace_state::TraceState;
pub use trace_state_reader::ParseTraceStateError;
pub(crate) use trace_state_reader::TraceStateReader;
