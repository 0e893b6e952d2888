//! `Tail`: what a program says of tail sampling.

use super::durations::MAX_PERCENTILE;
use super::rule::Rule;
use crate::error::Error;
use std::time::Duration;

/// How long a local trace waits at most.
const WAIT: Duration = Duration::from_secs(30);
/// The arena's bound.
const ARENA_BYTES: usize = 8 << 20;
const MIN_ARENA_BYTES: usize = 64 << 10;
/// Decisions that are remembered.
const REMEMBER: usize = 32_768;
const MAX_REMEMBER: usize = 1 << 24;
/// A bit each.
const MAX_RULES: usize = 64;

/// Decides which traces leave when it is known how they ended: failed and slow ones always, of the rest a share. For
/// [`Builder::tail`](crate::Builder::tail).
///
/// What is decided is a *local trace*: a span with no parent in this process and all that is below it here. It waits,
/// encoded, until its root has ended; then all of it is exported, or none. A trace that comes through the process twice is
/// two local traces, each decided by itself, but what follows one that was kept for what it is, is kept too. A span whose
/// parent in this process was set by hand ([`set_parent`](crate::SpanExt::set_parent)) goes with that trace.
///
/// In this order, the first that applies:
///
/// | `sampling.reason` of the local root | kept if |
/// |---|---|
/// | `error` | a span has the status Error |
/// | `slow` | the root took at least [`keep_slower_than`](Self::keep_slower_than) |
/// | `rule:NAME` | it is as a [`rule`](Self::rule) says, of which the first that matches counts (it may also drop) |
/// | `percentile` | it took longer than most of its name: [`keep_slowest_percentile`](Self::keep_slowest_percentile) |
/// | `trace` | another local trace of the same trace was kept for one of the reasons above |
/// | `ratio` | the trace id is in the share of [`ratio_of_the_rest`](Self::ratio_of_the_rest) |
/// | `budget` | the same, while the [`budget`](Self::budget) is short |
/// | `limit`, `shutdown` | the same, but decided before the root had ended |
/// | `recovered` | the process ended before it was decided, with a spool: the next one delivers all that it finds there |
///
/// `tracestate` tells the rates: kept by ratio, `ot=th` of all spans is the head's combined with the share, so that counts
/// can be extrapolated; kept for what it is, or while the budget is short, there is none. A trace that comes with no `ot=th`
/// counts as one of all: of what [`Sampler::rate_limited`](crate::Sampler::rate_limited) or a caller without thresholds
/// has let through, counts are then of that alone. The choice by ratio is
/// OpenTelemetry's consistent one: services with the same share keep the same traces. What calls carry on to other services is the
/// decision of the head ([`Sampler`](crate::Sampler)), which comes first: the tail sees what the head has sampled.
///
/// A trace is decided early when it holds more than a quarter of the arena, when it is the oldest and the arena is full,
/// or when it has waited too long: by what is known of it until then, in the order above. Spans that end after the decision
/// follow it as long as it is [remembered](Self::remember). `Guard::flush` decides nothing, a shutdown everything.
///
/// Log records of spans go with them. All of it is counted in [`Stats`](crate::Stats): `held`, `tail_dropped`, `tail`.
///
/// ```
/// use std::time::Duration;
/// use throughline::Tail;
///
/// let builder = throughline::builder().tail(
///     Tail::keep_errors()
///         .keep_slower_than(Duration::from_millis(500))
///         .keep_slowest_percentile(99.0)
///         .ratio_of_the_rest(0.05)
///         .budget(1_000),
/// );
/// # drop(builder);
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is given to Builder::tail"]
pub struct Tail {
    pub(super) slower_than: Option<Duration>,
    pub(super) percentile: Option<f64>,
    pub(super) ratio: f64,
    pub(super) budget: Option<u64>,
    pub(super) rules: Vec<Rule>,
    pub(super) wait: Duration,
    pub(super) arena_bytes: usize,
    pub(super) remember: usize,
    pub(crate) flight_recorder: Option<String>,
}

// === impl Tail ===

impl Tail {
    /// Keeps the traces with an error, and until more is said all others too: [`ratio_of_the_rest`](Self::ratio_of_the_rest)
    /// is 1.
    pub fn keep_errors() -> Tail {
        Tail {
            slower_than: None,
            percentile: None,
            ratio: 1.0,
            budget: None,
            rules: Vec::new(),
            wait: WAIT,
            arena_bytes: ARENA_BYTES,
            remember: REMEMBER,
            flight_recorder: None,
        }
    }

    /// Keeps the traces whose local root took at least so long.
    pub fn keep_slower_than(mut self, time: Duration) -> Tail {
        self.slower_than = Some(time);
        self
    }

