//! The embedded collector of [`throughline`]: receives traces and their log records, keeps them, and shows them,
//! with no other service.
//!
//! ```
//! use std::net::{Ipv4Addr, SocketAddr};
//! use throughline_collector::{Collector, render};
//!
//! let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
//! let collector = Collector::builder().otlp_http(any_port).http(any_port).start()?;
//! println!("send OTLP to {:?}, look at {:?}", collector.otlp_http_addr(), collector.viewer_url());
//! for summary in collector.store().traces(20) {
//!     if let Some(trace) = collector.store().trace(summary.id) {
//!         println!("{}", render::waterfall(&trace, 100));
//!     }
//! }
//! collector.shutdown();
//! # Ok::<(), throughline_collector::Error>(())
//! ```
//!
//! ```text
//! OTLP/HTTP 4318 -> receive -> ingest -> store -> query, analysis -> serve -> 16686: Jaeger's API, ours, viewer
//!                                                                 -> render, cli
//! ```
//!
//! | folder | holds |
//! |---|---|
//! | `http` | what both ports share: connections, limits, time-outs, checks of `Host` and `Origin` |
//! | `receive` | OTLP over HTTP, protobuf and JSON, gzip and deflate |
//! | `ingest` | a decoded request into spans and log records by trace |
//! | `store` | traces with their log records in memory, bounded in bytes, with a summary each |
//! | `query` | search |
//! | `analysis` | the tree of a trace, which span a log record belongs to, clock skew |
//! | `serve`, `ui` | the query APIs and the viewer |
//! | `render` | a trace as text |
//! | `cli` | the program `throughline` |
//!
//! It listens on loopback only, and refuses requests that a page of a foreign site could have made.
//!
//! The crate has no features so far.

mod http;

mod receive;

mod ingest;

mod store;

mod query;

mod analysis;

mod serve;

pub mod render;

mod builder;
mod collector;
mod error;

pub use analysis::{Row, Tree, Warning};
pub use builder::{Builder, DEFAULT_HTTP, DEFAULT_MEMORY_BYTES, DEFAULT_OTLP_HTTP};
pub use collector::Collector;
pub use error::{Error, Listener};
pub use store::{Level, Log, ServiceCount, Source, Span, Stats, Store, Trace, TraceSummary};
