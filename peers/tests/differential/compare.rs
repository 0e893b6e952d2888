//! Compares two runs of a program: span by span, event by event, link by link, and the order of all times.

use std::collections::BTreeSet;

use crate::difference::{Difference, Differences};
use crate::ids::Names;
use crate::normal::{Attributes, Event, Link, Run, Span};
use crate::pairs::{Pair, event_pairs, link_pairs, span_pairs};
use crate::time;

pub(crate) fn compare(program: &'static str, rival: &Run, ours: &Run) -> Vec<Difference> {
    let mut differences = Differences::of(program);
    let pairs = span_pairs(&rival.spans, &ours.spans);
    let names = (Names::of(&pairs, |pair| pair.0), Names::of(&pairs, |pair| pair.1));
    for pair in &pairs {
        match pair {
            (Some(rival), Some(ours)) => compare_spans(&mut differences, &names, rival, ours),
            (rival, ours) => differences.check("span", "", rival.map(|s| &s.name), ours.map(|s| &s.name)),
        }
    }
    for (which, rival, ours) in time::moved(&pairs) {
        differences.same("time", &which, rival, ours);
    }
    let labels: BTreeSet<_> = rival.notes.iter().chain(&ours.notes).map(|(label, _)| *label).collect();
    for label in labels {
        let of = |run: &Run| run.notes.iter().find(|note| note.0 == label).map(|note| note.1.clone());
        differences.check(&format!("note:{label}"), "", of(rival), of(ours));
    }
    differences.all
}

fn compare_spans(differences: &mut Differences, names: &(Names, Names), rival: &Span, ours: &Span) {
    let which = rival.name.as_str();
    let parent = |names: &Names, span: &Span| match (span.parent, span.parent_is_remote) {
        (0, false) => "none".to_owned(),
        (id, remote) => format!("{}{}", names.span(id), if remote { ", remote" } else { "" }),
    };
    let mut same = |at, rival: String, ours: String| differences.same(at, which, rival, ours);
    same("span.name", rival.name.clone(), ours.name.clone());
    same("span.kind", rival.kind.clone(), ours.kind.clone());
    same("span.trace", names.0.trace(rival.trace), names.1.trace(ours.trace));
    same("span.parent", parent(&names.0, rival), parent(&names.1, ours));
    same("span.status", said(rival), said(ours));
    same("span.tracestate", rival.trace_state.clone(), ours.trace_state.clone());
    compare_flags(differences, "span", which, rival.flags, ours.flags);
    compare_attributes(differences, "span", which, &rival.attributes, &ours.attributes);
    compare_dropped(differences, which, rival, ours);
    for pair in event_pairs(&rival.events, &ours.events) {
        compare_events(differences, which, pair);
    }
    for pair in link_pairs(&rival.links, &ours.links) {
        compare_links(differences, names, which, pair);
    }
}

/// The status in words.
fn said(span: &Span) -> String {
    match span.status.as_str() {
        "Error" => format!("Error({:?})", span.description),
        other => format!("{other}{}", span.description),
    }
}

fn compare_dropped(differences: &mut Differences, which: &str, rival: &Span, ours: &Span) {
    differences.same("span.dropped_attributes", which, rival.dropped_attributes, ours.dropped_attributes);
    differences.same("span.dropped_events", which, rival.dropped_events, ours.dropped_events);
    differences.same("span.dropped_links", which, rival.dropped_links, ours.dropped_links);
}

fn compare_flags(differences: &mut Differences, of: &str, which: &str, rival: u8, ours: u8) {
    for (bit, name) in [(1, "sampled"), (2, "random"), (0xfc, "other")] {
        differences.same(&format!("{of}.flags.{name}"), which, rival & bit != 0, ours & bit != 0);
    }
}

fn compare_events(differences: &mut Differences, which: &str, pair: Pair<'_, Event>) {
    let (Some(rival), Some(ours)) = pair else {
        let name = |event: Option<&Event>| event.map(|event| event.name.clone());
        return differences.check("event", which, name(pair.0), name(pair.1));
    };
    let which = format!("{which} / {}", rival.name);
    differences.same("event.name", &which, &rival.name, &ours.name);
    differences.same("event.dropped_attributes", &which, rival.dropped_attributes, ours.dropped_attributes);
    compare_attributes(differences, "event", &which, &rival.attributes, &ours.attributes);
}

