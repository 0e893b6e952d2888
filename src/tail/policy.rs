//! `Policy`: decides a local trace by what is known of it.

use super::Tail;
use super::budget::Budget;
use super::choice::{Choice, Reason};
use super::durations::Durations;
use super::glance;
use super::ledger::TailCounts;
use super::part::{Facts, Key};
use crate::buffer::frame::{FLAG_LOCAL_ROOT, FLAG_TRACE_STATE, Frame};
use crate::sampler::{Thinning, without_threshold};
use crate::wire::put_key_value_str;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// `attributes` of the OTLP `Span`.
const ATTRIBUTES: u32 = 9;

/// What a program said, worked out.
#[derive(Debug)]
pub(super) struct Policy {
    tail: Tail,
    thinning: Thinning,
    durations: Option<Durations>,
    budget: Option<Budget>,
    /// Attributes as fields of a span: by [`Reason::index`], and by rule.
    reasons: Vec<Vec<u8>>,
    rules: Vec<Vec<u8>>,
    looks_at_spans: bool,
    looks_at_root: bool,
}

// === impl Policy ===

impl Policy {
    pub(super) fn new(tail: Tail, now: Instant) -> Policy {
        let attribute = |reason: Reason| {
            let mut bytes = Vec::new();
            put_key_value_str(&mut bytes, ATTRIBUTES, Reason::KEY, &reason.text(&tail.rules));
            bytes
        };
        let reasons = Reason::all().map(attribute).collect();
        let rules = (0..tail.rules.len()).map(|number| attribute(Reason::Rule(number as u8))).collect();
        Policy {
            thinning: Thinning::new(tail.ratio),
            durations: tail.percentile.map(Durations::new),
            budget: tail.budget.map(|spans| Budget::new(spans as f64, now)),
            reasons,
            rules,
            looks_at_spans: tail.rules.iter().any(|rule| rule.looks_at_spans()),
            looks_at_root: tail.percentile.is_some() || tail.rules.iter().any(|rule| rule.looks_at_root()),
            tail,
        }
    }

    /// Takes in what a span's message says, as far as anything depends on it. How many rules panicked.
    #[inline]
    pub(super) fn look(&mut self, facts: &mut Facts, frame: Frame<'_>, is_root: bool) -> u64 {
        if frame.flags() & FLAG_TRACE_STATE != 0 && (is_root || facts.trace_state.is_none()) {
            facts.trace_state = Some(glance::trace_state(frame.message()).into());
        }
        if is_root && self.looks_at_root {
            self.look_at_root(facts, frame);
        }
        if self.looks_at_spans { self.look_at_span(facts, frame) } else { 0 }
    }

    fn look_at_root(&mut self, facts: &mut Facts, frame: Frame<'_>) {
        let name = glance::name(frame.message());
        if let (Some(durations), Some(root)) = (&mut self.durations, &mut facts.root) {
            root.durations = durations.of(name);
        }
        for (number, rule) in self.tail.rules.iter().enumerate() {
            facts.root_matched |= u64::from(rule.matches_root(name)) << number;
        }
    }

    fn look_at_span(&self, facts: &mut Facts, frame: Frame<'_>) -> u64 {
        let mut panics = 0;
        for (number, rule) in self.tail.rules.iter().enumerate() {
            if rule.looks_at_spans() && facts.spans_matched >> number & 1 == 0 {
                let matched = catch_unwind(AssertUnwindSafe(|| rule.matches_span(frame)));
                panics += u64::from(matched.is_err());
                facts.spans_matched |= u64::from(matched.unwrap_or(false)) << number;
            }
        }
        panics
    }

    /// Decides. `early`: it has not ended. `of_trace`: what became of another part of its trace.
    pub(super) fn choose(
        &mut self,
        key: Key,
        facts: &Facts,
        early: Option<Reason>,
        of_trace: impl FnOnce() -> Option<Choice>,
        (now, counts): (Instant, &mut TailCounts),
    ) -> Choice {
        let over = self.is_over_percentile(facts);
        let choice = match self.by_what_it_is(facts, over) {
            None if of_trace().is_some_and(Choice::is_bad) => Choice::kept(Reason::Trace),
            None => return self.by_chance(key, facts, early, (now, counts)),
            Some(choice) => choice,
        };
        if let Some(budget) = self.budget.as_mut().filter(|_| choice.kept)
            && !budget.take(facts.spans, now)
        {
            counts.beyond_budget += facts.spans;
        }
        choice
    }

