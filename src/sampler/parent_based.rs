//! `ParentBased`: follows the caller's decision where there is one.

use super::{Decision, Sampler, SamplingParams, ot_member};
use crate::{Context, TraceId};

/// Follows the decision of whoever called, or asks another sampler where one is named for that case (OpenTelemetry SDK,
/// "ParentBased").
///
/// Nothing but `root` has to be named: [`Sampler::parent_based`] is that. Following the caller, a threshold (`ot=th:...`) that
/// came along goes on if it explains the decision. A named sampler decides anew: it writes or erases the threshold as
/// it does by itself.
///
/// ```
/// use throughline::{ParentBased, Sampler};
///
/// // A tenth of what begins here; of what callers sampled at most 100 traces a second; nothing they dropped.
/// let sampler = ParentBased::new(Sampler::ratio_ignoring_parent(0.1))
///     .remote_parent_sampled(Sampler::rate_limited(100.0));
/// # drop(throughline::builder().sampler(sampler));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ParentBased {
    pub(super) root: Sampler,
    /// Where there is a parent: remote and not sampled, remote and sampled, then local ones. `None`: as it decided.
    pub(super) delegates: [Option<Sampler>; 4],
}

const REMOTE_NOT_SAMPLED: usize = 0;
const REMOTE_SAMPLED: usize = 1;
const LOCAL_NOT_SAMPLED: usize = 2;
const LOCAL_SAMPLED: usize = 3;
/// The setters of the delegates, in their order.
pub(super) const NAMES: [&str; 4] = [
    "remote_parent_not_sampled",
    "remote_parent_sampled",
    "local_parent_not_sampled",
    "local_parent_sampled",
];

// === impl ParentBased ===

impl ParentBased {
    /// Asks `root` about traces begun here and those whose caller left the decision to us, and follows all others.
    pub fn new(root: impl Into<Sampler>) -> Self {
        ParentBased { root: root.into(), delegates: [const { None }; 4] }
    }

    /// Decides on traces that a caller in another process sampled. Default: they are sampled.
    pub fn remote_parent_sampled(self, sampler: impl Into<Sampler>) -> Self {
        self.with(REMOTE_SAMPLED, sampler.into())
    }

    /// Decides on traces that a caller in another process did not sample. Default: they are not sampled.
    pub fn remote_parent_not_sampled(self, sampler: impl Into<Sampler>) -> Self {
        self.with(REMOTE_NOT_SAMPLED, sampler.into())
    }

    /// Decides on spans that [`SpanExt::set_parent`](crate::SpanExt::set_parent) hangs under a sampled span of this
    /// process (work taken from a queue, say). Default: they are sampled.
    ///
    /// It is not asked about a span that `tracing` itself hangs under another: such a child is always decided as its
    /// parent, so that what one process does of a trace is recorded whole or not at all. (Other SDKs ask for each span.)
    pub fn local_parent_sampled(self, sampler: impl Into<Sampler>) -> Self {
        self.with(LOCAL_SAMPLED, sampler.into())
    }

    /// Decides on spans that [`SpanExt::set_parent`](crate::SpanExt::set_parent) hangs under a span of this process that
    /// is not sampled; see [`local_parent_sampled`](Self::local_parent_sampled). Default: they are not sampled.
    pub fn local_parent_not_sampled(self, sampler: impl Into<Sampler>) -> Self {
        self.with(LOCAL_NOT_SAMPLED, sampler.into())
    }

    fn with(mut self, delegate: usize, sampler: Sampler) -> Self {
        self.delegates[delegate] = Some(sampler);
        self
    }

    /// Whether local parents are not just followed.
    pub(super) fn asks_local(&self) -> bool {
        self.delegates[LOCAL_NOT_SAMPLED].is_some() || self.delegates[LOCAL_SAMPLED].is_some()
    }

    /// The samplers inside.
    pub(super) fn samplers(&self) -> impl Iterator<Item = &Sampler> {
        std::iter::once(&self.root).chain(self.delegates.iter().flatten())
    }

    /// The same with other samplers inside.
    pub(super) fn map(&self, map: &impl Fn(&Sampler) -> Sampler) -> ParentBased {
        ParentBased {
            root: map(&self.root),
            delegates: self.delegates.each_ref().map(|it| it.as_ref().map(map)),
        }
    }

