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
//!   spool/     where those lie that are to outlive the process, if asked to
//!   tail/      the tail decision, where there is one: a whole local trace, when it has ended
//!   worker/    one thread: collect, batch, export, retry, count
//!   export/    OTLP over HTTP, or an Exporter of your own
//! ```
//!
//! # Features
//!
//! OTLP over HTTP with rustls is always there. None of these is on by default; each only adds.
//!
//! | feature | what it adds |
//! |---|---|
//! | `tower` | `http::ServerLayer` and `http::ClientLayer`: requests as spans, for hyper, tonic, axum. No more crates |
//! | `axum` | `tower`, and `ServerLayer` knows the routes and peers of axum 0.8 by itself |
//! | `reqwest` | `tower`, and `http::SendTraced` for reqwest 0.13. No more crates |
//! | `zstd` | `Builder::zstd`: smaller requests in less time. Builds the reference implementation, which is in C |
//! | `reqwest-middleware` | `reqwest`, and `http::ReqwestMiddleware` for `reqwest-middleware` 0.5 |
//! | `spool` | `Builder::spool`: finished spans lie in memory-mapped files and outlive the process (Unix). No more crates |
//!
//! # Environment variables
//!
//! Code wins over the environment, the environment over defaults. An empty variable is unset. A value that cannot be
//! used is told in one warning, with what is used instead; only an endpoint or a header list that cannot be read is an
//! error of [`init`] and [`Builder::build`], since nothing can stand in for it. Switches: only `true` in any case is
//! true. Names: in any case. Times: whole milliseconds. A name that misses one of these by a letter or two is told.
//! What was taken from where, [`init`] writes at debug level (`OTEL_LOG_LEVEL=debug`).
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `OTEL_SDK_DISABLED` | `true`: nothing is recorded; propagators stay | `false` |
//! | `OTEL_SERVICE_NAME` | `service.name` | `unknown_service:<executable>` |
//! | `OTEL_RESOURCE_ATTRIBUTES` | `key=value,...`, percent-coded; one bad pair discards all | what is [detected](Detector) |
//! | `OTEL_LOG_LEVEL` | what throughline itself says at most: `none`, `error`, `warn`, `info`, `debug` | no bound; `warn` in the lines of [`init`] |
//! | `OTEL_PROPAGATORS` | `tracecontext`, `baggage`, `b3`, `b3multi`, `jaeger`, `xray`, `datadog`, or `none`; others warn | `tracecontext,baggage` |
//! | `OTEL_TRACES_EXPORTER` | `otlp`, `console`, `none`; `zipkin`: not yet, it warns | `otlp` |
//! | `OTEL_LOGS_EXPORTER` | `otlp`: events become log records too ([`Events::Both`]) and are sent; `console` prints them; `none` | `none` (the specification: `otlp`) |
//! | `OTEL_TRACES_SAMPLER` | `always_on`, `always_off`, `traceidratio`, `jaeger_remote`, or `parentbased_` with one of these; others warn | `parentbased_always_on` |
//! | `OTEL_TRACES_SAMPLER_ARG` | of `traceidratio`: a number from 0 to 1; of `jaeger_remote`: `endpoint=URL,pollingIntervalMs=5000,initialSamplingRate=0.25`, each of them optional, see [`JaegerRemote`] | 1.0; `endpoint=http://localhost:5778/sampling,pollingIntervalMs=60000,initialSamplingRate=0.001` |
//! | `OTEL_BSP_SCHEDULE_DELAY` | spans wait at most so long; 0: they do not | 5000 |
//! | `OTEL_BSP_EXPORT_TIMEOUT` | no attempt at a request takes longer, and none begins after it; 0: no limit | 60000, of an attempt 10000 |
//! | `OTEL_BSP_MAX_QUEUE_SIZE` | so many spans wait or are under way; over it the newest is refused and counted | no limit but the bytes of [`Builder::queue_bytes`] |
//! | `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` | spans of a request; not more than the queue's | no limit but the bytes |
//! | `OTEL_BLRP_*` | the same four, of log records | the same, but a delay of 1000 |
//! | `OTEL_ATTRIBUTE_COUNT_LIMIT` | of a span, event, link or log record that has no limit of its own | 128 |
//! | `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` | the same for the length of values, in characters | no limit |
//! | `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `_VALUE_LENGTH_LIMIT` | of a span, see [`Limits`] | the general ones |
//! | `OTEL_SPAN_EVENT_COUNT_LIMIT`, `OTEL_SPAN_LINK_COUNT_LIMIT` | events and links of a span | 128 each |
//! | `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`, `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT` | attributes of an event, of a link | the general one |
//! | `OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT`, `_VALUE_LENGTH_LIMIT` | of a log record | the general ones |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | base URL; `/v1/traces` or `/v1/logs` is appended to its path | `http://localhost:4318` |
//! | `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `..._LOGS_ENDPOINT` | where spans, or log records, are posted, as it stands | |
//! | `OTEL_EXPORTER_OTLP[_TRACES, _LOGS]_PROTOCOL` | `http/protobuf`; `grpc`, `http/json`: not yet, they warn | `http/protobuf` |
//! | `OTEL_EXPORTER_OTLP[_TRACES, _LOGS]_HEADERS` | `name=value,...`, percent-coded; the signal's own replace the general ones | |
//! | `OTEL_EXPORTER_OTLP[_TRACES, _LOGS]_TIMEOUT` | of a request; 0: no limit | 10000 |
//! | `OTEL_EXPORTER_OTLP[_TRACES, _LOGS]_COMPRESSION` | `gzip`, `none`; zstd is chosen in code | `none` |
//! | `OTEL_EXPORTER_OTLP[_TRACES, _LOGS]_INSECURE` | for gRPC endpoints without a scheme: warns | |
//! | `OTEL_EXPORTER_OTLP[_TRACES, _LOGS]_CERTIFICATE` | of `https` endpoints: a PEM file with the only authorities that are trusted, see [`Builder::ca_certificate`] | the system's |
//! | `OTEL_EXPORTER_OTLP[_TRACES, _LOGS]_CLIENT_CERTIFICATE`, `_CLIENT_KEY` | PEM files with our own certificate and its key, see [`Builder::client_certificate`] | none |
//! | `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` | the proxy between (HTTP or SOCKS), and the hosts without one; addresses of this machine never have one | none |
//! | `OTEL_EXPORTER_ZIPKIN_ENDPOINT`, `OTEL_EXPORTER_ZIPKIN_TIMEOUT` | not yet, they warn | |
//! | `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN` | where events become log records, errors among them become span events too: `logs`: no, `logs/dup`: yes | `logs/dup` |
//! | `OTEL_SEMCONV_STABILITY_OPT_IN` | the stable names are written in any case; `rpc/dup`: the old ones of gRPC too; other `*/dup`: not yet, they warn | |
//! | `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` | `GET,POST,...`: the methods that the layers of `http` write as they are | RFC 9110, PATCH, QUERY |
//! | `OTEL_CONFIG_FILE`, `OTEL_EXPERIMENTAL_CONFIG_FILE`, `OTEL_ENTITIES` | not supported, they warn | |
//! | `THROUGHLINE_SPANS` | which spans are recorded, `target=level,...` | `info` |
//! | `THROUGHLINE_SPOOL` | a folder: finished spans lie there until they are delivered (feature `spool`) | in memory |
//! | `RUST_LOG` | which log lines [`init`] writes, `target=level,...` | `info` |

