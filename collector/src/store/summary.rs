//! `TraceSummary`: what a list shows of a trace, kept as its spans arrive.

use super::Span;
use std::time::Duration;
use throughline::{SpanId, TraceId};

/// What a list shows of a trace.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TraceSummary {
    /// Id of the trace.
    pub id: TraceId,
    /// The service of the root span, or of the earliest span while no root has arrived.
    pub root_service: String,
    /// The operation of that span.
    pub root_operation: String,
    /// Whether that span has no parent.
    pub has_root: bool,
    /// The earliest start, nanoseconds since the Unix epoch; 0 if no span has one.
    pub start_unix_nanos: u64,
    /// The latest end, nanoseconds since the Unix epoch.
    pub end_unix_nanos: u64,
    /// How many spans have arrived.
    pub span_count: u64,
    /// How many of them have an error for status.
    pub error_count: u64,
    /// How many log records are kept.
    pub log_count: u64,
    /// The services that took part, in the order of arrival.
    pub services: Vec<ServiceCount>,
    /// The latest start of a span, for windows of time.
    pub(crate) latest_start: u64,
    root: RootRank,
}

/// A service's part in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceCount {
    /// The service's name.
    pub name: Box<str>,
    /// How many spans it sent.
    pub span_count: u64,
    /// How many of them have an error for status.
    pub error_count: u64,
}

/// The smallest is the root: a span without parent before one with, then the earliest, then the smallest id.
type RootRank = (bool, u64, SpanId);

// === impl TraceSummary ===

impl TraceSummary {
    pub(super) fn new(id: TraceId) -> Self {
        TraceSummary {
            id,
            root_service: String::new(),
            root_operation: String::new(),
            has_root: false,
            start_unix_nanos: 0,
            end_unix_nanos: 0,
            span_count: 0,
            error_count: 0,
            log_count: 0,
            services: Vec::new(),
            latest_start: 0,
            root: (true, u64::MAX, SpanId::from_u64(u64::MAX)),
        }
    }

    /// From the earliest start to the latest end.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.end_unix_nanos.saturating_sub(self.start_unix_nanos))
    }

    pub(super) fn add(&mut self, span: &Span) {
        let data = span.data();
        let error = u64::from(span.is_error());
        self.span_count += 1;
        self.error_count += error;
        // A span without a start says nothing about the trace's.
        if data.start_unix_nanos != 0 {
            let earlier = self.start_unix_nanos == 0 || data.start_unix_nanos < self.start_unix_nanos;
            self.start_unix_nanos = if earlier { data.start_unix_nanos } else { self.start_unix_nanos };
        }
        self.latest_start = self.latest_start.max(data.start_unix_nanos);
        self.end_unix_nanos = self.end_unix_nanos.max(data.end_unix_nanos).max(data.start_unix_nanos);
        let rank = (data.parent_span_id.is_valid(), data.start_unix_nanos, data.span_id);
        if rank < self.root || self.span_count == 1 {
            self.root = rank;
            self.has_root = !data.parent_span_id.is_valid();
            self.root_service = span.service().to_owned();
            self.root_operation.clone_from(&data.name);
        }
        self.count_service(span.service(), error);
    }

    fn count_service(&mut self, name: &str, error: u64) {
        match self.services.iter_mut().find(|service| &*service.name == name) {
            Some(service) => {
                service.span_count += 1;
                service.error_count += error;
            }
            None => self.services.push(ServiceCount { name: name.into(), span_count: 1, error_count: error }),
        }
    }
}
