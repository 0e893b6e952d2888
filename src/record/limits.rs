//! `Limits`: how much one span, or log record, may carry.

/// Limits of a span, and of a log record (OpenTelemetry specification, "Attribute Limits", "Span Limits", "LogRecord
/// Limits"). What goes over them is
/// dropped while it is written and counted in the `dropped_*_count` fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Limits {
    /// Attributes of a span. Default 128.
    pub attributes: usize,
    /// Length of a text value in Unicode characters, of a bytes value in bytes. Default: no limit.
    pub value_length: usize,
    /// Events of a span. Default 128.
    pub events: usize,
    /// Links of a span. Default 128.
    pub links: usize,
    /// Attributes of an event. Default 128.
    pub event_attributes: usize,
    /// Attributes of a link. Default 128.
    pub link_attributes: usize,
    /// Attributes of a log record. Default 128.
    pub log_attributes: usize,
    /// As [`value_length`](Limits::value_length), of a log record's attributes; its body is not cut. Default: no limit.
    pub log_value_length: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            attributes: 128,
            value_length: usize::MAX,
            events: 128,
            links: 128,
            event_attributes: 128,
            link_attributes: 128,
            log_attributes: 128,
            log_value_length: usize::MAX,
        }
    }
}
