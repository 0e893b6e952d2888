//! Carrying a trace from service to service: contexts as headers, and back.
//!
//! ```
//! use throughline::propagation;
//!
//! let mut headers = http::HeaderMap::new();
//! headers.insert("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?);
//! let remote = propagation::extract(&headers);
//! assert!(remote.is_valid() && remote.span_context().is_remote());
//!
//! let mut outgoing = http::HeaderMap::new();
//! propagation::inject_context(&remote, &mut outgoing);
//! assert_eq!(outgoing["traceparent"], headers["traceparent"]);
//! # Ok::<(), http::header::InvalidHeaderValue>(())
//! ```
//!
//! * `inject`, `extract`: the two sides of a carrier of headers; `header_map`, `string_map`, `pairs` and `environment`
//!   implement them
//! * `propagator`: one format of headers; `format`: those that are built in
//! * `trace_context`, `baggage`, `b3`, `jaeger`, `xray`, `datadog`, `datadog_state`: what they look like
//! * `sole`: a header that may be there once; `counts`: what was wrong with headers
//! * `seen`: a header map whose names were looked at once
//! * `propagators`: those in use, one after the other
//! * [`correlation`]: the id that follows a request, at the edge

mod b3;
mod baggage;
pub mod correlation;
mod counts;
mod datadog;
mod datadog_state;
mod environment;
mod extract;
mod format;
mod header_map;
mod inject;
mod jaeger;
mod pairs;
mod propagator;
mod propagators;
#[cfg(feature = "tower")]
mod seen;
mod sole;
mod string_map;
mod trace_context;
mod xray;

pub(crate) use counts::dropped_baggage;
pub use counts::{Counts, counts};
pub use environment::Environment;
pub use extract::Extract;
pub use format::Format;
pub use inject::Inject;
pub use propagator::Propagator;
pub(crate) use propagators::Propagators;
pub use propagators::{extract, inject, inject_context};
#[cfg(feature = "tower")]
pub(crate) use seen::Seen;
