//! `Held`: the resources and scopes that spans share, each weighed once however many spans name it.

use super::Span;
use super::weight::{attributes_weight, scope_weight};
use std::collections::HashMap;
use std::sync::Arc;

/// The shared resources and scopes of all spans held, by address, with the number of runs that name each.
#[derive(Debug, Default)]
pub(super) struct Held {
    runs: HashMap<usize, usize>,
}

// === impl Held ===

impl Held {
    /// Notes that `spans` are held; gives the bytes that this adds.
    pub(super) fn add(&mut self, spans: &[Span]) -> usize {
        let mut added = 0;
        for_runs(spans, |address, weight| {
            let runs = self.runs.entry(address).or_insert(0);
            if *runs == 0 {
                added += weight();
            }
            *runs += 1;
        });
        added
    }

    /// Notes that `spans`, added before, are held no more; gives the bytes that this frees.
    pub(super) fn remove(&mut self, spans: &[Span]) -> usize {
        let mut freed = 0;
        for_runs(spans, |address, weight| {
            if let Some(runs) = self.runs.get_mut(&address) {
                *runs -= 1;
                if *runs == 0 {
                    self.runs.remove(&address);
                    freed += weight();
                }
            }
        });
        freed
    }
}

/// Calls back once for every run of neighbours that share a resource, and for every run that shares a scope.
fn for_runs(spans: &[Span], mut each: impl FnMut(usize, &dyn Fn() -> usize)) {
    for run in spans.chunk_by(|a, b| Arc::ptr_eq(a.source(), b.source())) {
        let source = run[0].source();
        each(Arc::as_ptr(source).addr(), &|| {
            size_of_val(&**source) + attributes_weight(&source.resource().attributes)
        });
    }
    for run in spans.chunk_by(|a, b| Arc::ptr_eq(a.scope(), b.scope())) {
        let scope = run[0].scope();
        each(Arc::as_ptr(scope).addr(), &|| scope_weight(scope));
    }
}
