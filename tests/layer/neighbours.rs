//! The other layer of a subscriber, and two spans of a recording.

use crate::support::Recording;
use throughline::SpanData;
use tracing::Subscriber;
use tracing_subscriber::{fmt, registry};

/// A layer that wants everything, so that our own filter hides a span from us alone.
pub(crate) fn other<S>() -> impl tracing_subscriber::Layer<S>
where
    S: Subscriber + for<'a> registry::LookupSpan<'a>,
{
    fmt::layer().with_writer(std::io::sink)
}

pub(crate) fn named(recording: &Recording, names: [&str; 2]) -> (SpanData, SpanData) {
    (recording.span(names[0]), recording.span(names[1]))
}
