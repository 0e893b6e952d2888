//! Throughline.

mod builder;
mod env;
mod error;
mod guard;
mod init;
mod stats;

mod buffer;
mod export;
mod layer;
mod record;
mod sampler;
mod worker;

mod clock;
mod context;
pub mod log;
pub mod propagation;
mod resource;
pub mod wire;

pub use builder::{Builder, builder};
pub use clock::Clock;
pub use context::{
    Context, IdGenerator, ParseIdError, ParseTraceStateError, SpanContext, SpanId, TraceFlags, TraceId,
    TraceState,
};
pub use error::Error;
pub use export::{Batch, BoxFuture, Exporter, Outcome, SpanView};
pub use guard::Guard;
pub use init::init;
pub use layer::{Layer, SpanExt, current_context};
pub use record::Limits;
pub use sampler::Sampler;
pub use stats::{Dropped, ExporterStats, Refused, Stats};
pub use wire::SpanData;