    #[inline]
    pub(super) fn decide(&self, params: &SamplingParams<'_>) -> Decision {
        let decided = params.parent().and_then(|parent| Some((parent, parent.sampling_decision()?)));
        let Some((parent, sampled)) = decided else { return self.root.decide(params) };
        // A decision without ids came in a header too.
        let local = parent.is_valid() && !parent.span_context().is_remote();
        match &self.delegates[usize::from(local) * 2 + usize::from(sampled)] {
            None => follow(parent, params.trace_id(), sampled),
            Some(sampler) => sampler.decide(params),
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
    use super::super::testing::decide_as;
    use super::*;
    use crate::{SpanContext, SpanId, TraceFlags};

    const ID: TraceId = TraceId::from_u128(0xc0_0000_0000_0000);

    fn parent(flags: TraceFlags, trace_state: &str, remote: bool) -> Context {
        let span = SpanContext::new(ID, SpanId::from_u64(1), flags, remote);
        Context::new(span).with_trace_state(trace_state.parse().expect("valid"))
    }

    fn remote(flags: TraceFlags, trace_state: &str) -> Context {
        parent(flags, trace_state, true)
    }

    fn decide(root: Sampler, parent: &Context) -> (bool, Option<String>) {
        let decision = decide_as(&Sampler::parent_based(root), Some(parent), ID);
        (decision.sampled, decision.carried.map(|carried| carried.trace_state.to_string()))
    }

    #[test]
    fn the_parents_decision_is_followed() {
        let roots = || [Sampler::always_on(), Sampler::always_off(), Sampler::ratio(0.5)];
        for root in roots() {
            assert_eq!(decide(root, &remote(TraceFlags::SAMPLED, "a=1")), (true, None));
        }
        for root in roots() {
            assert_eq!(decide(root, &remote(TraceFlags::NONE, "")), (false, None));
        }
    }

    #[test]
    fn the_parents_threshold_is_kept_if_it_agrees_with_its_decision_and_erased_if_not() {
        let on = |state| decide(Sampler::always_off(), &remote(TraceFlags::SAMPLED, state));
        let off = |state| decide(Sampler::always_on(), &remote(TraceFlags::NONE, state));
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
            let sampler = Sampler::parent_based(root);
            let decide = |parent| decide_as(&sampler, parent, ID).sampled;
            assert_eq!(decide(None), expected);
            let nobody = Context::default();
            assert_eq!(decide(Some(&nobody)), expected);
            let undecided = remote(TraceFlags::NONE, "").with_sampling_decision(None);
            assert_eq!(decide(Some(&undecided)), expected);
        }
    }

    #[test]
    fn a_decision_that_came_without_ids_is_followed() {
        let decided = Context::default().with_sampling_decision(Some(false));
        assert_eq!(decide(Sampler::always_on(), &decided), (false, None));
        assert_eq!(decide(Sampler::always_off(), &decided.with_sampling_decision(Some(true))), (true, None));
    }

    #[test]
    fn each_delegate_is_asked_in_its_case_and_in_no_other() {
        let cases = [
            remote(TraceFlags::NONE, ""),
            remote(TraceFlags::SAMPLED, ""),
            parent(TraceFlags::NONE, "", false),
            parent(TraceFlags::SAMPLED, "", false),
        ];
        for delegate in 0..4 {
            for (case, parent) in cases.iter().enumerate() {
                let followed = case % 2 == 1;
                let opposite = if followed { Sampler::always_off() } else { Sampler::always_on() };
                let sampler = ParentBased::new(Sampler::always_off()).with(delegate, opposite).into();
                let sampled = decide_as(&sampler, Some(parent), ID).sampled;
                assert_eq!(sampled, followed ^ (case == delegate), "delegate {delegate}, case {case}");
            }
        }
        let headless = Context::default().with_sampling_decision(Some(true));
        let sampler = ParentBased::new(Sampler::always_on()).remote_parent_sampled(Sampler::always_off());
        assert!(!decide_as(&sampler.into(), Some(&headless), ID).sampled, "a decision without ids");
    }

    #[test]
    fn a_ratio_as_a_delegate_writes_its_own_threshold() {
        let sampler = ParentBased::new(Sampler::always_on())
            .remote_parent_sampled(Sampler::ratio_ignoring_parent(0.25));
        let decision = decide_as(&sampler.into(), Some(&remote(TraceFlags::SAMPLED, "ot=th:8,a=1")), ID);
        assert!(decision.sampled);
        assert_eq!(decision.carried.expect("changed").trace_state.to_string(), "ot=th:c,a=1");
    }
}
