//! How a layer and its guard are set up: code over environment over default.
//!
//! * `builder`: what a program can say; `defaults`: what holds when it does not
//! * `resolve`: the three put together, then started; `outlets`: what makes the exporters, anew after a fork
//! * `batching`, `exports`, `filter`, `limits`, `otlp`, `sampling`, `speech`, `spooling`, `tailing`: a part of them each
//! * `carrying`: what a program can say about context that travels; `transport` (and `zstd`): about the way to its collector
//! * `certificates`: the files for TLS; `posting`: the exporters that post
//! * `unbuilt`: variables that mean nothing here yet
//! * `unattended`: code and defaults only, and no worker

mod batching;
#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod builder;
mod carrying;
mod certificates;
pub(crate) mod defaults;
mod exports;
mod filter;
mod limits;
mod otlp;
mod outlets;
mod posting;
mod resolve;
mod sampling;
mod speech;
mod spooling;
mod tailing;
#[cfg(test)]
mod tests;
mod transport;
mod unattended;
mod unbuilt;
#[cfg(feature = "zstd")]
mod zstd;

pub use builder::{Builder, builder};
pub(crate) use resolve::{Built, build};
pub(crate) use speech::log_level;
pub(crate) use unattended::unattended;
