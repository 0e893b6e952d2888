//! How a layer and its guard are set up: code over environment over default.
//!
//! * `builder`: what a program can say; `defaults`: what holds when it does not
//! * `resolve`: the three put together

#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod builder;
pub(crate) mod defaults;
mod resolve;

pub use builder::{Builder, builder};
