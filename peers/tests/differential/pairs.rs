//! Pairs: which span, event or link of one run is which of the other.

use std::collections::BTreeSet;

use crate::normal::{Event, Link, Span, places};

/// The two spans, or events, or links, that are the same one in both runs; or the one that the other run has not.
pub(crate) type Pair<'a, T> = (Option<&'a T>, Option<&'a T>);

pub(crate) fn span_pairs<'a>(rival: &'a [Span], ours: &'a [Span]) -> Vec<Pair<'a, Span>> {
    let place = |spans: &'a [Span]| places(spans.iter().map(|span| (&span.attributes, span.name.as_str())));
    let mut pairs = paired(rival, place(rival), ours, place(ours));
    pair_by_name(&mut pairs);
    pairs.sort_by_key(|(rival, ours)| match (rival, ours) {
        (Some(rival), _) => (0, rival.start),
        (_, Some(ours)) => (1, ours.start),
        _ => (2, 0),
    });
    pairs
}

/// Pairs what is left and has the same name: over the limit of attributes the line may be missing.
fn pair_by_name<'a>(pairs: &mut Vec<Pair<'a, Span>>) {
    let alone = |pair: &Pair<'a, Span>| pair.0.is_none().then_some(pair.1).flatten();
    let mut left: Vec<_> = pairs.iter().filter_map(alone).collect();
    pairs.retain(|pair| pair.0.is_some());
    for (rival, ours) in pairs.iter_mut().filter(|pair| pair.1.is_none()) {
        let named = left.iter().position(|span| rival.is_some_and(|rival| rival.name == span.name));
        *ours = named.map(|index| left.remove(index));
    }
    pairs.extend(left.into_iter().map(|span| (None, Some(span))));
}

pub(crate) fn event_pairs<'a>(rival: &'a [Event], ours: &'a [Event]) -> Vec<Pair<'a, Event>> {
    if rival.len() == ours.len() {
        return rival.iter().map(Some).zip(ours.iter().map(Some)).collect();
    }
    let place = |all: &'a [Event]| places(all.iter().map(|event| (&event.attributes, event.name.as_str())));
    paired(rival, place(rival), ours, place(ours))
}

pub(crate) fn link_pairs<'a>(rival: &'a [Link], ours: &'a [Link]) -> Vec<Pair<'a, Link>> {
    let longer = rival.len().max(ours.len());
    (0..longer).map(|index| (rival.get(index), ours.get(index))).collect()
}

/// Pairs what was made at the same place; then what only one run has.
fn paired<'a, T, K: Ord + Clone>(
    rival: &'a [T],
    rival_keys: Vec<K>,
    ours: &'a [T],
    our_keys: Vec<K>,
) -> Vec<Pair<'a, T>> {
    let find = |key: &K| our_keys.iter().position(|other| other == key).map(|index| &ours[index]);
    let mut pairs: Vec<_> =
        rival.iter().zip(&rival_keys).map(|(item, key)| (Some(item), find(key))).collect();
    let rivals: BTreeSet<_> = rival_keys.iter().cloned().collect();
    pairs.extend(
        ours.iter().zip(&our_keys).filter(|(_, key)| !rivals.contains(*key)).map(|(s, _)| (None, Some(s))),
    );
    pairs
}
