//! `Sampler`: the one type that a program sees, whichever sampler is inside.

use super::always::Always;
use super::custom::Custom;
use super::parent_based::{NAMES, ParentBased};
use super::per_operation::PerOperation;
use super::rate_limited::RateLimited;
use super::ratio::Ratio;
use super::remote::{JaegerRemote, Remote};
use super::rules::{Rules, SamplingRule};
use super::{Decision, SamplingDecision, SamplingParams};
use crate::error::Error;
use std::fmt;
use std::sync::Arc;

/// Decides which traces are recorded (OpenTelemetry SDK, "Sampling").
///
/// The decision is made once for each trace that begins or arrives here, when it is first needed, and the spans of the
/// trace share it. A sampler is cheap to clone. The default is [`parent_based`](Self::parent_based) around
/// [`always_on`](Self::always_on). [`Guard::set_sampler`](crate::Guard::set_sampler) replaces it while the program runs.
///
/// [`parent_based`](Self::parent_based) and [`ratio`](Self::ratio) follow what the caller decided; all others ignore it
/// unless they are put into one of these, and traces may then have holes.
///
/// A trace that is not sampled costs little: its spans have ids, for log lines and headers (with flags 00), and nothing of
/// them is recorded; only its first span here is, until the decision.
#[derive(Clone)]
pub struct Sampler(Kind);

// An enum and not a trait object: the decision of the usual samplers is a few nanoseconds, inlined.
#[derive(Clone)]
enum Kind {
    Always(Always),
    Ratio(Arc<Ratio>),
    ParentBased(Arc<ParentBased>),
    RateLimited(Arc<RateLimited>),
    Rules(Arc<Rules>),
    Remote(Arc<Remote>),
    PerOperation(Arc<PerOperation>),
    Custom(Arc<Custom>),
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
    /// decision to us. [`ParentBased`] has the other cases too.
    #[must_use]
    pub fn parent_based(root: impl Into<Sampler>) -> Self {
        ParentBased::new(root).into()
    }

    /// Samples traces as they come, at most so many a second, whatever the caller decided. Fractions are rates too:
    /// 0.1 is one every ten seconds; 0 is none.
    ///
    /// The rate is that of this sampler and its clones together, over all threads: whichever comes first is taken, and
    /// under load they are spaced evenly, rather than the first of each second. At most a second's worth that was left
    /// over (of a rate below 1: one trace) is taken at once: in any `t` seconds no more than `per_second * (t + 1)`. A
    /// rate that is negative or no number is refused when the layer is built. Nobody knows how many traces one that was
    /// taken stands for: no `ot=th:...` is written, and one that came along goes no further.
    #[must_use]
    pub fn rate_limited(per_second: f64) -> Self {
        Sampler(Kind::RateLimited(Arc::new(RateLimited::new(per_second))))
    }

    /// Asks the sampler of the first rule that fits, whatever the caller decided (unless that sampler follows it); the
    /// default sampler where none does, so end with a rule without conditions to have another.
    ///
    /// A pattern that cannot be read, and a rule that can never count because one without conditions stands before it, are
    /// refused when the layer is built.
    #[must_use]
    pub fn rules(rules: impl IntoIterator<Item = SamplingRule>) -> Self {
        let rules = Rules { rules: rules.into_iter().collect(), otherwise: Sampler::default() };
        Sampler(Kind::Rules(Arc::new(rules)))
    }

    /// Asks a Jaeger server at this URL for the strategy of this service, whatever the caller decided; see
    /// [`JaegerRemote`], which has the other settings too.
    #[must_use]
    pub fn jaeger_remote(url: impl Into<String>) -> Self {
        JaegerRemote::new(url).into()
    }

