//! `Members`: fields as members of a JSON object.

use crate::record::is_origin_field;
use serde_json::Value;
use std::fmt::{self, Write};
use tracing_core::field::{Field, Visit};

/// Sources of an error past this many are not followed: a chain may be a ring.
const MAX_SOURCES: usize = 32;

/// Visited fields, written as `"key":value` with commas between them.
#[derive(Debug, Default)]
pub(super) struct Members {
    out: String,
    /// Leaves out the fields in which records of the `log` crate carry their origin.
    pub(super) of_log_crate: bool,
}

// === impl Members ===

impl Members {
    pub(super) fn as_str(&self) -> &str {
        &self.out
    }

    fn put(&mut self, field: &Field, value: Value) {
        if self.of_log_crate && is_origin_field(field.name()) {
            return;
        }
        let separator = if self.out.is_empty() { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(self.out, "{separator}{}:{value}", quoted(field.name()));
    }
}

impl Visit for Members {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no NaN and no infinities.
        self.put(field, if value.is_finite() { value.into() } else { value.to_string().into() });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let sources = std::iter::successors(value.source(), |error| error.source()).take(MAX_SOURCES);
        self.put(field, sources.fold(value.to_string(), |text, source| format!("{text}: {source}")).into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }
}

pub(super) fn quoted(text: &str) -> Value {
    Value::from(text)
}
