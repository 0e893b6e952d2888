//! Whether a trace that begins here, or arrives here, is recorded.
//!
//! `layer` asks once for each local root, when its trace is first needed.
//!
//! ```
//! use throughline::Sampler;
//!
//! let a_tenth_unless_the_caller_decided = Sampler::ratio(0.1);
//! # let _ = a_tenth_unless_the_caller_decided;
//! ```
//!
//! * `sampler`: the one type that a program sees, whichever sampler is inside
//! * `decision`: what it answers
//! * `always`, `ratio`, `parent_based`: the samplers
//! * `threshold`: a probability as the number that traces are compared with
//! * `ot_member`: the `ot` member of `tracestate`, where threshold and randomness travel
//! * `thinning`: a share of what was sampled, for the tail
//! * `named`: the samplers that `OTEL_TRACES_SAMPLER` can name

mod always;
mod decision;
mod named;
mod ot_member;
mod parent_based;
mod ratio;
#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod sampler;
mod thinning;
mod threshold;

pub(crate) use decision::Decision;
pub use sampler::Sampler;
pub(crate) use thinning::{Thinning, without_threshold};
