//! `Choice`: what became of a local trace, and why.

use super::glance;

/// Kept or dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) kept: bool,
    pub(super) reason: Reason,
}

/// Why, as `sampling.reason` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Error,
    Slow,
    /// By the rule of this number.
    Rule(u8),
    Percentile,
    /// Another part of the same trace was kept for what it is.
    Trace,
    Ratio,
    /// By the ratio, or dropped, while the budget was short.
    Budget,
    /// By the ratio, before it ended.
    Limit,
    /// By the ratio, at the end of the program, before it ended.
    Shutdown,
}

// === impl Choice ===

impl Choice {
    pub(super) fn kept(reason: Reason) -> Choice {
        Choice { kept: true, reason }
    }

    /// Whether it was kept for what it is, and not by chance.
    pub(super) fn is_bad(self) -> bool {
        self.kept && self.reason.index() < Reason::Ratio.index()
    }

    /// As a number, which is never 0.
    pub(super) fn to_code(self) -> u16 {
        let rule = if let Reason::Rule(number) = self.reason { u16::from(number) } else { 0 };
        1 | u16::from(self.kept) << 1 | (self.reason.index() as u16) << 2 | rule << 8
    }

    pub(super) fn from_code(code: u16) -> Option<Choice> {
        let reason = match Reason::all().nth(usize::from(code >> 2 & 0x3f))? {
            Reason::Rule(_) => Reason::Rule((code >> 8) as u8),
            plain => plain,
        };
        (code & 1 == 1).then_some(Choice { kept: code & 2 != 0, reason })
    }
}

// === impl Reason ===

impl Reason {
    /// How many kinds there are.
    pub(crate) const COUNT: usize = 9;
    /// The attribute that tells it.
    pub(crate) const KEY: &str = "sampling.reason";

    /// Whether a span's message has one already.
    pub(crate) fn is_told(message: &[u8]) -> bool {
        glance::has_attribute(message, Self::KEY)
    }

    pub(crate) const fn index(self) -> usize {
        match self {
            Reason::Error => 0,
            Reason::Slow => 1,
            Reason::Rule(_) => 2,
            Reason::Percentile => 3,
            Reason::Trace => 4,
            Reason::Ratio => 5,
            Reason::Budget => 6,
            Reason::Limit => 7,
            Reason::Shutdown => 8,
        }
    }

    /// All, in the order of their indices; the first rule stands for all rules.
    pub(super) fn all() -> impl Iterator<Item = Reason> {
        [
            Reason::Error,
            Reason::Slow,
            Reason::Rule(0),
            Reason::Percentile,
            Reason::Trace,
            Reason::Ratio,
            Reason::Budget,
            Reason::Limit,
            Reason::Shutdown,
        ]
        .into_iter()
    }

    /// The value of `sampling.reason`; of a rule `rule:` and its name.
    pub(super) fn text(self, rules: &[super::Rule]) -> String {
        let word = match self {
            Reason::Rule(number) => {
                let name = rules.get(usize::from(number)).map_or("", |rule| rule.name());
                return format!("rule:{name}");
            }
            Reason::Error => "error",
            Reason::Slow => "slow",
            Reason::Percentile => "percentile",
            Reason::Trace => "trace",
            Reason::Ratio => "ratio",
            Reason::Budget => "budget",
            Reason::Limit => "limit",
            Reason::Shutdown => "shutdown",
        };
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_comes_back_from_its_number() {
        assert!(Reason::all().map(Reason::index).eq(0..Reason::COUNT));
        for reason in Reason::all().chain([1, 63, 255].map(Reason::Rule)) {
            for kept in [true, false] {
                let choice = Choice { kept, reason };
                assert_ne!(choice.to_code(), 0);
                assert_eq!(Choice::from_code(choice.to_code()), Some(choice));
            }
        }
        assert_eq!(Choice::from_code(0), None);
    }

    #[test]
    fn bad_is_what_was_kept_for_what_it_is() {
        let bad = [Reason::Error, Reason::Slow, Reason::Rule(3), Reason::Percentile, Reason::Trace];
        let by_chance = [Reason::Ratio, Reason::Budget, Reason::Limit, Reason::Shutdown];
        assert!(bad.into_iter().all(|reason| Choice::kept(reason).is_bad()));
        assert!(!by_chance.into_iter().any(|reason| Choice::kept(reason).is_bad()));
        assert!(!Choice { kept: false, reason: Reason::Rule(0) }.is_bad());
    }
}
