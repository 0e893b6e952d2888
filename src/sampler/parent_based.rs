//! `ParentBased`: follows the caller's decision where there is one.

use super::{Decision, Sampler, ot_member};
use crate::{Context, TraceId};

/// Decides as the parent did; without a parent, or where it left the decision to us, as `root` does.
#[derive(Debug)]
pub(super) struct ParentBased {
    pub(super) root: Sampler,
}

// === impl ParentBased ===

impl ParentBased {
    #[inline]
    pub(super) fn decide(&self, parent: Option<&Context>, trace_id: TraceId) -> Decision {
        match parent.and_then(|parent| Some((parent, parent.sampling_decision()?))) {
            Some((parent, sampled)) => follow(parent, trace_id, sampled),
            None => self.root.decide(parent, trace_id),
        }
    }
}

fn follow(parent: &Context, trace_id: TraceId, sampled: bool) -> Decision {
    // The threshold goes on as long as it explains the decision; a wrong one would skew counts downstream.
    let agrees = parent.trace_state().is_empty() || ot_member::threshold_agrees(parent, trace_id, sampled);
    let carried = if agrees { None } else { ot_member::without_threshold(Some(parent)) };
    Decision { sampled, carried }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SpanContext, SpanId, TraceFlags};

    const ID: TraceId = TraceId::from_u128(0xc0_0000_0000_0000);

    fn parent(flags: TraceFlags, trace_state: &str) -> Context {
        let span = SpanContext::new(ID, SpanId::from_u64(1), flags, true);
        Context::new(span).with_trace_state(trace_state.parse().expect("valid"))
    }

    fn decide(root: Sampler, parent: &Context) -> (bool, Option<String>) {
        let decision = ParentBased { root }.decide(Some(parent), ID);
        (decision.sampled, decision.carried.map(|carried| carried.trace_state.to_string()))
    }

    #[test]
    fn the_parents_decision_is_followed() {
        let roots = || [Sampler::always_on(), Sampler::always_off(), Sampler::ratio(0.5)];
        for root in roots() {
            assert_eq!(decide(root, &parent(TraceFlags::SAMPLED, "a=1")), (true, None));
        }
        for root in roots() {
            assert_eq!(decide(root, &parent(TraceFlags::NONE, "")), (false, None));
        }
    }

    #[test]
    fn the_parents_threshold_is_kept_if_it_agrees_with_its_decision_and_erased_if_not() {
        let on = |state| decide(Sampler::always_off(), &parent(TraceFlags::SAMPLED, state));
        let off = |state| decide(Sampler::always_on(), &parent(TraceFlags::NONE, state));
        assert_eq!(on("ot=th:8,a=1"), (true, None));
        assert_eq!(on("ot=th:d;rv:ffffffffffffff"), (true, None));
        assert_eq!(on("ot=th:d,a=1"), (true, Some("a=1".to_owned())));
        assert_eq!(on("ot=th:d;x:1,a=1"), (true, Some("ot=x:1,a=1".to_owned())));
        assert_eq!(on("ot=x:1"), (true, None));
        assert_eq!(off("ot=th:d"), (false, None));
        assert_eq!(off("ot=th:8"), (false, Some(String::new())));
    }

    #[test]
    fn the_root_sampler_decides_where_nobody_has() {
        for (root, expected) in [(Sampler::always_on(), true), (Sampler::always_off(), false)] {
            let sampler = ParentBased { root };
            assert_eq!(sampler.decide(None, ID).sampled, expected);
            assert_eq!(sampler.decide(Some(&Context::default()), ID).sampled, expected);
            let undecided = parent(TraceFlags::NONE, "").with_sampling_decision(None);
            assert_eq!(sampler.decide(Some(&undecided), ID).sampled, expected);
        }
    }

    #[test]
    fn a_decision_that_came_without_ids_is_followed() {
        let decided = Context::default().with_sampling_decision(Some(false));
        assert_eq!(decide(Sampler::always_on(), &decided), (false, None));
        assert_eq!(decide(Sampler::always_off(), &decided.with_sampling_decision(Some(true))), (true, None));
    }
}
