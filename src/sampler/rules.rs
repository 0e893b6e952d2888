//! `Rules`: another sampler for each kind of request.

use super::pattern::Pattern;
use super::{Decision, Sampler, SamplingParams};
use crate::wire::SpanKind;

/// A rule of [`Sampler::rules`](crate::Sampler::rules): the sampler of the traces whose first span here fits all of its
/// conditions. A rule without conditions fits all.
///
/// Conditions are patterns: `*` fits any run of characters (slashes too), `?` one character, `\` takes the next character as
/// it is, and a pattern without these fits itself only. Case counts.
///
/// ```
/// use throughline::wire::SpanKind;
/// use throughline::{Sampler, SamplingRule};
///
/// let sampler = Sampler::rules([
///     SamplingRule::new(Sampler::always_off()).route("/health*"),
///     SamplingRule::new(Sampler::always_on()).attribute("tenant", "gold"),
///     SamplingRule::new(Sampler::ratio(0.01)).kind(SpanKind::Server),
///     SamplingRule::new(Sampler::parent_based(Sampler::rate_limited(5.0))),
/// ]);
/// # drop(sampler);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SamplingRule {
    sampler: Sampler,
    conditions: Vec<Condition>,
    fault: Option<String>,
}

#[derive(Clone, Debug)]
enum Condition {
    Name(Pattern),
    Target(Pattern),
    Kind(SpanKind),
    Attribute(String, Pattern),
}

/// The first rule that fits decides.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) rules: Vec<SamplingRule>,
    /// Decides where none does.
    pub(super) otherwise: Sampler,
}

// === impl SamplingRule ===

impl SamplingRule {
    /// A rule for this sampler.
    pub fn new(sampler: impl Into<Sampler>) -> Self {
        SamplingRule { sampler: sampler.into(), conditions: Vec::new(), fault: None }
    }

    /// The span's name has to fit.
    pub fn name(self, pattern: &str) -> Self {
        self.with(pattern, Condition::Name)
    }

    /// The target of the span's callsite has to fit.
    pub fn target(self, pattern: &str) -> Self {
        self.with(pattern, Condition::Target)
    }

    /// The span has to be of this kind.
    pub fn kind(mut self, kind: SpanKind) -> Self {
        self.conditions.push(Condition::Kind(kind));
        self
    }

    /// The route of the request (`http.route`, such as `/orders/{id}`) has to fit.
    pub fn route(self, pattern: &str) -> Self {
        self.attribute("http.route", pattern)
    }

    /// The span has to have an attribute whose value fits: a text; a number or a truth, as it is written. It counts if
    /// it was there when the decision was needed, see [`SamplingParams`].
    pub fn attribute(self, key: &str, pattern: &str) -> Self {
        let key = key.to_owned();
        self.with(pattern, |pattern| Condition::Attribute(key, pattern))
    }

    fn with(mut self, pattern: &str, condition: impl FnOnce(Pattern) -> Condition) -> Self {
        match Pattern::new(pattern) {
            Ok(pattern) => self.conditions.push(condition(pattern)),
            // Told when the layer is built; a setter cannot.
            Err(reason) => self.fault = self.fault.or(Some(reason)),
        }
        self
    }

    fn fits(&self, params: &SamplingParams<'_>) -> bool {
        self.conditions.iter().all(|condition| match condition {
            Condition::Name(pattern) => pattern.fits(params.name()),
            Condition::Target(pattern) => pattern.fits(params.target()),
            Condition::Kind(kind) => *kind == params.kind(),
            Condition::Attribute(key, pattern) => params.seen.fits(key, pattern),
        })
    }
}

// === impl Rules ===

impl Rules {
    pub(super) fn decide(&self, params: &SamplingParams<'_>) -> Decision {
        let first = self.rules.iter().find(|rule| rule.fits(params));
        first.map_or(&self.otherwise, |rule| &rule.sampler).decide(params)
    }

    /// The samplers inside.
    pub(super) fn samplers(&self) -> impl Iterator<Item = &Sampler> {
        self.rules.iter().map(|rule| &rule.sampler).chain([&self.otherwise])
    }

    /// The same rules with other samplers inside.
    pub(super) fn map(&self, map: &impl Fn(&Sampler) -> Sampler) -> Rules {
        let rule = |rule: &SamplingRule| SamplingRule { sampler: map(&rule.sampler), ..rule.clone() };
        Rules { rules: self.rules.iter().map(rule).collect(), otherwise: map(&self.otherwise) }
    }

    /// What is wrong with one of the rules.
    pub(super) fn validate(&self) -> Result<(), String> {
        for (number, rule) in (1..).zip(&self.rules) {
            let told = |reason: &String| format!("rule {number}: {reason}");
            if let Some(fault) = &rule.fault {
                return Err(told(fault));
            }
            rule.sampler.validate().map_err(|reason| told(&reason))?;
            if rule.conditions.is_empty() && number < self.rules.len() {
                return Err(told(&"it has no condition, so the rules after it never count".to_owned()));
            }
        }
        Ok(())
    }
}
