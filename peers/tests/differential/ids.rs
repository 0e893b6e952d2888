//! `Names`: ids are other numbers in every run; they are told by what they are the ids of.

use std::collections::HashMap;

use crate::normal::Span;
use crate::pairs::Pair;

/// Names for the ids of one run: those of pairs are the same in both.
pub(crate) struct Names {
    traces: HashMap<u128, String>,
    spans: HashMap<u64, String>,
}

// === impl Names ===

impl Names {
    pub(crate) fn of<'a>(
        pairs: &[Pair<'a, Span>],
        side: impl Fn(&Pair<'a, Span>) -> Option<&'a Span>,
    ) -> Names {
        let mut names = Names { traces: HashMap::new(), spans: HashMap::new() };
        // Numbered by pair, so that a span which only one run has does not shift the names of the rest.
        for (number, span) in pairs.iter().map(side).enumerate() {
            let Some(span) = span else { continue };
            names.spans.insert(span.id, format!("span {}", number + 1));
            let first = format!("trace of span {}", number + 1);
            names.traces.entry(span.trace).or_insert(first);
        }
        names
    }

    pub(crate) fn span(&self, id: u64) -> String {
        made_up(id.into()).or_else(|| self.spans.get(&id).cloned()).unwrap_or_else(|| UNKNOWN.to_owned())
    }

    pub(crate) fn trace(&self, id: u128) -> String {
        made_up(id).or_else(|| self.traces.get(&id).cloned()).unwrap_or_else(|| UNKNOWN.to_owned())
    }
}

/// An id of something that was not exported.
const UNKNOWN: &str = "something not exported";

/// Ids that the corpus made up are the same in both runs.
fn made_up(id: u128) -> Option<String> {
    (id < 1 << 16 || id >> 96 == 0xaaaa_0000).then(|| format!("{id:x}"))
}
