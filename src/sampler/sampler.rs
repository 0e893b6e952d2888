//! `Sampler`: the one type that a program sees, whichever sampler is inside.

use super::Decision;
use super::always::Always;
use super::parent_based::ParentBased;
use super::ratio::Ratio;
use crate::{Context, TraceId};
use std::fmt;
use std::sync::Arc;

/// Decides which traces are recorded (OpenTelemetry SDK, "Sampling").
///
/// The decision is made once for each trace that begins or arrives here, and its spans share it. A sampler
/// is cheap to clone. The default is [`parent_based`](Self::parent_based) around
/// [`always_on`](Self::always_on).
#[derive(Clone)]
pub struct Sampler(Kind);

// An enum and not a trait object: the decision of the usual samplers is a few nanoseconds, inlined.
#[derive(Clone)]
enum Kind {
    Always(Always),
    Ratio(Arc<Ratio>),
    ParentBased(Arc<ParentBased>),
}

// === impl Sampler ===

impl Sampler {
    /// Samples every trace, whatever the caller decided.
    #[must_use]
    pub fn always_on() -> Self {
        Sampler(Kind::Always(Always { sampled: true }))
    }

    /// Samples no trace, whatever the caller decided.
    #[must_use]
    pub fn always_off() -> Self {
        Sampler(Kind::Always(Always { sampled: false }))
    }

    /// Follows the caller's decision; samples this share, from 0 to 1, of the traces begun here.
    ///
    /// The choice is consistent with every other participant that follows OpenTelemetry's "TraceState:
    /// Probability Sampling": of two ratios, the traces of the lower are among those of the higher.
    /// (The ratio sampler of `opentelemetry-rust` uses other bits of the trace id and does not nest with
    /// ours.) The share is rounded to four significant hex digits and written into `tracestate` as
    /// `ot=th:...`; a share below 2^-56 samples nothing. One outside 0 to 1, or not a number, is refused
    /// when the layer is built.
    #[must_use]
    pub fn ratio(share: f64) -> Self {
        Self::parent_based(Self::ratio_ignoring_parent(share))
    }

    /// Samples this share, from 0 to 1, of all traces, whatever the caller decided.
    ///
    /// Traces are then whole only if every participant has the same or a higher share; see
    /// [`ratio`](Self::ratio) for what the share means.
    #[must_use]
    pub fn ratio_ignoring_parent(share: f64) -> Self {
        Sampler(Kind::Ratio(Arc::new(Ratio::new(share))))
    }

    /// Follows the caller's decision; asks `root` about traces begun here and those whose caller left the
    /// decision to us.
    #[must_use]
    pub fn parent_based(root: Sampler) -> Self {
        Sampler(Kind::ParentBased(Arc::new(ParentBased { root })))
    }

    /// Whether to sample the trace with this id, begun here or continued from `parent`.
    #[inline]
    pub(crate) fn decide(&self, parent: Option<&Context>, trace_id: TraceId) -> Decision {
        match &self.0 {
            Kind::Always(always) => always.decide(parent),
            Kind::Ratio(ratio) => ratio.decide(parent, trace_id),
            Kind::ParentBased(sampler) => sampler.decide(parent, trace_id),
        }
    }

    /// What is wrong with it, for the builder to refuse.
    pub(crate) fn validate(&self) -> Result<(), String> {
        match &self.0 {
            Kind::Always(_) => Ok(()),
            Kind::Ratio(ratio) if (0.0..=1.0).contains(&ratio.probability) => Ok(()),
            Kind::Ratio(ratio) => {
                Err(format!("a sampler's ratio must be from 0 to 1, not {}", ratio.probability))
            }
            Kind::ParentBased(sampler) => sampler.root.validate(),
        }
    }

    /// Whether this is a bare ratio, which is worth a warning once it sees a parent.
    pub(crate) fn is_bare_ratio(&self) -> bool {
        matches!(self.0, Kind::Ratio(_))
    }
}

impl Default for Sampler {
    fn default() -> Self {
        Self::parent_based(Self::always_on())
    }
}

impl fmt::Debug for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Always(Always { sampled: true }) => f.write_str("always_on"),
            Kind::Always(Always { sampled: false }) => f.write_str("always_off"),
            Kind::Ratio(ratio) => write!(f, "ratio_ignoring_parent({:?})", ratio.probability),
            Kind::ParentBased(sampler) => write!(f, "parent_based({:?})", sampler.root),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn always_on_and_always_off_change_nothing_but_an_inherited_threshold() {
        let id = TraceId::from_u128(1);
        let with = |state: &str| Context::default().with_trace_state(state.parse().expect("valid"));
        for (sampler, sampled) in [(Sampler::always_on(), true), (Sampler::always_off(), false)] {
            for parent in [None, Some(Context::default()), Some(with("a=1,ot=rv:0"))] {
                let decision = sampler.decide(parent.as_ref(), id);
                assert_eq!((decision.sampled, decision.carried), (sampled, None));
            }
            let decision = sampler.decide(Some(&with("ot=th:8,a=1")), id);
            assert_eq!(decision.carried.expect("changed").trace_state.to_string(), "a=1");
        }
    }

    #[test]
    fn traces_begun_by_a_ratio_share_what_they_carry() {
        let sampler = Sampler::ratio(1.0);
        let carried = |id| sampler.decide(None, TraceId::from_u128(id)).carried.expect("carried");
        assert!(Arc::ptr_eq(&carried(1), &carried(2)));
    }

    #[test]
    fn a_ratio_outside_0_to_1_never_panics_and_is_refused() {
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for sampler in [Sampler::ratio(bad), Sampler::ratio_ignoring_parent(bad)] {
                let _ = sampler.decide(None, TraceId::from_u128(1));
                assert!(sampler.validate().is_err(), "{sampler:?}");
            }
        }
        assert_eq!(
            Sampler::ratio(1.5).validate(),
            Err("a sampler's ratio must be from 0 to 1, not 1.5".to_owned())
        );
        for good in [0.0, 1.0, 0.1] {
            assert_eq!(Sampler::ratio(good).validate(), Ok(()));
        }
    }

    #[test]
    fn a_sampler_prints_as_it_was_made() {
        assert_eq!(format!("{:?}", Sampler::ratio(0.1)), "parent_based(ratio_ignoring_parent(0.1))");
        assert_eq!(format!("{:?}", Sampler::default()), "parent_based(always_on)");
        assert!(Sampler::ratio_ignoring_parent(0.1).is_bare_ratio() && !Sampler::ratio(0.1).is_bare_ratio());
    }
}
