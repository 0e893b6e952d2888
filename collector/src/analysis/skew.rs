//! How far the clocks of two hosts disagree, judged by children that lie outside their parents.
//!
//! A child on another host than its parent, an unknown host counting as another, is moved so that it lies in the
//! middle of its parent, or, if it is the longer one, does not start before it. What lies below it on the same
//! host moves along. Nothing is applied here: the raw times stay, and the shift is told.

use super::Identified;
use std::collections::HashMap;
use throughline::SpanId;
use throughline::wire::Value;

/// The resource attribute that tells hosts apart, as Jaeger's legacy API reads it.
const HOST: &str = "ip";

/// What the skew analysis found of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skew {
    /// Its clock agrees with its parent's, or nothing can be said.
    None,
    /// Its clock, or that of a span above it, is off by this: nanoseconds to add to its times.
    Shift(i128),
    /// Another span has the same id.
    DuplicateId,
    /// Its parent is not in the trace.
    NoParent,
}

/// Times of a span, nanoseconds since the Unix epoch, an end that is not after the start counting as 1 later.
#[derive(Clone, Copy)]
struct Times {
    start: i128,
    end: i128,
}

/// What is found of each span, in the order of `spans`.
pub(crate) fn skews(spans: &[Identified<'_>]) -> Vec<Skew> {
    let mut found = vec![Skew::None; spans.len()];
    let mut by_id: HashMap<SpanId, usize> = HashMap::with_capacity(spans.len());
    for (at, span) in spans.iter().enumerate() {
        if *by_id.entry(span.id).or_insert(at) != at {
            found[at] = Skew::DuplicateId;
        }
    }
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
    let mut open = Vec::new();
    for (at, span) in spans.iter().enumerate() {
        if found[at] == Skew::DuplicateId {
            continue;
        }
        match by_id.get(&span.parent) {
            _ if !span.parent.is_valid() => open.push((at, None, 0)),
            Some(&parent) => children[parent].push(at),
            None => {
                found[at] = Skew::NoParent;
                open.push((at, None, 0));
            }
        }
    }
    // Spans of a cycle are below no root, so that they are not reached.
    while let Some((at, parent, inherited)) = open.pop() {
        let shift = parent.map_or(0, |parent| shift_below(spans, at, parent, inherited));
        if shift != 0 {
            found[at] = Skew::Shift(shift);
        }
        open.extend(children[at].iter().map(|&child| (child, Some(at), shift)));
    }
    found
}

fn shift_below(spans: &[Identified<'_>], child: usize, parent: usize, inherited: i128) -> i128 {
    let (host, parent_host) = (host(&spans[child]), host(&spans[parent]));
    if host.is_some() && host == parent_host {
        return inherited;
    }
    shift(times(&spans[child]), times(&spans[parent]))
}

fn shift(child: Times, parent: Times) -> i128 {
    let (child_length, parent_length) = (child.end - child.start, parent.end - parent.start);
    if child_length > parent_length {
        return (parent.start - child.start).max(0);
    }
    if child.start >= parent.start && child.end <= parent.end {
        return 0;
    }
    parent.start + (parent_length - child_length) / 2 - child.start
}

fn times(span: &Identified<'_>) -> Times {
    let start = i128::from(span.span.data().start_unix_nanos);
    Times { start, end: i128::from(span.span.data().end_unix_nanos).max(start + 1) }
}

fn host<'t>(span: &Identified<'t>) -> Option<&'t str> {
    let attributes = &span.span.source().resource().attributes;
    attributes.iter().find(|a| a.key == HOST).and_then(|a| match &a.value {
        Value::String(host) if !host.is_empty() => Some(host.as_str()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(start: i128, end: i128) -> Times {
        Times { start, end }
    }

    #[test]
    fn a_shorter_child_is_centred_and_a_longer_one_only_kept_from_starting_early() {
        let parent = times(100, 200);
        assert_eq!(shift(times(120, 180), parent), 0);
        assert_eq!(shift(times(0, 50), parent), 125);
        assert_eq!(shift(times(190, 250), parent), -70);
        assert_eq!(shift(times(50, 250), parent), 50);
        assert_eq!(shift(times(150, 350), parent), 0);
    }
}
