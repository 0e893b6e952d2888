//! How the unit tests of this folder ask a sampler.

use super::{Decision, Sampler, SamplingParams, Seen};
use crate::{Context, TraceId};

/// Of a span of which nothing is known.
pub(super) fn decide_as(sampler: &Sampler, parent: Option<&Context>, id: TraceId) -> Decision {
    sampler.decide(&SamplingParams::new(id, parent, Seen::NOTHING, &|| 0))
}

/// Of a root span with this name, at this time.
pub(super) fn decide_named(sampler: &Sampler, name: &str, id: TraceId, now: u64) -> Decision {
    sampler.decide(&SamplingParams::new(id, None, Seen { name, ..Seen::NOTHING }, &|| now))
}

/// A time: so many seconds after some other.
pub(super) fn second(number: u64) -> u64 {
    (1_700_000_000 + number) * 1_000_000_000
}
