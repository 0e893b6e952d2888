//! Spans of requests as `tracing` makes them.

/// The target of all spans made here.
pub(crate) const TARGET: &str = "throughline::http";

/// A span at INFO; `$root`: not of the trace that the thread is in. What else is known of a request is for us alone:
/// fields are written by every layer of the subscriber, and onto every log line.
macro_rules! span {
    ($root:expr, $name:literal, $($fields:tt)*) => {
        match $root {
            true => tracing::info_span!(target: $crate::http::span::TARGET, parent: None, $name, $($fields)*),
            false => tracing::info_span!(target: $crate::http::span::TARGET, $name, $($fields)*),
        }
    };
}

pub(super) use span;
