//! `Tree`: a trace in the order of a waterfall, each span below its parent, children by start.

use super::{Identified, identify};
use crate::store::{Log, Span, Trace};
use std::collections::HashMap;
use std::fmt;
use throughline::SpanId;

/// No row, no span.
const NONE: usize = usize::MAX;

/// A trace in preorder: each span directly after its parent and its earlier siblings' subtrees.
#[derive(Clone, Debug)]
pub struct Tree<'t> {
    rows: Vec<Row<'t>>,
    start_unix_nanos: u64,
    end_unix_nanos: u64,
}

/// One span of a [`Tree`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row<'t> {
    /// The span.
    pub span: &'t Span,
    /// The id that it goes by: its own, unless a client and a server span share one.
    pub id: SpanId,
    /// How many spans are above it.
    pub depth: u32,
    /// How many rows its subtree has, itself included.
    pub subtree: u32,
    /// How many spans below it have an error for status.
    pub errors_below: u32,
    /// What is odd about it.
    pub warnings: Vec<Warning>,
}

/// What is odd about a span of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Its parent has not arrived; it stands at the top.
    Orphan(SpanId),
    /// It is its own ancestor; the circle is cut here.
    Cycle,
    /// Another span of the trace has the same id.
    DuplicateId,
    /// It ends before it starts.
    EndsBeforeStart,
    /// It has no start time.
    NoStart,
}

/// Spans by place, linked to their children; places are by start, then id.
struct Links<'t> {
    spans: Vec<Identified<'t>>,
    parent: Vec<usize>,
    first_child: Vec<usize>,
    next_sibling: Vec<usize>,
    warnings: Vec<Vec<Warning>>,
    roots: Vec<usize>,
}

// === impl Tree ===

impl<'t> Tree<'t> {
    /// The tree of `trace`.
    #[must_use]
    pub fn new(trace: &'t Trace) -> Self {
        let mut links = Links::new(identify(trace));
        links.cut_cycles();
        let rows = links.preorder();
        let starts = rows.iter().map(|row| row.span.data().start_unix_nanos);
        let start_unix_nanos = starts.clone().filter(|start| *start != 0).min().unwrap_or(0);
        let ends = rows.iter().map(|row| row.span.data().end_unix_nanos);
        let end_unix_nanos = ends.chain(starts).max().unwrap_or(0);
        // Without spans the log records are all there is to go by.
        let times = || trace.logs().map(Log::unix_nanos).filter(|time| *time != 0 && rows.is_empty());
        let start_unix_nanos = times().min().unwrap_or(start_unix_nanos);
        let end_unix_nanos = times().max().unwrap_or(end_unix_nanos);
        Tree { rows, start_unix_nanos, end_unix_nanos }
    }

    /// The spans in preorder.
    #[must_use]
    pub fn rows(&self) -> &[Row<'t>] {
        &self.rows
    }

    /// The earliest start, nanoseconds since the Unix epoch; spans without one do not count, and log records only if
    /// there are no spans.
    #[must_use]
    pub fn start_unix_nanos(&self) -> u64 {
        self.start_unix_nanos
    }

    /// From the earliest start to the latest end, nanoseconds.
    #[must_use]
    pub fn duration_nanos(&self) -> u64 {
        self.end_unix_nanos.saturating_sub(self.start_unix_nanos)
    }
}

// === impl Warning ===

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Orphan(parent) => write!(f, "the parent {parent} is not in the trace"),
            Warning::Cycle => f.write_str("the span is its own ancestor; the circle is cut here"),
            Warning::DuplicateId => f.write_str("another span has the same id"),
            Warning::EndsBeforeStart => f.write_str("the span ends before it starts"),
            Warning::NoStart => f.write_str("the span has no start time"),
        }
    }
}

// === impl Links ===

