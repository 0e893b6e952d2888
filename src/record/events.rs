//! `Events`: what becomes of the program's events.

/// What an event (`tracing::info!` and the like) becomes. Whatever is chosen, an error in an event still sets the
/// status of its span, and log lines are the business of other layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Events {
    /// An event of the span that it happens in; outside of spans nothing.
    #[default]
    Span,
    /// An OpenTelemetry log record, in and out of spans.
    ///
    /// A record carries the ids of its span, so these are handed out with it: the span's parent can change no more, and the
    /// sampling decision is taken. Records in spans that are not sampled are exported all the same, with flags 00.
    Logs,
    /// Both.
    Both,
    /// Neither.
    None,
}

// === impl Events ===

impl Events {
    /// Whether they become span events.
    #[inline]
    pub(crate) fn in_spans(self) -> bool {
        matches!(self, Events::Span | Events::Both)
    }

    /// Whether they become log records.
    #[inline]
    pub(crate) fn in_logs(self) -> bool {
        matches!(self, Events::Logs | Events::Both)
    }

    /// The same without log records, where nobody takes them.
    pub(crate) fn without_logs(self) -> Events {
        if self.in_spans() { Events::Span } else { Events::None }
    }
}
