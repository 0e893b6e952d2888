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
//! * `inject`, `extract`: the two sides of a carrier of headers; `header_map` and `string_map` implement them
//! * `propagator`: one format of headers
//! * `trace_context`: the format of W3C Trace Context
//! * `propagators`: those in use, one after the other

mod extract;
mod header_map;
mod inject;
mod propagator;
mod propagators;
mod string_map;
mod trace_context;

pub use extract::Extract;
pub use inject::Inject;
pub use propagator::Propagator;
pub(crate) use propagators::Propagators;
pub use propagators::{extract, inject, inject_context};
