//! `LogPlan`: what is worked out once for each callsite whose events become log records.

use super::origin::is_of_log_crate;
use super::rate::Rate;
use super::text;
use crate::wire::{put_string_field, put_varint_field};
use tracing_core::{Level, Metadata};

/// The `attributes` field of `LogRecord`.
pub(crate) const LOG_ATTRIBUTES: u32 = 6;
const SEVERITY_NUMBER: u32 = 2;
const SEVERITY_TEXT: u32 = 3;
const EVENT_NAME: u32 = 12;
/// `InstrumentationScope.name`.
const SCOPE_NAME: u32 = 1;
/// The beginning of the names that `tracing`'s macros give to events themselves.
const UNNAMED: &str = "event ";

/// What the log records of a callsite have in common.
#[derive(Debug)]
pub(crate) struct LogPlan {
    /// The instrumentation scope: its name is the target.
    pub(crate) scope: Vec<u8>,
    /// Severity, and the event's name if the program gave it one.
    pub(crate) head: Vec<u8>,
    pub(crate) rate: Rate,
}

// === impl LogPlan ===

impl LogPlan {
    pub(crate) fn new(metadata: &'static Metadata<'static>) -> LogPlan {
        let (mut scope, mut head) = (Vec::new(), Vec::new());
        put_scope_name(&mut scope, metadata.target());
        put_varint_field(&mut head, SEVERITY_NUMBER, severity_number(*metadata.level()));
        put_string_field(&mut head, SEVERITY_TEXT, metadata.level().as_str());
        if !metadata.name().starts_with(UNNAMED) && !is_of_log_crate(metadata) {
            put_string_field(&mut head, EVENT_NAME, metadata.name());
        }
        LogPlan { scope, head, rate: Rate::default() }
    }
}

/// Appends the scope of a target. Longer names than a frame has room for are cut.
pub(crate) fn put_scope_name(out: &mut Vec<u8>, target: &str) {
    const LONGEST: usize = 16_000;
    put_string_field(out, SCOPE_NAME, text::cut(target, LONGEST));
}

/// OpenTelemetry logs data model, "Severity Fields".
fn severity_number(level: Level) -> u64 {
    match level {
        Level::TRACE => 1,
        Level::DEBUG => 5,
        Level::INFO => 9,
        Level::WARN => 13,
        Level::ERROR => 17,
    }
}
