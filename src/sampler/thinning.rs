//! `Thinning`: a share of the traces that the head has sampled, for the tail sampler.
//!
//! It goes by the same randomness as the head, so that of two services with the same share one does not drop what the
//! other keeps. The head's threshold and the share make a new one: p = p(head) * share.

use super::ot_member;
use super::threshold::Threshold;
use crate::{Context, TraceId, TraceState};
use std::borrow::Cow;

/// Keeps this share of what was sampled.
#[derive(Clone, Debug)]
pub(crate) struct Thinning {
    share: f64,
    /// Where the head left no threshold: everything was sampled, as far as is known.
    threshold: Option<Threshold>,
    /// The trace state of a chosen trace that had none.
    alone: String,
}

// === impl Thinning ===

impl Thinning {
    /// A share from 0 to 1.
    pub(crate) fn new(share: f64) -> Self {
        let threshold = Threshold::of_probability(share);
        let th = threshold.map(Threshold::to_th).unwrap_or_default();
        let begun = ot_member::with_threshold(&Context::default(), &th);
        let alone = begun.map(|carried| carried.trace_state.to_header().into_owned()).unwrap_or_default();
        Thinning { share, threshold, alone }
    }

    /// Whether all of it is kept.
    pub(crate) fn is_whole(&self) -> bool {
        self.share >= 1.0
    }

    /// Whether a trace with this trace state is among the chosen.
    pub(crate) fn admits(&self, trace_state: &str, trace_id: TraceId) -> bool {
        if self.is_whole() {
            return true;
        }
        let context = context(trace_state);
        let threshold = self.threshold_after(&context);
        threshold.is_some_and(|it| it.admits(ot_member::randomness(Some(&context), trace_id)))
    }

    /// The trace state of a span of a chosen trace; `None` if it is what it was.
    pub(crate) fn trace_state_of_chosen(&self, before: &str) -> Option<Cow<'_, str>> {
        if self.is_whole() {
            return None;
        }
        if before.is_empty() {
            return Some(Cow::Borrowed(&self.alone));
        }
        let context = context(before);
        let th = self.threshold_after(&context)?.to_th();
        let carried = ot_member::with_threshold(&context, &th)?;
        Some(Cow::Owned(carried.trace_state.to_header().into_owned()))
    }

    fn threshold_after(&self, head: &Context) -> Option<Threshold> {
        match ot_member::threshold(head) {
            Some(head) => head.thinned(self.share),
            None => self.threshold,
        }
    }
}

/// A trace state that tells no probability, for a trace that was chosen by what it is; `None` if it tells none.
pub(crate) fn without_threshold(before: &str) -> Option<String> {
    let carried = ot_member::without_threshold(Some(&context(before)))?;
    Some(carried.trace_state.to_header().into_owned())
}

fn context(trace_state: &str) -> Context {
    match trace_state {
        "" => Context::default(),
        text => Context::default().with_trace_state(text.parse().unwrap_or(TraceState::EMPTY)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::IdRng;

    fn after(share: f64, before: &str) -> Option<String> {
        Thinning::new(share).trace_state_of_chosen(before).map(Cow::into_owned)
    }

    #[test]
    fn the_thresholds_of_head_and_tail_are_combined() {
        // p = 0.5 * 0.5 = 0.25, T = 0.75 * 2^56.
        assert_eq!(after(0.5, "ot=th:8").as_deref(), Some("ot=th:c"));
        assert_eq!(
            after(0.5, "a=1,ot=rv:0123456789abcd;th:0").as_deref(),
            Some("ot=rv:0123456789abcd;th:8,a=1")
        );
        assert_eq!(after(0.1, "").as_deref(), Some("ot=th:e666"));
        assert_eq!(after(0.1, "a=1").as_deref(), Some("ot=th:e666,a=1"));
        for before in ["", "ot=th:8", "a=1"] {
            assert_eq!(after(1.0, before), None, "nothing was dropped");
        }
    }

    #[test]
    fn kept_by_a_rule_tells_no_probability() {
        assert_eq!(without_threshold("ot=th:8").as_deref(), Some(""));
        assert_eq!(without_threshold("ot=th:8;rv:0,a=1").as_deref(), Some("ot=rv:0,a=1"));
        assert_eq!(without_threshold("a=1"), None);
    }

    #[test]
    fn of_what_the_head_took_the_share_is_taken_and_every_one_by_its_own_threshold() {
        let (mut rng, n) = (IdRng::from_state([1, 2, 3, 4]), 100_000);
        let (head, tail) = (Threshold::of_probability(0.5).expect("sampled"), Thinning::new(0.2));
        let random = |id: TraceId| (id.to_u128() & ((1 << 56) - 1)) as u64;
        let ids = std::iter::repeat_with(|| rng.trace_id()).filter(|id| head.admits(random(*id))).take(n);
        let chosen: Vec<_> = ids.filter(|id| tail.admits("ot=th:8", *id)).collect();
        let (mean, deviation) = (n as f64 * 0.2, (n as f64 * 0.2 * 0.8).sqrt());
        assert!((chosen.len() as f64 - mean).abs() < 4.0 * deviation, "{}", chosen.len());
        let combined = Threshold::from_th("e666").expect("valid");
        assert!(chosen.iter().all(|id| combined.admits(random(*id))));
    }

    #[test]
    fn nothing_and_everything() {
        let id = TraceId::from_u128(u128::MAX);
        assert!(!Thinning::new(0.0).admits("", id) && !Thinning::new(0.0).admits("ot=th:8", id));
        assert!(Thinning::new(1.0).admits("", TraceId::from_u128(1 << 60)));
    }
}