    /// Asks the program, whatever the caller decided.
    ///
    /// It is called on the thread that needs the decision, with no lock held, usually once a trace; where several threads
    /// need it at once each may ask, and the first answer counts. What it logs itself is not recorded. If it panics, that
    /// is told in the log, and the caller's decision holds; where there is none, the trace is sampled.
    ///
    /// ```
    /// use throughline::{Sampler, SamplingDecision};
    ///
    /// let sampler = Sampler::custom(|params| match params.name() {
    ///     "heartbeat" => SamplingDecision::Drop,
    ///     _ if params.attribute("debug").is_some() => SamplingDecision::Sample,
    ///     _ => SamplingDecision::Ratio(0.1),
    /// });
    /// # drop(sampler);
    /// ```
    #[must_use]
    pub fn custom(decide: impl Fn(&SamplingParams<'_>) -> SamplingDecision + Send + Sync + 'static) -> Self {
        Sampler(Kind::Custom(Arc::new(Custom::new(decide))))
    }

    pub(super) fn per_operation(sampler: PerOperation) -> Self {
        Sampler(Kind::PerOperation(Arc::new(sampler)))
    }

    /// Whether to sample this trace.
    #[inline]
    pub(crate) fn decide(&self, params: &SamplingParams<'_>) -> Decision {
        match &self.0 {
            Kind::Always(always) => always.decide(params.parent()),
            Kind::Ratio(ratio) => ratio.decide(params.parent(), params.trace_id()),
            Kind::ParentBased(sampler) => sampler.decide(params),
            Kind::RateLimited(sampler) => sampler.decide(params),
            Kind::Rules(rules) => rules.decide(params),
            Kind::Remote(remote) => remote.sampler().decide(params),
            Kind::PerOperation(sampler) => sampler.decide(params),
            Kind::Custom(custom) => custom.decide(params),
        }
    }

    /// What is wrong with it, for the builder to refuse.
    pub(crate) fn validate(&self) -> Result<(), String> {
        match &self.0 {
            Kind::Ratio(ratio) if !(0.0..=1.0).contains(&ratio.probability) => {
                Err(format!("a sampler's ratio must be from 0 to 1, not {}", ratio.probability))
            }
            Kind::RateLimited(limited) if !(0.0..=f64::MAX).contains(&limited.per_second) => {
                Err(format!("a sampler's rate must be a number from 0 up, not {}", limited.per_second))
            }
            Kind::ParentBased(sampler) => sampler.samplers().try_for_each(Sampler::validate),
            Kind::Rules(rules) => rules.validate(),
            Kind::Remote(remote) => remote.settings.validate(),
            _ => Ok(()),
        }
    }

    /// The same, if nothing is wrong with it.
    ///
    /// # Errors
    ///
    /// [config](Error::is_config).
    pub(crate) fn checked(self) -> Result<Sampler, Error> {
        match self.validate() {
            Ok(()) => Ok(self),
            Err(reason) => Err(Error::config("sampler", &format!("{self:?}"), reason)),
        }
    }

    /// Whether this is a bare ratio, which is worth a warning once it sees a parent.
    pub(crate) fn is_bare_ratio(&self) -> bool {
        matches!(self.0, Kind::Ratio(_))
    }

    /// Whether asking it may call the program: a sampler of its own, or a clock, where there is one.
    pub(super) fn calls_out(&self, own_clock: bool) -> bool {
        self.any(&|kind| match kind {
            Kind::Custom(_) => true,
            Kind::RateLimited(_) | Kind::PerOperation(_) => own_clock,
            _ => false,
        })
    }

    /// Whether it looks at more than ids and parent.
    pub(super) fn looks(&self) -> bool {
        self.any(&|kind| matches!(kind, Kind::Custom(_) | Kind::Rules(_) | Kind::PerOperation(_)))
    }

    /// Whether it does not just follow a parent of this process.
    pub(super) fn asks_local(&self) -> bool {
        self.any(&|kind| matches!(kind, Kind::ParentBased(sampler) if sampler.asks_local()))
    }

    /// Whether nobody else has this sampler.
    pub(super) fn is_sole(&self) -> bool {
        let holders = match &self.0 {
            Kind::Always(_) => 1,
            Kind::Ratio(it) => Arc::strong_count(it),
            Kind::ParentBased(it) => Arc::strong_count(it),
            Kind::RateLimited(it) => Arc::strong_count(it),
            Kind::Rules(it) => Arc::strong_count(it),
            Kind::Remote(it) => Arc::strong_count(it),
            Kind::PerOperation(it) => Arc::strong_count(it),
            Kind::Custom(it) => Arc::strong_count(it),
        };
        holders == 1
    }

    /// The same with what its remote parts have been told, and those gone.
    pub(super) fn resolved(&self) -> Sampler {
        self.with_remotes(&|remote| remote.sampler())
    }

    /// The same with remote parts of its own, which know what these do.
    pub(super) fn apart(&self) -> Sampler {
        self.with_remotes(&|remote| Sampler(Kind::Remote(Arc::new(remote.again()))))
    }

    fn with_remotes(&self, put: &dyn Fn(&Remote) -> Sampler) -> Sampler {
        let map = |inner: &Sampler| inner.with_remotes(put);
        match &self.0 {
            Kind::Remote(remote) => put(remote),
            _ if self.remotes().is_empty() => self.clone(),
            Kind::ParentBased(sampler) => sampler.map(&map).into(),
            Kind::Rules(rules) => Sampler(Kind::Rules(Arc::new(rules.map(&map)))),
            _ => self.clone(),
        }
    }

    /// Its remote parts.
    pub(super) fn remotes(&self) -> Vec<Arc<Remote>> {
        let of = |samplers: &mut dyn Iterator<Item = &Sampler>| samplers.flat_map(Sampler::remotes).collect();
        match &self.0 {
            Kind::Remote(remote) => vec![Arc::clone(remote)],
            Kind::ParentBased(sampler) => of(&mut sampler.samplers()),
            Kind::Rules(rules) => of(&mut rules.samplers()),
            _ => Vec::new(),
        }
    }

    fn any(&self, test: &dyn Fn(&Kind) -> bool) -> bool {
        test(&self.0)
            || match &self.0 {
                Kind::ParentBased(sampler) => sampler.samplers().any(|inner| inner.any(test)),
                Kind::Rules(rules) => rules.samplers().any(|inner| inner.any(test)),
                Kind::Remote(remote) => remote.sampler().any(test),
                _ => false,
            }
    }
}

impl Default for Sampler {
    fn default() -> Self {
        Self::parent_based(Self::always_on())
    }
}

impl From<ParentBased> for Sampler {
    fn from(sampler: ParentBased) -> Self {
        Sampler(Kind::ParentBased(Arc::new(sampler)))
    }
}

impl From<JaegerRemote> for Sampler {
    fn from(settings: JaegerRemote) -> Self {
        Sampler(Kind::Remote(Arc::new(Remote::new(settings))))
    }
}

impl fmt::Debug for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Always(Always { sampled: true }) => f.write_str("always_on"),
            Kind::Always(Always { sampled: false }) => f.write_str("always_off"),
            Kind::Ratio(ratio) => write!(f, "ratio_ignoring_parent({:?})", ratio.probability),
            Kind::ParentBased(sampler) => {
                write!(f, "parent_based({:?}", sampler.root)?;
                for (name, delegate) in NAMES.iter().zip(&sampler.delegates) {
                    delegate.iter().try_for_each(|delegate| write!(f, ", {name}: {delegate:?}"))?;
                }
                f.write_str(")")
            }
            Kind::RateLimited(limited) => write!(f, "rate_limited({:?})", limited.per_second),
            Kind::Rules(rules) => write!(f, "rules({:?})", rules.rules),
            Kind::Remote(remote) => fmt::Debug::fmt(&remote.settings, f),
            Kind::PerOperation(sampler) => write!(f, "per_operation({sampler:?})"),
            Kind::Custom(_) => f.write_str("custom"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::decide_as;
    use super::*;
    use crate::{Context, TraceId};

    #[test]
    fn always_on_and_always_off_change_nothing_but_an_inherited_threshold() {
        let id = TraceId::from_u128(1);
        let with = |state: &str| Context::default().with_trace_state(state.parse().expect("valid"));
        for (sampler, sampled) in [(Sampler::always_on(), true), (Sampler::always_off(), false)] {
            for parent in [None, Some(Context::default()), Some(with("a=1,ot=rv:0"))] {
                let decision = decide_as(&sampler, parent.as_ref(), id);
                assert_eq!((decision.sampled, decision.carried), (sampled, None));
            }
            let decision = decide_as(&sampler, Some(&with("ot=th:8,a=1")), id);
            assert_eq!(decision.carried.expect("changed").trace_state.to_string(), "a=1");
        }
    }

    #[test]
    fn traces_begun_by_a_ratio_share_what_they_carry() {
        let sampler = Sampler::ratio(1.0);
        let carried =
            |id| decide_as(&sampler, None, TraceId::from_u128(id)).carried_from(None).expect("carried");
        assert!(Arc::ptr_eq(&carried(1), &carried(2)));
    }

    #[test]
    fn a_number_that_cannot_be_never_panics_and_is_refused_wherever_it_stands() {
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let ratio = || Sampler::ratio_ignoring_parent(bad);
            let within: [Sampler; 6] = [
                ratio(),
                Sampler::ratio(bad),
                ParentBased::new(Sampler::always_on()).local_parent_sampled(ratio()).into(),
                Sampler::rules([
                    SamplingRule::new(Sampler::always_on()).name("a"),
                    SamplingRule::new(ratio()),
                ]),
                JaegerRemote::new("http://localhost").initial(ratio()).into(),
                Sampler::rate_limited(if bad == 1.1 { -1.1 } else { bad }),
            ];
            for sampler in within {
                let _ = decide_as(&sampler, None, TraceId::from_u128(1));
                assert!(sampler.validate().is_err(), "{sampler:?}");
            }
        }
        let told = Err("a sampler's ratio must be from 0 to 1, not 1.5".to_owned());
        assert_eq!(Sampler::ratio(1.5).validate(), told);
        for good in [0.0, 1.0, 0.1] {
            assert_eq!(
                (Sampler::ratio(good).validate(), Sampler::rate_limited(good).validate()),
                (Ok(()), Ok(()))
            );
        }
    }

