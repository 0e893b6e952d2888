//! How a layer and its guard are set up: code over environment over default.
//!
//! * `builder`: what a program can say; `defaults`: what holds when it does not
//! * `resolve`: the three put together; `unattended`: code and defaults only, and no worker

#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod builder;
pub(crate) mod defaults;
mod resolve;
mod unattended;

pub use builder::{Builder, builder};
pub(crate) use unattended::unattended;
