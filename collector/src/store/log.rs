//! `Log`: a log record as it was received, with its source and scope.

use super::Source;
use std::sync::Arc;
use throughline::wire::{LogData, Scope};

/// A log record as it was received.
#[derive(Debug)]
pub struct Log {
    data: LogData,
    source: Arc<Source>,
    scope: Arc<Scope>,
}

/// How grave a log record is, in the six steps of OpenTelemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not said, or nothing that is known.
    Unset = 0,
    /// Severity 1 to 4.
    Trace = 1,
    /// Severity 5 to 8.
    Debug = 2,
    /// Severity 9 to 12.
    Info = 3,
    /// Severity 13 to 16.
    Warn = 4,
    /// Severity 17 to 20.
    Error = 5,
    /// Severity 21 to 24.
    Fatal = 6,
}

// === impl Log ===

impl Log {
    pub(crate) fn new(data: LogData, source: Arc<Source>, scope: Arc<Scope>) -> Self {
        Log { data, source, scope }
    }

    /// The log record itself.
    #[must_use]
    pub fn data(&self) -> &LogData {
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

    /// The library or target that made it.
    #[must_use]
    pub fn scope(&self) -> &Arc<Scope> {
        &self.scope
    }

    /// When it happened, else when it was collected, nanoseconds since the Unix epoch; 0 if neither is known.
    #[must_use]
    pub fn unix_nanos(&self) -> u64 {
        match self.data.time_unix_nanos {
            0 => self.data.observed_unix_nanos,
            time => time,
        }
    }

    /// How grave it is: by its number, else by its text.
    #[must_use]
    pub fn level(&self) -> Level {
        match Level::from_number(self.data.severity_number) {
            Level::Unset => Level::from_text(&self.data.severity_text),
            level => level,
        }
    }

    /// The severity as its source calls it, else the name of its level; may be empty.
    #[must_use]
    pub fn severity(&self) -> &str {
        match self.data.severity_text.as_str() {
            "" => self.level().name(),
            text => text,
        }
    }
}

// === impl Level ===

impl Level {
    /// `TRACE` to `FATAL`; empty if it was not said.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Unset => "",
            Level::Trace => "TRACE",
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
            Level::Fatal => "FATAL",
        }
    }

    fn from_number(number: i32) -> Self {
        match number {
            1..=4 => Level::Trace,
            5..=8 => Level::Debug,
            9..=12 => Level::Info,
            13..=16 => Level::Warn,
            17..=20 => Level::Error,
            21..=24 => Level::Fatal,
            _ => Level::Unset,
        }
    }

    /// What loggers call their levels, any case.
    fn from_text(text: &str) -> Self {
        let names = [
            (Level::Trace, &["trace", "verbose"][..]),
            (Level::Debug, &["debug"]),
            (Level::Info, &["info", "information", "notice"]),
            (Level::Warn, &["warn", "warning"]),
            (Level::Error, &["error", "err"]),
            (Level::Fatal, &["fatal", "critical", "alert", "emergency"]),
        ];
        let known = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(text));
        names.into_iter().find(|(_, names)| known(names)).map_or(Level::Unset, |(level, _)| level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throughline::wire::Resource;

    fn log(severity_number: i32, severity_text: &str) -> Log {
        let data = LogData { severity_number, severity_text: severity_text.to_owned(), ..LogData::default() };
        Log::new(data, Arc::new(Source::new(Resource::default())), Arc::default())
    }

    #[test]
    fn the_level_comes_from_the_number_else_from_the_text() {
        for (number, text, level, severity) in [
            (9, "", Level::Info, "INFO"),
            (20, "oops", Level::Error, "oops"),
            (0, "Warning", Level::Warn, "Warning"),
            (0, "", Level::Unset, ""),
            (25, "", Level::Unset, ""),
            (-1, "critical", Level::Fatal, "critical"),
            (i32::MIN, "nonsense", Level::Unset, "nonsense"),
        ] {
            let log = log(number, text);
            assert_eq!((log.level(), log.severity()), (level, severity), "{number} {text:?}");
        }
    }
}
