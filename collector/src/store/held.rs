//! `Held`: the resources and scopes that spans and log records share, each weighed once however many name it.

use super::weight::{attributes_weight, scope_weight};
use super::{Log, Source, Span};
use std::collections::HashMap;
use std::sync::Arc;
use throughline::wire::Scope;

/// The shared resources and scopes of all that is held, by address, with the number of runs that name each.
#[derive(Debug, Default)]
pub(super) struct Held {
    runs: HashMap<usize, usize>,
}

/// Where a span or a log record comes from.
pub(super) type Origin<'s> = (&'s Arc<Source>, &'s Arc<Scope>);

pub(super) fn span_origins(spans: &[Span]) -> impl Iterator<Item = Origin<'_>> + Clone {
    spans.iter().map(|span| (span.source(), span.scope()))
}

pub(super) fn log_origins(logs: &[Log]) -> impl Iterator<Item = Origin<'_>> + Clone {
    logs.iter().map(|log| (log.source(), log.scope()))
}

// === impl Held ===

impl Held {
    /// Notes that what comes from `origins` is held; gives the bytes that this adds.
    pub(super) fn add<'s>(&mut self, origins: impl Iterator<Item = Origin<'s>> + Clone) -> usize {
        let mut added = 0;
        for_runs(origins, |address, weight| {
            let runs = self.runs.entry(address).or_insert(0);
            if *runs == 0 {
                added += weight();
            }
            *runs += 1;
        });
        added
    }

    /// Notes that what comes from `origins`, added before, is held no more; gives the bytes that this frees.
    pub(super) fn remove<'s>(&mut self, origins: impl Iterator<Item = Origin<'s>> + Clone) -> usize {
        let mut freed = 0;
        for_runs(origins, |address, weight| {
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
fn for_runs<'s>(
    origins: impl Iterator<Item = Origin<'s>> + Clone,
    mut each: impl FnMut(usize, &dyn Fn() -> usize),
) {
    let mut last = None;
    for source in origins.clone().map(|(source, _)| source) {
        let address = Arc::as_ptr(source).addr();
        if last.replace(address) != Some(address) {
            each(address, &|| size_of_val(&**source) + attributes_weight(&source.resource().attributes));
        }
    }
    let mut last = None;
    for scope in origins.map(|(_, scope)| scope) {
        let address = Arc::as_ptr(scope).addr();
        if last.replace(address) != Some(address) {
            each(address, &|| scope_weight(scope));
        }
    }
}
