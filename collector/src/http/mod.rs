//! What both ports share of HTTP: binding, the loop over connections with its limits and time-outs, the checks
//! of `Host` and `Origin`, bodies read within a bound, and answers.
//!
//! `receive` and `serve` bring the handlers; nothing here knows what a trace is.

mod body;
mod connections;
mod origin;
mod reply;

pub(crate) use body::{BodyError, collect, drain};
pub(crate) use connections::{bind, serve};
pub(crate) use origin::check_origin;
pub(crate) use reply::{Answer, answer, with_header};
