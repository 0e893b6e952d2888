//! `Stats`: what the store holds and what became of everything that it was given.

/// A count of everything that the store was given; `stored = held + evicted_spans`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Traces held now.
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
}