    fn by_what_it_is(&self, facts: &Facts, over: bool) -> Option<Choice> {
        if facts.error {
            return Some(Choice::kept(Reason::Error));
        }
        if self.tail.slower_than.is_some_and(|time| u128::from(facts.nanos()) >= time.as_nanos()) {
            return Some(Choice::kept(Reason::Slow));
        }
        let matched = |(number, rule): &(usize, &super::Rule)| rule.matches(facts, 1 << number);
        if let Some((number, rule)) = self.tail.rules.iter().enumerate().find(matched) {
            return Some(Choice { kept: rule.keep, reason: Reason::Rule(number as u8) });
        }
        over.then(|| Choice::kept(Reason::Percentile))
    }

    /// Asked of each trace that has ended, whatever else is said of it: the estimate is of all.
    fn is_over_percentile(&mut self, facts: &Facts) -> bool {
        let root = facts.root.filter(|root| !root.unfinished);
        match (&mut self.durations, root) {
            (Some(durations), Some(root)) => durations.is_over(root.durations, root.nanos),
            _ => false,
        }
    }

    fn by_chance(
        &mut self,
        key: Key,
        facts: &Facts,
        early: Option<Reason>,
        (now, counts): (Instant, &mut TailCounts),
    ) -> Choice {
        let reason = early.unwrap_or(Reason::Ratio);
        if !self.thinning.admits(facts.trace_state.as_deref().unwrap_or_default(), key.trace_id) {
            return Choice { kept: false, reason };
        }
        let Some(budget) = &mut self.budget else { return Choice::kept(reason) };
        if !budget.allows(facts.spans, now) {
            counts.over_budget += 1;
            return Choice { kept: false, reason: Reason::Budget };
        }
        Choice::kept(if budget.is_short() { Reason::Budget } else { reason })
    }

    /// Whether anything may have to be added to a frame that is kept.
    #[inline]
    pub(super) fn may_add(&self, choice: Choice, frame: Frame<'_>) -> bool {
        let states = match choice.reason {
            Reason::Ratio | Reason::Limit | Reason::Shutdown => !self.thinning.is_whole(),
            _ => frame.flags() & FLAG_TRACE_STATE != 0,
        };
        states || frame.flags() & FLAG_LOCAL_ROOT != 0
    }

    /// The attribute that tells it, for a local root; nothing if the program has one of that name.
    pub(super) fn attribute(&self, choice: Choice, frame: Frame<'_>) -> &[u8] {
        if frame.flags() & FLAG_LOCAL_ROOT == 0 || Reason::is_told(frame.message()) {
            return &[];
        }
        match choice.reason {
            Reason::Rule(number) => self.rules.get(usize::from(number)).map_or(&[], Vec::as_slice),
            reason => self.reasons.get(reason.index()).map_or(&[], Vec::as_slice),
        }
    }

    /// The trace state that a kept span is to have; `None`: the one that it has.
    pub(super) fn trace_state(&self, choice: Choice, frame: Frame<'_>) -> Option<Cow<'_, str>> {
        let has_one = frame.flags() & FLAG_TRACE_STATE != 0;
        let before = || if has_one { glance::trace_state(frame.message()) } else { "" };
        match choice.reason {
            Reason::Ratio | Reason::Limit | Reason::Shutdown if self.thinning.is_whole() => None,
            Reason::Ratio | Reason::Limit | Reason::Shutdown => self.thinning.trace_state_of_chosen(before()),
            _ if has_one => without_threshold(before()).map(Cow::Owned),
            _ => None,
        }
    }

    /// Whether a local trace has waited too long.
    pub(super) fn is_over_time(&self, since: Instant, now: Instant) -> bool {
        now.saturating_duration_since(since) >= self.tail.wait
    }

    pub(super) fn arena_bytes(&self) -> usize {
        self.tail.arena_bytes
    }
}
