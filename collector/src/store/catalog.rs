//! `Catalog`: the services and their operations, counted so that they leave with their last span.

use super::Span;
use std::collections::HashMap;
use throughline::wire::SpanKind;

/// The services and their operations.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    services: HashMap<Box<str>, HashMap<Box<str>, Kinds>>,
}

/// How many spans of each kind an operation has.
type Kinds = [u64; 6];

const KINDS: [SpanKind; 6] = [
    SpanKind::Unspecified,
    SpanKind::Internal,
    SpanKind::Server,
    SpanKind::Client,
    SpanKind::Producer,
    SpanKind::Consumer,
];

// === impl Catalog ===

impl Catalog {
    pub(super) fn add(&mut self, span: &Span) {
        if !self.services.contains_key(span.service()) {
            self.services.insert(span.service().into(), HashMap::new());
        }
        let Some(operations) = self.services.get_mut(span.service()) else { return };
        let kind = kind_index(span.data().kind);
        match operations.get_mut(span.data().name.as_str()) {
            Some(kinds) => kinds[kind] += 1,
            None => {
                let mut kinds = Kinds::default();
                kinds[kind] = 1;
                operations.insert(span.data().name.as_str().into(), kinds);
            }
        }
    }

    pub(super) fn remove(&mut self, span: &Span) {
        let name = span.data().name.as_str();
        let Some(operations) = self.services.get_mut(span.service()) else { return };
        let Some(kinds) = operations.get_mut(name) else { return };
        let count = &mut kinds[kind_index(span.data().kind)];
        *count = count.saturating_sub(1);
        if kinds.iter().all(|count| *count == 0) {
            operations.remove(name);
        }
        if operations.is_empty() {
            self.services.remove(span.service());
        }
    }

    /// The services, sorted.
    pub(super) fn services(&self) -> Vec<String> {
        let mut names: Vec<String> = self.services.keys().map(|name| name.to_string()).collect();
        names.sort_unstable();
        names
    }

    /// The operations of a service with their kinds, sorted; none if the service is not known.
    pub(super) fn operations(&self, service: &str) -> Vec<(String, SpanKind)> {
        let mut found: Vec<(String, SpanKind)> = self
            .services
            .get(service)
            .into_iter()
            .flatten()
            .flat_map(|(name, kinds)| {
                let present = KINDS.iter().zip(kinds).filter(|(_, count)| **count > 0);
                present.map(move |(kind, _)| (name.to_string(), *kind))
            })
            .collect();
        found.sort_unstable_by(|a, b| (&a.0, kind_index(a.1)).cmp(&(&b.0, kind_index(b.1))));
        found
    }
}

fn kind_index(kind: SpanKind) -> usize {
    KINDS.iter().position(|known| *known == kind).unwrap_or(0)
}

/// The name of a kind in lower case, as Jaeger's API and OpenTelemetry's documents write it.
pub(crate) fn kind_name(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Unspecified => "unspecified",
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    }
}
