//! Log lines that carry their trace: every line that is written inside a recorded span gets the ids of the span at
//! the top level of the record.
//!
//! ```
//! # use tracing_subscriber::prelude::*;
//! let lines = tracing_subscriber::fmt::layer().event_format(throughline::log::json());
//! # let lines = lines.with_writer(std::io::sink);
//! let (layer, guard) = throughline::builder().service_name("checkout").build()?;
//! let subscriber = tracing_subscriber::registry().with(lines).with(layer);
//! # drop((subscriber, guard));
//! # Ok::<(), throughline::Error>(())
//! ```
//!
//! Under which names they stand, a [`Preset`] says: OpenTelemetry's, or those of Elastic, Datadog, Google Cloud.
//!
//! [`text`] and [`json`] are complete formats; [`correlated`] wraps whatever format a program already has. All of
//! them hand the span's context out: the sampling decision is taken, the parent can change no more.

mod correlated;
mod identity;
mod ids;
mod json;
mod json_fields;
mod members;
mod preset;
mod text;

pub use correlated::{Correlated, correlated};
pub(crate) use identity::Identity;
pub use json::{Json, json};
pub use json_fields::{JsonFields, json_fields};
pub use preset::Preset;
pub use text::{Text, text};
