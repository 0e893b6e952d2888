//! `Limits`: how much one span may carry.

/// Limits of a span (OpenTelemetry specification, "Span Limits" and "Attribute Limits"). What goes over them is
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
}

/// Limits of a log record (OpenTelemetry specification, "LogRecord Limits").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogLimits {
    /// Attributes. Default 128.
    pub(crate) attributes: usize,
    /// As [`Limits::value_length`].
    pub(crate) value_length: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        let Limits { attributes, value_length, .. } = Limits::default();
        LogLimits { attributes, value_length }
    }
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
        }
    }
}