mod builder;
pub mod doctor;
mod env;
mod error;
mod flusher;
mod guard;
mod init;
#[cfg(unix)]
mod signals;
mod stats;

mod buffer;
mod export;
mod layer;
mod record;
mod sampler;
#[cfg(all(unix, feature = "spool"))]
mod spool;
#[cfg(not(all(unix, feature = "spool")))]
#[path = "no_spool.rs"]
mod spool;
mod tail;
mod worker;

pub mod baggage;
mod clock;
mod context;
pub mod db;
#[cfg(feature = "tower")]
pub mod http;
pub mod log;
pub mod messaging;
pub mod propagation;
mod resource;
mod sync;
pub mod testing;
pub mod wire;

pub use builder::{Builder, builder};
pub use clock::Clock;
pub use context::{
    Baggage, BaggageError, Context, CorrelationId, IdGenerator, ParseCorrelationIdError, ParseIdError,
    ParseTraceStateError, SpanContext, SpanId, TraceFlags, TraceId, TraceState,
};
pub use error::Error;
pub use export::{Batch, BoxFuture, Exporter, LogView, Outcome, Signal, SpanView};
pub use flusher::Flusher;
pub use guard::Guard;
pub use init::init;
pub use layer::{FutureExt, Layer, SpanExt, Traced, correlation_id, current_context, in_current_span};
pub use record::{Events, Limits, Redaction};
pub use resource::Detector;
pub use sampler::{JaegerRemote, ParentBased, Sampler, SamplingDecision, SamplingParams, SamplingRule};
pub use stats::{
    Dropped, ExporterStats, KeptTraces, LogStats, Refused, RefusedLogs, Stats, StatsReader, TailStats,
};
pub use tail::{Rule, Tail};
pub use wire::{LogData, SpanData};

/// The programs in the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So do those that show how to come here.
#[cfg(doctest)]
#[doc = include_str!("../MIGRATING.md")]
struct Migrating;
