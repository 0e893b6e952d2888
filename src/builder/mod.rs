//! How a layer and its guard are set up: code over environment over default.
//!
//! * `builder`: what a program can say; `defaults`: what holds when it does not
//! * `resolve`: the three put together, then started
//! * `batching`, `exports`, `filter`, `limits`, `otlp`, `sampling`, `speech`, `tailing`: a part of them each
//! * `carrying`: what a program can say about context that travels
//! * `unbuilt`: variables that mean nothing here yet
//! * `unattended`: code and defaults only, and no worker

mod batching;
#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod builder;
mod carrying;
pub(crate) mod defaults;
mod exports;
mod filter;
mod limits;
mod otlp;
mod resolve;
mod sampling;
mod speech;
mod tailing;
#[cfg(test)]
mod tests;
mod unattended;
mod unbuilt;

pub use builder::{Builder, builder};
pub(crate) use resolve::{Built, build};
pub(crate) use speech::log_level;
pub(crate) use unattended::unattended;
