//! The contenders: each a file that says how it is started, with an exporter of no cost or with one that posts
//! OTLP to a sink; then the roster of all.

mod fastrace;
mod ledger;
mod null;
mod opentelemetry;
mod registry;
mod roster;
mod running;
mod throughline;

pub use ledger::Ledger;
pub use roster::{Contender, FASTRACE, OPENTELEMETRY, OPENTELEMETRY_BATCH, ROSTER};
pub use running::{Export, Mode, Running};
