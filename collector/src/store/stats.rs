//! `Stats`: what the store holds and what became of everything that it was given.

/// A count of everything that the store was given; `stored_spans = spans + evicted_spans`, and so for logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Traces held now; those of which only log records have arrived do not count.
    pub traces: u64,
    /// Spans held now.
    pub spans: u64,
    /// What they take, in bytes, as the store reckons it.
    pub bytes: u64,
    /// The bound of `bytes`.
    pub limit_bytes: u64,
    /// Spans stored since the start.
    pub stored_spans: u64,
    /// Exact copies of spans held already, such as those of a retried request.
    pub duplicate_spans: u64,
    /// Spans without a trace id or a span id.
    pub rejected_spans: u64,
    /// Traces that had to make room for younger ones.
    pub evicted_traces: u64,
    /// The spans of those.
    pub evicted_spans: u64,
    /// Log records held now.
    pub logs: u64,
    /// Log records stored since the start.
    pub stored_logs: u64,
    /// Exact copies of log records held already, such as those of a retried request.
    pub duplicate_logs: u64,
    /// Log records without a trace id: taken, and not kept.
    pub traceless_logs: u64,
    /// Log records over what is kept of a trace: the first 10,000, and no more than a quarter of the bound nor 16 MiB.
    pub dropped_logs: u64,
    /// Log records that had to make room, with their trace or while they waited for its spans.
    pub evicted_logs: u64,
}
