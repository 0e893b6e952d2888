//! `Trace`: the spans of a capture, as trees.

use super::picture;
use super::{CapturedSpan, one_named};
use crate::wire::SpanData;
use std::collections::HashMap;
use std::fmt;

/// What a capture has recorded: the spans as trees, in the order in which they were started.
///
/// Prints as [a picture](super#the-picture), also by `Debug`.
#[derive(Clone)]
pub struct Trace {
    pub(super) nodes: Vec<Node>,
    pub(super) roots: Vec<usize>,
    pub(super) masked: Vec<String>,
}

/// A span and its place.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) data: SpanData,
    pub(super) unfinished: bool,
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
}

// === impl Trace ===

impl Trace {
    /// Puts spans, in the order of their start, each with whether it is unfinished, into trees.
    pub(super) fn new(spans: Vec<(SpanData, bool)>) -> Trace {
        let places: HashMap<_, _> =
            spans.iter().enumerate().map(|(at, (data, _))| ((data.trace_id, data.span_id), at)).collect();
        let node = |(data, unfinished): (SpanData, bool)| {
            let parent = places.get(&(data.trace_id, data.parent_span_id)).copied();
            Node { data, unfinished, parent, children: Vec::new() }
        };
        let mut trace =
            Trace { nodes: spans.into_iter().map(node).collect(), roots: Vec::new(), masked: Vec::new() };
        for at in 0..trace.nodes.len() {
            match trace.nodes[at].parent.filter(|_| !trace.is_its_own_ancestor(at)) {
                Some(parent) => trace.nodes[parent].children.push(at),
                None => {
                    trace.nodes[at].parent = None;
                    trace.roots.push(at);
                }
            }
        }
        trace
    }

    /// A generator of the program's own may give an id twice.
    fn is_its_own_ancestor(&self, at: usize) -> bool {
        // Somewhere on a ring there is a span whose parent began later, or which is its own.
        let begins_the_walk = self.nodes[at].parent.is_some_and(|parent| parent >= at);
        begins_the_walk
            && std::iter::successors(self.nodes[at].parent, |next| self.nodes[*next].parent)
                .take(self.nodes.len())
                .any(|ancestor| ancestor == at)
    }

    /// All spans, in the order in which they were started.
    #[must_use]
    pub fn spans(&self) -> Vec<CapturedSpan<'_>> {
        (0..self.nodes.len()).map(|at| CapturedSpan::new(self, at)).collect()
    }

    /// The spans that hang under no other span of the capture.
    #[must_use]
    pub fn roots(&self) -> Vec<CapturedSpan<'_>> {
        self.roots.iter().map(|at| CapturedSpan::new(self, *at)).collect()
    }

    /// The span with this name.
    ///
    /// # Panics
    ///
    /// If there is none or more than one; the message has the picture. For one of several, search
    /// [`spans`](Trace::spans).
    #[track_caller]
    #[must_use]
    pub fn span(&self, name: &str) -> CapturedSpan<'_> {
        one_named("span", name, self.spans(), CapturedSpan::name, || self.to_string())
    }

    /// The same with siblings ordered by name, and where names are equal by all else that the picture shows of them.
    /// For work that is done at the same time, whose order is left to chance.
    #[must_use]
    pub fn sorted(mut self) -> Trace {
        let mut keys: Vec<String> = vec![String::new(); self.nodes.len()];
        for (at, _) in self.walk(&self.roots).into_iter().rev() {
            let mut children = std::mem::take(&mut self.nodes[at].children);
            children.sort_by(|one, other| keys[*one].cmp(&keys[*other]));
            let below = children.iter().map(|child| keys[*child].as_str());
            keys[at] = std::iter::once(picture::sort_key(&self, at).as_str()).chain(below).collect();
            self.nodes[at].children = children;
        }
        self.roots.sort_by(|one, other| keys[*one].cmp(&keys[*other]));
        self
    }

    /// The same with `_` in the picture for the value of every attribute with this key: for durations, ports and
    /// whatever else is never the same.
    ///
    /// ```
    /// use throughline::testing::{assert_tree, capture};
    ///
    /// let trace = capture(|| tracing::info_span!("bind", port = std::process::id()));
    /// assert_tree!(trace.mask("port"), "bind port=_");
    /// ```
    #[must_use]
    pub fn mask(mut self, key: &str) -> Trace {
        self.masked.push(key.to_owned());
        self
    }

    /// These spans and all below them, each before its children, with how deep they are.
    pub(super) fn walk(&self, from: &[usize]) -> Vec<(usize, usize)> {
        let mut stack: Vec<_> = from.iter().rev().map(|at| (*at, 0)).collect();
        let mut order = Vec::new();
        while let Some((at, depth)) = stack.pop() {
            order.push((at, depth));
            stack.extend(self.nodes[at].children.iter().rev().map(|child| (*child, depth + 1)));
        }
        order
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&picture::lines(self, &self.roots).join("\n"))
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
