//! Distributed tracing from the `tracing` spans that a program already has.
//!
//! A [`Layer`] for `tracing-subscriber` maps spans and events to distributed spans with trace and span ids, puts the
//! ids on every log line, carries the context across services, and hands finished spans in batches to a collector
//! through a background worker. Nothing that was finished is lost without being counted: see [`Guard::stats`].
//!
//! ```no_run
//! #[tracing::instrument]
//! fn charge(amount: u64) {
//!     tracing::info!(amount, "charged");
//! }
//!
//! fn main() -> Result<(), throughline::Error> {
//!     let _guard = throughline::init()?; // keep it until the end of main
//!     charge(7);
//!     Ok(())
//! }
//! ```
//!
//! [`init`] sets everything up from the environment; [`builder`] makes a layer for a subscriber of your own.
//!
//! ```
//! use tracing_subscriber::prelude::*;
//!
//! let (layer, guard) = throughline::builder()
//!     .service_name("checkout")
//!     .endpoint("http://127.0.0.1:4318")
//!     .sampler(throughline::Sampler::ratio(0.1))
//!     .build()?;
//! let subscriber = tracing_subscriber::registry().with(layer);
//! # drop((subscriber, guard));
//! # Ok::<(), throughline::Error>(())
//! ```
//!
//! # The way of a span
//!
//! ```text
//! tracing's callbacks
//!   layer/     one short function for each callback
//!   record/    the open span: attributes, events and links written once, as the bytes of OTLP
//!   sampler/   the head decision, when the trace is first needed
//!   buffer/    finished spans as frames, in segments of 64 KiB, all bounded by one count of bytes
//!   worker/    one thread: collect, batch, export, retry, count
//!   export/    OTLP over HTTP, or an Exporter of your own
//! ```
//!
//! # Features
//!
//! There are none to choose yet: OTLP over HTTP with rustls is what is built.
//!
//! # Environment variables
//!
//! Code wins over the environment, the environment over defaults. An empty variable is unset. A number, switch or name
//! that cannot be read is told in a warning and ignored; an endpoint, a header list or a resource list that cannot be
//! read is an error of [`init`] and [`Builder::build`].
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `OTEL_SDK_DISABLED` | `true`: nothing is recorded; propagators stay | `false` |
//! | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | the resource | `unknown_service:<executable>` |
//! | `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` | where spans are posted, as it stands | |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | the same, `/v1/traces` appended | `http://localhost:4318` |
//! | `OTEL_EXPORTER_OTLP[_TRACES]_HEADERS` | `key=value,...`, percent-coded | |
//! | `OTEL_EXPORTER_OTLP[_TRACES]_TIMEOUT` | of a request, in milliseconds; 0: none | 10000 |
//! | `OTEL_EXPORTER_OTLP[_TRACES]_COMPRESSION` | `gzip` or `none` | `none` |
//! | `OTEL_EXPORTER_OTLP[_TRACES]_PROTOCOL` | `http/protobuf`; others warn | `http/protobuf` |
//! | `OTEL_TRACES_EXPORTER` | `otlp` or `none`; others warn | `otlp` |
//! | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | the [`Sampler`] | `parentbased_always_on` |
//! | `OTEL_PROPAGATORS` | `tracecontext`, `none`; others warn | `tracecontext` |
//! | `OTEL_BSP_SCHEDULE_DELAY` | spans wait at most so long, in milliseconds | 5000 |
//! | `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` | spans of a request | no limit but the bytes |
//! | `OTEL_[SPAN_]ATTRIBUTE_COUNT_LIMIT` and the other span limits | [`Limits`] | 128 each |
//! | `THROUGHLINE_SPANS` | which spans are recorded, `target=level,...` | `info` |
//! | `RUST_LOG` | which log lines [`init`] writes, `target=level,...` | `info` |

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
pub use layer::{FutureExt, Layer, SpanExt, Traced, current_context, in_current_span};
pub use record::Limits;
pub use sampler::Sampler;
pub use stats::{Dropped, ExporterStats, Refused, Stats};
pub use wire::SpanData;

/// The programs in the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
