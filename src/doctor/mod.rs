//! Is anybody there who takes what we send? Asked by `Guard::check`, by `throughline doctor`, and once at start-up.
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
