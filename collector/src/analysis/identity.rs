//! The id and the parent of each span, once ids that two spans share by design are told apart.
//!
//! Zipkin's senders give a server span the id of its client's. Such a server span gets an id of its own, the
//! client for parent, and the children that name the shared id.

use crate::store::{Span, Trace};
use std::collections::{HashMap, HashSet};
use throughline::SpanId;
use throughline::wire::SpanKind;

/// A span with the id and parent that it goes by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identified<'t> {
    pub(crate) span: &'t Span,
    pub(crate) id: SpanId,
    pub(crate) parent: SpanId,
}

/// The spans of a trace in the order of arrival, each with the id and parent that it goes by.
pub(crate) fn identify(trace: &Trace) -> Vec<Identified<'_>> {
    let mut spans: Vec<Identified<'_>> = trace
        .spans()
        .map(|span| Identified { span, id: span.data().span_id, parent: span.data().parent_span_id })
        .collect();
    let clients: HashSet<SpanId> =
        spans.iter().filter(|s| s.span.data().kind == SpanKind::Client).map(|s| s.id).collect();
    let shares = |s: &Identified<'_>| s.span.data().kind == SpanKind::Server && clients.contains(&s.id);
    if clients.is_empty() || !spans.iter().any(shares) {
        return spans;
    }
    let taken: HashSet<SpanId> = spans.iter().map(|s| s.id).collect();
    let mut free = (1..).map(SpanId::from_u64).filter(|id| !taken.contains(id));
    let mut renamed: HashMap<SpanId, SpanId> = HashMap::new();
    let mut servers = HashSet::new();
    for (at, span) in spans.iter_mut().enumerate().filter(|(_, s)| shares(s)) {
        let Some(id) = free.next() else { break };
        renamed.insert(span.id, id);
        servers.insert(at);
        span.parent = span.id;
        span.id = id;
    }
    for (at, span) in spans.iter_mut().enumerate() {
        if let Some(id) = renamed.get(&span.parent).filter(|_| !servers.contains(&at)) {
            span.parent = *id;
        }
    }
    spans
}