fn compare_links(differences: &mut Differences, names: &(Names, Names), which: &str, pair: Pair<'_, Link>) {
    let target =
        |names: &Names, link: &Link| format!("{} of {}", names.span(link.span), names.trace(link.trace));
    let (Some(rival), Some(ours)) = pair else {
        let (rival, ours) = (pair.0.map(|l| target(&names.0, l)), pair.1.map(|l| target(&names.1, l)));
        return differences.check("link", which, rival, ours);
    };
    differences.same("link.to", which, target(&names.0, rival), target(&names.1, ours));
    differences.same("link.tracestate", which, &rival.trace_state, &ours.trace_state);
    differences.same("link.dropped_attributes", which, rival.dropped_attributes, ours.dropped_attributes);
    compare_flags(differences, "link", which, rival.flags, ours.flags);
    compare_attributes(differences, "link", which, &rival.attributes, &ours.attributes);
}

/// Each key's values; a key that is there several times has them joined by ` and `.
fn compare_attributes(
    differences: &mut Differences,
    of: &str,
    which: &str,
    rival: &Attributes,
    ours: &Attributes,
) {
    let keys: BTreeSet<_> = rival.0.keys().chain(ours.0.keys()).collect();
    for key in keys {
        let joined = |all: &Attributes| all.0.get(key).map(|values| values.join(" and "));
        differences.check(&format!("{of}.attr:{key}"), which, joined(rival), joined(ours));
        // Ours are unique, whatever the other does.
        let count = ours.0.get(key).map_or(1, Vec::len);
        differences.same(&format!("{of}.repeated:{key}"), which, 1, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: u64, parent: u64, start: u64, end: u64) -> Span {
        let attributes = [("code.line.number".to_owned(), id.to_string())];
        Span {
            trace: 1 << 127,
            id: id + (1 << 63),
            parent: if parent == 0 { 0 } else { parent + (1 << 63) },
            parent_is_remote: false,
            flags: 1,
            trace_state: String::new(),
            name: format!("s{id}"),
            kind: "Internal".to_owned(),
            status: "Unset".to_owned(),
            description: String::new(),
            start,
            end,
            attributes: attributes.into_iter().collect(),
            dropped_attributes: 0,
            events: Vec::new(),
            dropped_events: 0,
            links: Vec::new(),
            dropped_links: 0,
        }
    }

    fn run() -> Run {
        Run { spans: vec![span(1, 0, 10, 40), span(2, 1, 20, 30)], notes: vec![("seen", "true".to_owned())] }
    }

    /// What differs when the second run is changed like this.
    fn changed(change: impl FnOnce(&mut Run)) -> Vec<String> {
        let mut other = run();
        change(&mut other);
        compare("planted", &run(), &other).into_iter().map(|difference| difference.at).collect()
    }

    #[test]
    fn runs_that_are_alike_but_for_ids_and_times_have_no_difference() {
        let other = changed(|run| {
            for span in &mut run.spans {
                span.trace -= 5;
                span.id += 100;
                span.start += 7;
                span.end += 9;
            }
            run.spans[1].parent += 100;
        });
        assert_eq!(other, Vec::<String>::new());
    }

    #[test]
    fn every_planted_difference_is_found() {
        let link = Link {
            trace: 7,
            span: 8,
            flags: 1,
            trace_state: String::new(),
            attributes: Attributes::default(),
            dropped_attributes: 0,
        };
        assert_eq!(changed(|run| run.spans[1].name.push('!')), ["span.name"]);
        assert_eq!(changed(|run| run.spans[1].kind = "Server".to_owned()), ["span.kind"]);
        assert_eq!(changed(|run| run.spans[1].parent = 0), ["span.parent"]);
        assert_eq!(changed(|run| run.spans[1].trace = 1 << 126), ["span.trace"]);
        assert_eq!(changed(|run| run.spans[1].parent_is_remote = true), ["span.parent"]);
        assert_eq!(changed(|run| run.spans[0].status = "Ok".to_owned()), ["span.status"]);
        assert_eq!(changed(|run| run.spans[0].flags = 3), ["span.flags.random"]);
        assert_eq!(changed(|run| run.spans[0].trace_state = "a=1".to_owned()), ["span.tracestate"]);
        assert_eq!(changed(|run| run.spans[0].dropped_links = 1), ["span.dropped_links"]);
        assert_eq!(changed(|run| run.spans[0].links.push(link)), ["link"]);
        assert_eq!(changed(|run| run.spans[1].end = 50), ["time"]);
        assert_eq!(changed(|run| run.notes.clear()), ["note:seen"]);
        assert_eq!(changed(|run| drop(run.spans.pop())), ["span"]);
        let double = |run: &mut Run| {
            run.spans[0].attributes.0.insert("twice".to_owned(), vec!["1".to_owned(), "2".to_owned()]);
        };
        assert_eq!(changed(double), ["span.attr:twice", "span.repeated:twice"]);
    }
}
