//! `Span`: a span as it was received, with its source and scope.

use super::Source;
use std::sync::Arc;
use std::time::Duration;
use throughline::wire::{Scope, SpanData, StatusCode};

/// A span as it was received.
#[derive(Debug)]
pub struct Span {
    data: SpanData,
    source: Arc<Source>,
    scope: Arc<Scope>,
}

// === impl Span ===

impl Span {
    pub(crate) fn new(data: SpanData, source: Arc<Source>, scope: Arc<Scope>) -> Self {
        Span { data, source, scope }
    }

    /// The span itself.
    #[must_use]
    pub fn data(&self) -> &SpanData {
        &self.data
    }

    /// The name of the service that sent it.
    #[must_use]
    pub fn service(&self) -> &str {
        self.source.service()
    }

    /// Who sent it.
    #[must_use]
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The library that made it.
    #[must_use]
    pub fn scope(&self) -> &Arc<Scope> {
        &self.scope
    }

    /// End less start; zero if it ends before it starts.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.data.end_unix_nanos.saturating_sub(self.data.start_unix_nanos))
    }

    /// Whether its status is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.data.status.code == StatusCode::Error
    }
}