    #[test]
    fn a_sampler_prints_as_it_was_made() {
        assert_eq!(format!("{:?}", Sampler::ratio(0.1)), "parent_based(ratio_ignoring_parent(0.1))");
        assert_eq!(format!("{:?}", Sampler::default()), "parent_based(always_on)");
        let delegated =
            ParentBased::new(Sampler::rate_limited(0.5)).remote_parent_sampled(Sampler::always_off());
        let printed = format!("{:?}", Sampler::from(delegated));
        assert_eq!(printed, "parent_based(rate_limited(0.5), remote_parent_sampled: always_off)");
        assert!(Sampler::ratio_ignoring_parent(0.1).is_bare_ratio() && !Sampler::ratio(0.1).is_bare_ratio());
    }

    #[test]
    fn what_is_inside_is_known_outside() {
        let custom = || Sampler::custom(|_| SamplingDecision::Drop);
        let nested = Sampler::rules([SamplingRule::new(Sampler::parent_based(custom())).name("a")]);
        assert!(nested.calls_out(false) && nested.looks() && !nested.asks_local());
        let limited = Sampler::parent_based(Sampler::rate_limited(1.0));
        assert!(limited.calls_out(true) && !limited.calls_out(false) && !limited.looks());
        let local = ParentBased::new(Sampler::always_on()).local_parent_sampled(Sampler::always_off());
        assert!(Sampler::rules([SamplingRule::new(local)]).asks_local());
    }
}
