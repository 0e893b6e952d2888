//! `Link`: a span of a trace in which each is the parent of the next.

use throughline::wire::{SpanKind, Value};
use throughline_collector::Span;

/// What counts of a span.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) service: String,
    pub(crate) kind: SpanKind,
    pub(crate) name: String,
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) parent_id: String,
    /// OTLP's: trace flags, and whether the parent is known to be remote or not.
    pub(crate) flags: u32,
    /// The attribute `correlation.id`.
    pub(crate) correlation_id: Option<String>,
}

// === impl Link ===

impl Link {
    /// From the first one on, each the parent of the next. Panics if they are no such line.
    pub(crate) fn line(spans: &[Link]) -> Vec<Link> {
        let is_first = |link: &&Link| spans.iter().all(|other| other.span_id != link.parent_id);
        let mut line: Vec<Link> = spans.iter().filter(is_first).cloned().collect();
        assert_eq!(line.len(), 1, "one begins it: {spans:#?}");
        while let Some(parent_id) = line.last().map(|link| link.span_id.clone()) {
            let mut children = spans.iter().filter(|link| link.parent_id == parent_id);
            let Some(child) = children.next() else { break };
            assert!(children.next().is_none(), "two children: {spans:#?}");
            line.push(child.clone());
        }
        assert_eq!(line.len(), spans.len(), "{spans:#?}");
        line
    }

    pub(crate) fn of(span: &Span) -> Link {
        let data = span.data();
        let attribute = data.attributes.iter().find(|attribute| attribute.key == "correlation.id");
        Link {
            service: span.service().to_owned(),
            kind: data.kind,
            name: data.name.clone(),
            trace_id: data.trace_id.to_string(),
            span_id: data.span_id.to_string(),
            parent_id: data.parent_span_id.to_string(),
            flags: data.flags,
            correlation_id: attribute.and_then(|attribute| match &attribute.value {
                Value::String(id) => Some(id.clone()),
                _ => None,
            }),
        }
    }
}
