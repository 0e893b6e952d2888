//! Where batches leave the process. `worker/` hands each exporter its batches, one after another.
//!
//! * `exporter`: the trait, and what an export can come to
//! * `batch`: shared bytes of one `signal`; `span_view`, `log_view`: one finished span or log record in them, read
//!   without decoding all of it
//! * `console`: text, for people
//! * `otlp`: OTLP over HTTP: `request` stitches frames together, `http` sends them

mod batch;
mod console;
mod exporter;
mod http;
mod log_view;
mod otlp;
mod request;
mod signal;
mod span_view;

pub use batch::Batch;
pub(crate) use console::ConsoleExporter;
pub use exporter::{BoxFuture, Exporter, Outcome};
pub(crate) use http::{Compression, Http, HttpConfig, without_secrets};
pub use log_view::LogView;
pub(crate) use otlp::OtlpExporter;
pub use signal::Signal;
pub use span_view::SpanView;
