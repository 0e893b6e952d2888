//! `Rule`: what a program says of some traces.

use super::glance;
use super::part::Facts;
use crate::buffer::frame::Frame;
use crate::export::SpanView;
use crate::sampler::Pattern;
use crate::wire::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

type Test = Arc<dyn Fn(SpanView<'_>) -> bool + Send + Sync>;

/// Keeps or drops the local traces that are as it says; for [`Tail::rule`](crate::Tail::rule).
///
/// All that is said must hold. [`span`](Self::span), [`attribute`](Self::attribute),
/// [`has_attribute`](Self::has_attribute) and [`when`](Self::when) must hold of one and the same span of the local trace,
/// whichever; [`root`](Self::root), [`slower_than`](Self::slower_than), [`failed`](Self::failed) and
/// [`more_spans_than`](Self::more_spans_than) speak of the local trace. A rule of which nothing is said takes all.
///
/// Names are patterns, as those of a [`SamplingRule`](crate::SamplingRule): `*` stands for any characters, `?` for one, `\`
/// takes the next character as it is. One that cannot be read is refused when the layer is built.
///
/// ```
/// use throughline::{Rule, Tail};
///
/// let tail = Tail::keep_errors()
///     .rule(Rule::drop("health").root("GET /health*"))
///     .rule(Rule::keep("gold").attribute("customer.tier", "gold"))
///     .ratio_of_the_rest(0.05);
/// # drop(tail);
/// ```
#[derive(Clone)]
#[must_use = "a rule does nothing until it is a part of a Tail"]
pub struct Rule {
    name: String,
    pub(super) keep: bool,
    spans: Vec<Condition>,
    root: Option<Pattern>,
    slower_than: Option<Duration>,
    failed: bool,
    more_spans_than: Option<u64>,
    /// What is wrong with it.
    fault: Option<String>,
}

/// What one span is asked.
#[derive(Clone)]
enum Condition {
    Name(Pattern),
    Attribute(String, Value),
    HasAttribute(String),
    When(Test),
}

// === impl Rule ===

impl Rule {
    /// Keeps traces. What leaves has `sampling.reason` = `rule:NAME`.
    pub fn keep(name: impl Into<String>) -> Rule {
        Rule::new(name.into(), true)
    }

    /// Drops traces, but for those kept as failed or slow.
    pub fn drop(name: impl Into<String>) -> Rule {
        Rule::new(name.into(), false)
    }

    fn new(name: String, keep: bool) -> Rule {
        Rule {
            name,
            keep,
            spans: Vec::new(),
            root: None,
            slower_than: None,
            failed: false,
            more_spans_than: None,
            fault: None,
        }
    }

    /// The local root has this name. A trace that is decided before its root has ended is not known to have it.
    pub fn root(mut self, name: impl Into<String>) -> Rule {
        self.root = self.pattern(name.into());
        self
    }

    /// The span has this name.
    pub fn span(mut self, name: impl Into<String>) -> Rule {
        let name = self.pattern(name.into());
        self.spans.extend(name.map(Condition::Name));
        self
    }

    /// The span has this attribute with this value, of this type.
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<Value>) -> Rule {
        self.spans.push(Condition::Attribute(key.into(), value.into()));
        self
    }

    /// The span has this attribute, whatever its value.
    pub fn has_attribute(mut self, key: impl Into<String>) -> Rule {
        self.spans.push(Condition::HasAttribute(key.into()));
        self
    }

    /// The program says so of the span. It is asked on the worker's thread, of each span once, for as long as the rule
    /// may still be met; what it logs is not recorded. If it panics, the answer is no, which is told.
    pub fn when(mut self, test: impl Fn(SpanView<'_>) -> bool + Send + Sync + 'static) -> Rule {
        self.spans.push(Condition::When(Arc::new(test)));
        self
    }

    /// The local root took at least so long; of a trace that is decided early, all that is known of it.
    pub fn slower_than(mut self, time: Duration) -> Rule {
        self.slower_than = Some(time);
        self
    }

    /// A span of the local trace has the status Error.
    pub fn failed(mut self) -> Rule {
        self.failed = true;
        self
    }

    /// The local trace has more spans than this.
    pub fn more_spans_than(mut self, spans: u64) -> Rule {
        self.more_spans_than = Some(spans);
        self
    }

    /// A setter cannot tell that something is wrong.
    fn pattern(&mut self, text: String) -> Option<Pattern> {
        match Pattern::new(&text) {
            Ok(pattern) => Some(pattern),
            Err(reason) => {
                self.fault = self.fault.take().or(Some(reason));
                None
            }
        }
    }

    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn looks_at_spans(&self) -> bool {
        !self.spans.is_empty()
    }

    pub(super) fn looks_at_root(&self) -> bool {
        self.root.is_some()
    }

    /// Whether a span is as it says. Calls out to the program.
    pub(super) fn matches_span(&self, frame: Frame<'_>) -> bool {
        let message = frame.message();
        self.spans.iter().all(|condition| match condition {
            Condition::Name(pattern) => pattern.fits_bytes(glance::name(message)),
            Condition::Attribute(key, value) => glance::attribute(message, key).as_ref() == Some(value),
            Condition::HasAttribute(key) => glance::has_attribute(message, key),
            Condition::When(test) => test(SpanView::new(frame)),
        })
    }

    pub(super) fn matches_root(&self, name: &[u8]) -> bool {
        self.root.as_ref().is_none_or(|pattern| pattern.fits_bytes(name))
    }

    /// Whether a local trace is as it says; `bit` is its own among those of the facts.
    pub(super) fn matches(&self, facts: &Facts, bit: u64) -> bool {
        (self.spans.is_empty() || facts.spans_matched & bit != 0)
            && (self.root.is_none() || facts.root_matched & bit != 0)
            && (!self.failed || facts.error)
            && self.slower_than.is_none_or(|time| u128::from(facts.nanos()) >= time.as_nanos())
            && self.more_spans_than.is_none_or(|least| facts.spans > least)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?})", if self.keep { "keep" } else { "drop" }, self.name)
    }
}
