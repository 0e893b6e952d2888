//! What one run recorded: the same form for both layers, then made independent of the run.

use std::collections::{BTreeMap, HashMap};

/// All that one run of a program left.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) spans: Vec<Span>,
    /// What the program noted.
    pub(crate) notes: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) trace: u128,
    pub(crate) id: u64,
    /// 0: none.
    pub(crate) parent: u64,
    pub(crate) parent_is_remote: bool,
    pub(crate) flags: u8,
    pub(crate) trace_state: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) description: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) attributes: Attributes,
    pub(crate) dropped_attributes: u32,
    pub(crate) events: Vec<Event>,
    pub(crate) dropped_events: u32,
    pub(crate) links: Vec<Link>,
    pub(crate) dropped_links: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) time: u64,
    pub(crate) name: String,
    pub(crate) attributes: Attributes,
    pub(crate) dropped_attributes: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) trace: u128,
    pub(crate) span: u64,
    pub(crate) flags: u8,
    pub(crate) trace_state: String,
    pub(crate) attributes: Attributes,
    pub(crate) dropped_attributes: u32,
}

/// Values by key, as text. A key that is there more than once keeps all its values, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes(pub(crate) BTreeMap<String, Vec<String>>);

/// Where a span or an event was made: the line of its callsite, and the how-manieth it is from there. It tells
/// which span of one run is which of the other.
pub(crate) type Place = (String, usize);

// === impl Attributes ===

impl FromIterator<(String, String)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        let mut values = BTreeMap::<_, Vec<_>>::new();
        for (key, value) in pairs {
            values.entry(key).or_default().push(value);
        }
        Attributes(values)
    }
}

impl Attributes {
    pub(crate) fn first(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|values| values.first()).map(String::as_str)
    }
}

/// Sorts spans and events by time, and gives names to what is a different number in every run: the ids of threads,
/// and how long a span was busy.
pub(crate) fn normalised(mut run: Run) -> Run {
    run.spans.sort_by_key(|span| span.start);
    let mut threads = HashMap::new();
    for span in &mut run.spans {
        span.events.sort_by_key(|event| event.time);
        for (key, values) in &mut span.attributes.0 {
            for value in values.iter_mut().filter(|value| value.parse::<i64>().is_ok()) {
                if key == "thread.id" {
                    let number = threads.len() + 1;
                    *value = format!("thread {}", threads.entry(value.clone()).or_insert(number));
                } else if key == "busy_ns" || key == "idle_ns" {
                    "some time".clone_into(value);
                }
            }
        }
    }
    run
}

/// Where each of these was made.
pub(crate) fn places<'a>(all: impl Iterator<Item = (&'a Attributes, &'a str)>) -> Vec<Place> {
    let mut seen = HashMap::<String, usize>::new();
    all.map(|(attributes, name)| {
        let line = attributes.first("code.line.number").map_or_else(|| name.to_owned(), str::to_owned);
        let rank = seen.entry(line.clone()).or_default();
        *rank += 1;
        (line, *rank)
    })
    .collect()
}