impl<'t> Links<'t> {
    fn new(mut spans: Vec<Identified<'t>>) -> Self {
        spans.sort_by_key(|s| (s.span.data().start_unix_nanos, s.id, s.span.data().end_unix_nanos));
        let count = spans.len();
        let mut warnings: Vec<Vec<Warning>> = spans.iter().map(|s| time_warnings(s.span)).collect();
        let mut by_id: HashMap<SpanId, usize> = HashMap::with_capacity(count);
        for (at, span) in spans.iter().enumerate() {
            let first = *by_id.entry(span.id).or_insert(at);
            if first != at {
                warnings[at].push(Warning::DuplicateId);
            }
        }
        let mut links = Links {
            parent: vec![NONE; count],
            first_child: vec![NONE; count],
            next_sibling: vec![NONE; count],
            warnings,
            roots: Vec::new(),
            spans,
        };
        // From the last to the first, so that each list of children comes out by start.
        for at in (0..count).rev() {
            let parent = links.spans[at].parent;
            match by_id.get(&parent) {
                _ if !parent.is_valid() => links.roots.push(at),
                Some(&above) => {
                    links.parent[at] = above;
                    links.next_sibling[at] = links.first_child[above];
                    links.first_child[above] = at;
                }
                None => {
                    links.warnings[at].push(Warning::Orphan(parent));
                    links.roots.push(at);
                }
            }
        }
        links.roots.reverse();
        links
    }

    /// Makes the earliest span of each circle of parents a root.
    fn cut_cycles(&mut self) {
        // Each span is walked over once: 0 = not yet, else the number of the walk that met it.
        let mut met = vec![0; self.spans.len()];
        for start in 0..self.spans.len() {
            let walk = start + 1;
            let mut at = start;
            while at != NONE && met[at] == 0 {
                met[at] = walk;
                at = self.parent[at];
            }
            if at != NONE && met[at] == walk {
                self.cut_cycle_through(at);
            }
        }
        self.roots.sort_unstable();
    }

    fn cut_cycle_through(&mut self, member: usize) {
        let (mut earliest, mut at) = (member, self.parent[member]);
        while at != member {
            earliest = earliest.min(at);
            at = self.parent[at];
        }
        self.unlink(earliest);
        self.warnings[earliest].push(Warning::Cycle);
        self.roots.push(earliest);
    }

    fn unlink(&mut self, at: usize) {
        let parent = std::mem::replace(&mut self.parent[at], NONE);
        if self.first_child[parent] == at {
            self.first_child[parent] = self.next_sibling[at];
            return;
        }
        let mut sibling = self.first_child[parent];
        while self.next_sibling[sibling] != at {
            sibling = self.next_sibling[sibling];
        }
        self.next_sibling[sibling] = self.next_sibling[at];
    }

    fn preorder(mut self) -> Vec<Row<'t>> {
        let mut rows: Vec<Row<'t>> = Vec::with_capacity(self.spans.len());
        let mut above: Vec<usize> = Vec::with_capacity(self.spans.len());
        // What is still to come: a span, its depth, and its parent's row.
        let mut open: Vec<(usize, u32, usize)> =
            self.roots.iter().rev().map(|&root| (root, 0, NONE)).collect();
        while let Some((at, depth, parent_row)) = open.pop() {
            let row = rows.len();
            let Identified { span, id, .. } = self.spans[at];
            let warnings = std::mem::take(&mut self.warnings[at]);
            rows.push(Row { span, id, depth, subtree: 1, errors_below: 0, warnings });
            above.push(parent_row);
            let first = open.len();
            let mut child = self.first_child[at];
            while child != NONE {
                open.push((child, depth + 1, row));
                child = self.next_sibling[child];
            }
            open[first..].reverse();
        }
        for row in (0..rows.len()).rev().filter(|&row| above[row] != NONE) {
            let (subtree, errors) =
                (rows[row].subtree, rows[row].errors_below + u32::from(rows[row].span.is_error()));
            rows[above[row]].subtree += subtree;
            rows[above[row]].errors_below += errors;
        }
        rows
    }
}

fn time_warnings(span: &Span) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if span.data().start_unix_nanos == 0 {
        warnings.push(Warning::NoStart);
    }
    if span.data().end_unix_nanos < span.data().start_unix_nanos {
        warnings.push(Warning::EndsBeforeStart);
    }
    warnings
}
