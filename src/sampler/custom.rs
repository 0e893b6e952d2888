//! `Custom`: a sampler of the program's own.

use super::rate_limited::decision;
use super::ratio::Ratio;
use super::{Decision, SamplingParams};

/// What a sampler of the program's own decides; see [`Sampler::custom`](crate::Sampler::custom).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum SamplingDecision {
    /// The trace is recorded and its sampled flag set. A threshold (`ot=th:...`) that came along goes no further, since
    /// nobody knows how many traces this one stands for.
    Sample,
    /// It is not.
    Drop,
    /// This share of such traces is, from 0 to 1, chosen and written down as [`Sampler::ratio_ignoring_parent`] does. A
    /// larger one counts as 1; one that is not above 0, or no number, samples nothing.
    ///
    /// [`Sampler::ratio_ignoring_parent`]: crate::Sampler::ratio_ignoring_parent
    Ratio(f64),
}

/// The program's function.
type Decide = dyn Fn(&SamplingParams<'_>) -> SamplingDecision + Send + Sync;

/// Asks the program. It may panic: whoever asks catches that, and holds no lock.
pub(super) struct Custom(Box<Decide>);

// === impl Custom ===

impl Custom {
    pub(super) fn new(
        decide: impl Fn(&SamplingParams<'_>) -> SamplingDecision + Send + Sync + 'static,
    ) -> Self {
        Custom(Box::new(decide))
    }

    pub(super) fn decide(&self, params: &SamplingParams<'_>) -> Decision {
        match (self.0)(params) {
            SamplingDecision::Sample => decision(true, params.parent()),
            SamplingDecision::Drop => decision(false, params.parent()),
            SamplingDecision::Ratio(share) => Ratio::new(share).decide(params.parent(), params.trace_id()),
        }
    }
}
