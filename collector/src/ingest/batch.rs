//! `Ingest`: groups the spans of a request by trace and hands them to the store.

use super::resources::Resources;
use crate::store::{Span, Store};
use std::collections::HashMap;
use std::sync::Arc;
use throughline::TraceId;
use throughline::wire::TracesRequest;

/// The way into the store; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Ingest {
    store: Arc<Store>,
    resources: Arc<Resources>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Received {
    /// Spans refused because nobody could find them again.
    pub(crate) rejected: u64,
}

// === impl Ingest ===

impl Ingest {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Ingest { store, resources: Arc::default() }
    }

    /// Stores the spans of a request, all of them at once.
    pub(crate) fn take(&self, request: TracesRequest) -> Received {
        let mut traces: HashMap<TraceId, Vec<Span>> = HashMap::new();
        let mut received = Received::default();
        for group in request.resource_spans {
            if group.scope_spans.iter().all(|scope| scope.spans.is_empty()) {
                continue;
            }
            let source = self.resources.source(group.resource);
            for group in group.scope_spans {
                let scope = self.resources.scope(group.scope);
                for span in group.spans {
                    if !span.trace_id.is_valid() || !span.span_id.is_valid() {
                        received.rejected += 1;
                        continue;
                    }
                    let spans = traces.entry(span.trace_id).or_default();
                    spans.push(Span::new(span, Arc::clone(&source), Arc::clone(&scope)));
                }
            }
        }
        self.store.insert(traces, received.rejected);
        received
    }
}

// === impl Received ===

impl Received {
    /// For people; empty if nothing was refused.
    pub(crate) fn message(self) -> &'static str {
        if self.rejected > 0 { "spans without a trace id or a span id are not stored" } else { "" }
    }
}
