//! `Ingest`: groups the spans or log records of a request by trace and hands them to the store.

use super::resources::Resources;
use crate::store::{Log, Span, Store};
use std::collections::HashMap;
use std::sync::Arc;
use throughline::TraceId;
use throughline::wire::{LogsRequest, TracesRequest};

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

    /// Stores the log records of a request that name a trace, all at once; the others are counted.
    ///
    /// None is rejected: a program logs outside of traces as well, and is not to be told of it at each request.
    pub(crate) fn take_logs(&self, request: LogsRequest) -> Received {
        let mut traces: HashMap<TraceId, Vec<Log>> = HashMap::new();
        let mut traceless = 0;
        for group in request.resource_logs {
            if group.scope_logs.iter().all(|scope| scope.logs.is_empty()) {
                continue;
            }
            let source = self.resources.source(group.resource);
            for group in group.scope_logs {
                let scope = self.resources.scope(group.scope);
                for log in group.logs {
                    if !log.trace_id.is_valid() {
                        traceless += 1;
                        continue;
                    }
                    let logs = traces.entry(log.trace_id).or_default();
                    logs.push(Log::new(log, Arc::clone(&source), Arc::clone(&scope)));
                }
            }
        }
        self.store.insert_logs(traces, traceless);
        Received::default()
    }
}

// === impl Received ===

impl Received {
    /// For people; empty if nothing was refused.
    pub(crate) fn message(self) -> &'static str {
        if self.rejected > 0 { "spans without a trace id or a span id are not stored" } else { "" }
    }
}
