//! `RateLimited`: so many traces a second.

use super::meter::Meter;
use super::{Decision, SamplingParams, ot_member};
use crate::Context;

/// Samples traces as they come, up to a rate.
#[derive(Debug)]
pub(super) struct RateLimited {
    pub(super) per_second: f64,
    meter: Meter,
}

// === impl RateLimited ===

impl RateLimited {
    pub(super) fn new(per_second: f64) -> Self {
        RateLimited { per_second, meter: Meter::new(per_second) }
    }

    /// Nobody knows how many traces one that was taken stands for: no `th` goes on.
    pub(super) fn decide(&self, params: &SamplingParams<'_>) -> Decision {
        decision(self.meter.takes(params.now()), params.parent())
    }
}

/// Of a decision that is no matter of probability.
pub(super) fn decision(sampled: bool, parent: Option<&Context>) -> Decision {
    Decision { sampled, carried: ot_member::without_threshold(parent) }
}
