//! Is anybody there who takes what we send? Asked by [`Guard::check`](crate::Guard::check), by the program
//! `throughline doctor`, and once at start-up, in the background.
//!
//! Each endpoint is gone to as an export goes: its name, a connection, TLS, and an export with nothing in it. What is wrong is
//! a [`Finding`], in plain words, with what to set.
//!
//! ```text
//! traces go to http://localhost:4317/v1/traces (by OTEL_EXPORTER_OTLP_ENDPOINT)
//!   ok     localhost:4317 accepts connections (127.0.0.1:4317)
//!   wrong  localhost:4317 is a gRPC port (it speaks HTTP/2 only), and we send over HTTP
//!          use 4318, where collectors take OTLP over HTTP, instead of 4317 in OTEL_EXPORTER_OTLP_ENDPOINT
//! ```
//!
//! The parts:
//!
//! * `doctor`: asks, on a thread of its own; `startup`: asks in the background, and says in one line what is wrong
//! * `check`: the way to one endpoint, step by step: the name, the connection, TLS, an export with nothing in it
//! * `probe`: what listens at an address, where it does not answer in HTTP/1
//! * `judge`: what an answer says of the receiver; `path`: what is wrong with a path; `clock`: whose clock is off
//! * `report`, `finding`: what was found out, in plain words

mod check;
mod clock;
#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod doctor;
mod finding;
mod judge;
mod path;
mod probe;
mod report;
mod startup;

pub(crate) use doctor::Doctor;
pub use finding::{Finding, Problem};
pub use report::{Checked, Report};
