//! Where batches leave the process. `worker/` hands each exporter its batches, one after another.
//!
//! * `exporter`: the trait, and what an export can come to
//! * `batch`: shared bytes of one `signal`; `span_view`, `log_view`: one finished span or log record in them, read
//!   without decoding all of it
//! * `console`: text, for people
//! * `otlp`: OTLP over HTTP: `request` stitches frames together, `http` sends them
//! * `url`, `compression` (and `zstd`), `header_provider`, `retry_after`, `failure`: what `http` is made of
//! * `client`, `tls`: the connection, and the certificates that may change while it is in use

mod batch;
mod client;
mod compression;
mod console;
mod exporter;
mod failure;
mod header_provider;
mod http;
mod log_view;
mod otlp;
mod request;
mod retry_after;
mod signal;
mod span_view;
mod tls;
mod url;
#[cfg(feature = "zstd")]
mod zstd;

pub use batch::Batch;
pub(crate) use client::{Notice, Tell};
pub(crate) use compression::Compression;
pub(crate) use console::ConsoleExporter;
pub use exporter::{BoxFuture, Exporter, Outcome};
pub(crate) use exporter::{Taker, takers};
pub(crate) use failure::{Failure, FailureKind};
pub(crate) use header_provider::HeaderProvider;
pub(crate) use http::{Answer, Http, HttpConfig, readable};
pub use log_view::LogView;
pub(crate) use otlp::OtlpExporter;
pub(crate) use request::Envelope;
pub(crate) use retry_after::{http_date, retry_after};
pub use signal::Signal;
pub use span_view::SpanView;
pub(crate) use tls::{NamedFile, TlsFiles, unused as unused_tls};
pub(crate) use url::{bare_host, without_secrets};
