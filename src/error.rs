//! `Error`: what building, flushing and changing a span can say.

use std::fmt;
use std::time::Duration;

/// The error of this crate. What kind it is, the `is_*` methods tell; what to do about it, its text.
///
/// `Debug` prints the text too: that is what a `main` that returns the error shows.
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Config,
    AlreadyInitialized,
    Timeout,
    Undelivered,
    ShutDown,
    TooLate,
    NotRecorded,
}

// === impl Error ===

impl Error {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), source: None }
    }

    /// A setting cannot be used; `what` names the argument or the variable.
    pub(crate) fn config(what: &str, value: &str, reason: impl fmt::Display) -> Self {
        Error::new(Kind::Config, format!("{what}: {value:?} cannot be used: {reason}"))
    }

    pub(crate) fn worker(source: std::io::Error) -> Self {
        let message = "the worker thread could not be started";
        Error { source: Some(Box::new(source)), ..Error::new(Kind::Config, message) }
    }

    pub(crate) fn exporter_panicked() -> Self {
        let message =
            "an exporter cannot be used: it panicked when it was asked for its name and for what it takes";
        Error::new(Kind::Config, message)
    }

    #[cfg(unix)]
    pub(crate) fn signals(reason: impl fmt::Display) -> Self {
        Error::new(Kind::Config, format!("signals cannot be watched: {reason}"))
    }

    pub(crate) fn already_initialized() -> Self {
        let message = "a global default subscriber is already set: call throughline::init() once, at the start \
                       of main, or add throughline::builder()'s layer to the subscriber that you set yourself";
        Error::new(Kind::AlreadyInitialized, message)
    }

    pub(crate) fn timeout(what: &str, deadline: Duration, reason: Option<&str>) -> Self {
        let colon = if reason.is_some() { ": " } else { "" };
        let reason = reason.unwrap_or_default();
        Error::new(Kind::Timeout, format!("{what} did not end within {deadline:?}{colon}{reason}"))
    }

    /// So many spans or log records wait on disk.
    pub(crate) fn with_on_disk(mut self, count: u64) -> Self {
        self.message.push_str(&format!("; {count} spans or log records wait on disk"));
        self
    }

    pub(crate) fn undelivered(spans: u64, reason: &str) -> Self {
        Error::new(
            Kind::Undelivered,
            format!("{spans} spans or log records could not be delivered: {reason}"),
        )
    }

    pub(crate) fn shut_down() -> Self {
        Error::new(Kind::ShutDown, "throughline has been shut down")
    }

    pub(crate) fn too_late() -> Self {
        let message = "the parent can change no more: a child was started, or the context was handed out (to \
                       headers, to a log line, by context())";
        Error::new(Kind::TooLate, message)
    }

    pub(crate) fn not_recorded() -> Self {
        let message = "the span is not recorded here: it is disabled, filtered out, closed, or belongs to a \
                       subscriber without a throughline layer";
        Error::new(Kind::NotRecorded, message)
    }

    /// A setting cannot be used.
    #[must_use]
    pub fn is_config(&self) -> bool {
        self.kind == Kind::Config
    }

    /// [`init`](crate::init) found a global default subscriber already set.
    #[must_use]
    pub fn is_already_initialized(&self) -> bool {
        self.kind == Kind::AlreadyInitialized
    }

    /// A flush or shutdown did not end before its deadline. Nothing is lost by that: what has not been delivered
    /// stays queued (after a shutdown: is counted as dropped).
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind == Kind::Timeout
    }

    /// Spans or log records were rejected or dropped while a flush waited for them.
    #[must_use]
    pub fn is_undelivered(&self) -> bool {
        self.kind == Kind::Undelivered
    }

    /// The guard has been shut down.
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        self.kind == Kind::ShutDown
    }

    /// A span's parent was set after a child was started or the context was handed out.
    #[must_use]
    pub fn is_too_late(&self) -> bool {
        self.kind == Kind::TooLate
    }

    /// The span is not recorded by a throughline layer.
    #[must_use]
    pub fn is_not_recorded(&self) -> bool {
        self.kind == Kind::NotRecorded
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.source.iter().try_for_each(|source| write!(f, ": {source}"))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
