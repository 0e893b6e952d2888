//! `Ratio`: consistent probability sampling.

use super::threshold::Threshold;
use super::{Decision, ot_member};
use crate::context::Carried;
use crate::{Context, TraceId};
use std::sync::Arc;

/// Samples a trace if its randomness is not below a threshold, whatever the parent decided.
///
/// Every participant that compares the same randomness takes a subset of what one with a higher
/// probability takes, so traces stay whole.
#[derive(Clone, Debug)]
pub(super) struct Ratio {
    pub(super) probability: f64,
    threshold: Option<Threshold>,
    th: String,
    /// What a trace begun here carries: always the same, so made once.
    begun: Arc<Carried>,
}

// === impl Ratio ===

impl Ratio {
    pub(super) fn new(probability: f64) -> Self {
        let threshold = Threshold::of_probability(probability);
        let th = threshold.map(Threshold::to_th).unwrap_or_default();
        let begun = ot_member::with_threshold(&Context::default(), &th).unwrap_or_default();
        Ratio { probability, threshold, th, begun }
    }

    pub(super) fn decide(&self, parent: Option<&Context>, trace_id: TraceId) -> Decision {
        let sampled = self.threshold.is_some_and(|t| t.admits(ot_member::randomness(parent, trace_id)));
        let carried = match parent.filter(|parent| parent.carried().is_some()) {
            None if sampled => Some(Arc::clone(&self.begun)),
            None => None,
            Some(parent) if sampled => ot_member::with_threshold(parent, &self.th),
            parent => ot_member::without_threshold(parent),
        };
        Decision { sampled, carried }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::IdRng;
    use crate::{SpanContext, TraceState};

    fn decide(probability: f64, randomness: u128) -> (bool, Option<String>) {
        let decision = Ratio::new(probability).decide(None, TraceId::from_u128(1 << 100 | randomness));
        (decision.sampled, decision.carried.map(|carried| carried.trace_state.to_string()))
    }

    #[test]
    fn randomness_at_the_threshold_is_sampled_and_just_below_it_is_not() {
        // T = (1 - p) * 2^56, rounded to four digits by hand.
        for (probability, threshold, th) in [
            (0.5, 0x80_0000_0000_0000, "ot=th:8"),
            (0.25, 0xc0_0000_0000_0000, "ot=th:c"),
            (0.1, 0xe6_6600_0000_0000, "ot=th:e666"),
            (1.0 / 3.0, 0xaa_ab00_0000_0000, "ot=th:aaab"),
            (1e-6, 0xff_ffef_3900_0000, "ot=th:ffffef39"),
        ] {
            assert_eq!(decide(probability, threshold), (true, Some(th.to_owned())), "{probability}");
            assert_eq!(decide(probability, threshold - 1), (false, None), "{probability}");
        }
        assert_eq!(decide(1.0, 0), (true, Some("ot=th:0".to_owned())));
        assert_eq!(decide(0.0, (1 << 56) - 1), (false, None));
    }

    #[test]
    fn a_lower_ratio_takes_a_subset_of_what_a_higher_one_takes() {
        let ratios = [0.001, 0.01, 0.1, 1.0 / 3.0, 0.5, 0.9, 1.0].map(Ratio::new);
        let mut rng = IdRng::from_state([1, 2, 3, 4]);
        for _ in 0..10_000 {
            let id = rng.trace_id();
            assert!(ratios.iter().map(|ratio| ratio.decide(None, id).sampled).is_sorted(), "{id}");
        }
    }

    #[test]
    fn the_share_that_is_sampled_is_the_ratio() {
        let mut rng = IdRng::from_state([5, 6, 7, 8]);
        for probability in [0.01, 0.1, 0.5, 0.9] {
            let ratio = Ratio::new(probability);
            let n = 100_000;
            let sampled = (0..n).filter(|_| ratio.decide(None, rng.trace_id()).sampled).count();
            let (mean, deviation) =
                (f64::from(n) * probability, (f64::from(n) * probability * (1.0 - probability)).sqrt());
            assert!((sampled as f64 - mean).abs() < 4.0 * deviation, "{probability}: {sampled}");
        }
    }

    #[test]
    fn the_parents_decision_does_not_count_but_its_randomness_does() {
        let state: TraceState = "a=1,ot=rv:ffffffffffffff;th:0".parse().expect("valid");
        let parent =
            Context::new(SpanContext::INVALID).with_sampling_decision(Some(false)).with_trace_state(state);
        let decision = Ratio::new(0.1).decide(Some(&parent), TraceId::from_u128(1));
        assert!(decision.sampled);
        let carried = decision.carried.expect("carried");
        assert_eq!(carried.trace_state.to_string(), "ot=rv:ffffffffffffff;th:e666,a=1");
    }

    #[test]
    fn a_trace_that_is_not_sampled_loses_an_inherited_threshold() {
        let parent = Context::default().with_trace_state("ot=th:0,a=1".parse().expect("valid"));
        let decision = Ratio::new(0.1).decide(Some(&parent), TraceId::from_u128(1));
        assert!(!decision.sampled);
        assert_eq!(decision.carried.expect("carried").trace_state.to_string(), "a=1");
    }
}
