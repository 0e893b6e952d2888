//! The layer: where `tracing` calls us.
//!
//! `callbacks` has one short function for each callback of `tracing_subscriber::Layer`; what they do is in
//! `record/`. `span_ext` is what a program does with a span by hand; `traced` runs a future in a span, `carry` a closure
//! on another thread.

mod callbacks;
mod carry;
#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod layer;
mod span_ext;
mod traced;

pub use carry::in_current_span;
pub use layer::Layer;
pub use span_ext::{SpanExt, correlation_id, current_context};
pub(crate) use span_ext::{add_baggage, current};
pub use traced::{FutureExt, Traced};
