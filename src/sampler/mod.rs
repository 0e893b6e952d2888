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
//! * `params`, `seen`: what it is asked about; `decision`: what it answers
//! * `always`, `ratio`, `parent_based`, `rate_limited`, `rules`, `custom`: the samplers; `pattern`: what rules compare with, the tail's too;
//!   `meter`: so many a second, without a lock
//! * `remote`: a sampler that a Jaeger server tells what to do; `poll` asks, `strategies` reads the answer, `per_operation` is
//!   one that no other can be
//! * `threshold`: a probability as the number that traces are compared with
//! * `ot_member`: the `ot` member of `tracestate`, where threshold and randomness travel
//! * `thinning`: a share of what was sampled, for the tail
//! * `named`: the samplers that `OTEL_TRACES_SAMPLER` can name; `remote_arg`: the argument of `jaeger_remote`
//! * `current`: the sampler that a recorder asks, which may be replaced

mod always;
mod current;
mod custom;
mod decision;
mod meter;
mod named;
mod ot_member;
mod params;
mod parent_based;
mod pattern;
mod per_operation;
mod poll;
mod rate_limited;
mod ratio;
mod remote;
mod remote_arg;
mod rules;
#[expect(clippy::module_inception, reason = "the folder is named for its main noun")]
mod sampler;
mod seen;
mod strategies;
#[cfg(test)]
mod testing;
mod thinning;
mod threshold;

pub(crate) use current::{Current, InUse};
pub use custom::SamplingDecision;
pub(crate) use decision::Decision;
pub(crate) use named::Named;
pub use params::SamplingParams;
pub use parent_based::ParentBased;
pub(crate) use pattern::Pattern;
pub(crate) use poll::keep_told;
pub use remote::JaegerRemote;
pub use rules::SamplingRule;
pub use sampler::Sampler;
pub(crate) use seen::Seen;
pub(crate) use thinning::{Thinning, without_threshold};
