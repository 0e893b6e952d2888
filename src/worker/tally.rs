//! `Tally`: losses add up here until they may be told. Used by the herald.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A kind of loss is told again only after so long.
pub(super) const PAUSE: Duration = Duration::from_secs(60);

/// Says that so many were lost, and why.
pub(super) type Text = Box<dyn Fn(u64) -> String + Send>;

/// Losses by their kind.
#[derive(Default)]
pub(super) struct Tally {
    kinds: BTreeMap<String, Kind>,
}

struct Kind {
    told: Option<Instant>,
    /// Since then.
    count: u64,
    /// Of the last loss: its reason stands for the others.
    text: Text,
}

// === impl Tally ===

impl Tally {
    /// Adds to a kind, and gives what is to be said of it now: nothing, if it was told less than a minute ago.
    pub(super) fn add(&mut self, kind: &str, count: u64, text: Text, now: Instant) -> Option<String> {
        let text = match self.kinds.get_mut(kind) {
            Some(known) => {
                known.count = known.count.saturating_add(count);
                known.text = text;
                known
            }
            None => self.kinds.entry(kind.to_owned()).or_insert(Kind { told: None, count, text }),
        };
        text.due(now, false)
    }

    /// What was held back and is now to be said; at the end that is all.
    pub(super) fn late(&mut self, now: Instant, at_the_end: bool) -> Vec<String> {
        self.kinds.values_mut().filter_map(|kind| kind.due(now, at_the_end)).collect()
    }
}

// === impl Kind ===

impl Kind {
    fn due(&mut self, now: Instant, at_the_end: bool) -> Option<String> {
        let ago = self.told.map(|told| now.saturating_duration_since(told));
        if self.count == 0 || ago.is_some_and(|ago| ago < PAUSE && !at_the_end) {
            return None;
        }
        let said = (self.text)(std::mem::take(&mut self.count));
        self.told = Some(now);
        Some(match ago {
            None => said,
            Some(ago) => format!("{said} (in the {} s since this was last told)", ago.as_secs().max(1)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(reason: &'static str) -> Text {
        Box::new(move |count| format!("{count} lost: {reason}"))
    }

    #[test]
    fn what_comes_within_the_minute_is_told_when_it_is_over_with_its_sum_and_its_last_reason() {
        let (mut tally, start) = (Tally::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(tally.add("dropped", 3, lost("first"), start).as_deref(), Some("3 lost: first"));
        assert_eq!(tally.add("dropped", 4, lost("second"), after(1)), None);
        assert_eq!(tally.add("dropped", 5, lost("third"), after(59)), None);
        assert_eq!(tally.late(after(59), false), Vec::<String>::new());
        assert_eq!(tally.late(after(60), false), ["9 lost: third (in the 60 s since this was last told)"]);
        assert_eq!(tally.late(after(200), false), Vec::<String>::new(), "nothing new");
        let again = tally.add("dropped", 1, lost("fourth"), after(300));
        assert_eq!(again.as_deref(), Some("1 lost: fourth (in the 240 s since this was last told)"));
    }

    #[test]
    fn at_the_end_nothing_is_held_back_and_nothing_told_twice() {
        let (mut tally, now) = (Tally::default(), Instant::now());
        for (kind, first) in [("a", Some("1 lost: a")), ("b", Some("1 lost: b"))] {
            let reason = if kind == "a" { "a" } else { "b" };
            assert_eq!(tally.add(kind, 1, lost(reason), now).as_deref(), first, "each kind by itself");
        }
        assert_eq!(tally.add("b", 2, lost("b"), now), None);
        assert_eq!(tally.late(now, true), ["2 lost: b (in the 1 s since this was last told)"]);
        assert_eq!(tally.late(now, true), Vec::<String>::new());
    }
}