    /// Keeps the traces that took longer than this percentile of those whose roots have the same name: 99.0 keeps the
    /// slowest 1 %. From 50 to 99.999.
    ///
    /// Estimated while the program runs, from the latest 8,192 to 16,384 traces of a name (above 99.87 from more, so that there
    /// are ten over it); from the 100th trace of a name on, and only once ten are over it (99.0: from the 1,000th, 99.99: from
    /// the 100,000th). Until then it keeps nothing. 256 names are told apart, further ones share an estimate.
    pub fn keep_slowest_percentile(mut self, percentile: f64) -> Tail {
        self.percentile = Some(percentile);
        self
    }

    /// Of the traces that nothing else keeps, this share is kept, from 0 to 1. Default 1.
    pub fn ratio_of_the_rest(mut self, share: f64) -> Tail {
        self.ratio = share;
        self
    }

    /// Of the rest, no more are kept than make so many spans a second together with all that is kept. Default: no bound.
    ///
    /// What is kept as failed, slow, by a rule or a percentile is never dropped for it, but goes first: when this alone is more, the rest
    /// gets nothing, for a second longer at most, and the spans are counted in
    /// [`TailStats::beyond_budget`](crate::TailStats::beyond_budget).
    pub fn budget(mut self, spans_per_second: u64) -> Tail {
        self.budget = Some(spans_per_second);
        self
    }

    /// Keeps or drops some traces; at most 64 rules. They are asked in their order, and the first that matches counts.
    pub fn rule(mut self, rule: Rule) -> Tail {
        self.rules.push(rule);
        self
    }

    /// How long a local trace waits at most for its root, from when the worker first saw a span of it. Default 30 s. Looked
    /// at each time the worker comes round ([`schedule_delay`](crate::Builder::schedule_delay)).
    pub fn wait_at_most(mut self, time: Duration) -> Tail {
        self.wait = time;
        self
    }

    /// The bound of what waits, in bytes: a part of [`queue_bytes`](crate::Builder::queue_bytes), and never more than half of
    /// that. Default 8 MiB; at least 64 KiB.
    pub fn arena_bytes(mut self, bytes: usize) -> Tail {
        self.arena_bytes = bytes;
        self
    }

    /// About how many decisions are remembered for what comes late, at 16 to 32 bytes each, which are not a part of
    /// `queue_bytes`. Default 32,768.
    pub fn remember(mut self, traces: usize) -> Tail {
        self.remember = traces;
        self
    }

    /// Records events at DEBUG and TRACE that these `target=level` directives let through, such as `debug,h2=off`, and
    /// exports them for traces that turned out bad only: kept for any reason in the table down to `trace`.
    ///
    /// They become log records, whatever [`Events`](crate::Events) says of the others, and never span events; the filter of the
    /// spans need not let them through. An exporter must take log records. Events outside of spans and in traces that the
    /// head has not sampled are not recorded by it. As any log record does, they hand out the context of their span:
    /// [`set_parent`](crate::SpanExt::set_parent) comes before them.
    pub fn flight_recorder(mut self, directives: impl Into<String>) -> Tail {
        self.flight_recorder = Some(directives.into());
        self
    }

    /// What cannot be used is an error; what is out of bounds is brought within.
    pub(crate) fn resolved(mut self, queue_bytes: usize) -> Result<Tail, Error> {
        if !(0.0..=1.0).contains(&self.ratio) {
            return Err(Error::config(
                "ratio_of_the_rest",
                &self.ratio.to_string(),
                "it must be from 0 to 1",
            ));
        }
        if let Some(percentile) = self.percentile.filter(|it| !(50.0..=MAX_PERCENTILE).contains(it)) {
            let reason = format_args!("it must be from 50 to {MAX_PERCENTILE}: 99 keeps the slowest 1 %");
            return Err(Error::config("keep_slowest_percentile", &percentile.to_string(), reason));
        }
        if self.rules.len() > MAX_RULES {
            let reason = format_args!("there can be {MAX_RULES}");
            return Err(Error::config("rule", &format!("{} rules", self.rules.len()), reason));
        }
        if let Some(rule) = self.rules.iter().find(|rule| rule.name().is_empty()) {
            return Err(Error::config("rule", rule.name(), "it has no name, and sampling.reason tells it"));
        }
        if let Some((rule, fault)) = self.rules.iter().find_map(|rule| Some((rule, rule.fault()?))) {
            return Err(Error::config("rule", rule.name(), fault));
        }
        self.arena_bytes = self.arena_bytes.max(MIN_ARENA_BYTES).min(queue_bytes / 2);
        self.remember = self.remember.min(MAX_REMEMBER);
        Ok(self)
    }
}
