//! `Origin`: where an event says it comes from, if that is not its callsite: records of the `log` crate all come through
//! five callsites of `tracing-log`, and carry their own target, file and line in fields.

use tracing_core::{Event, Metadata};
use tracing_log::NormalizeEvent;

/// The fields of such an event that are not the program's.
const FIELDS: [&str; 4] = ["log.target", "log.module_path", "log.file", "log.line"];

/// Target, file, line and module of a record of the `log` crate.
pub(crate) type Origin<'a> = Metadata<'a>;

/// The origin of an event that its callsite's plan says to be a record of the `log` crate.
pub(crate) fn origin_of<'a>(event: &'a Event<'_>) -> Option<Origin<'a>> {
    event.normalized_metadata()
}

/// Whether the callsite is one that records of the `log` crate come through.
pub(crate) fn is_of_log_crate(metadata: &Metadata<'_>) -> bool {
    metadata.name() == "log event"
        && metadata.target() == "log"
        && FIELDS.iter().all(|field| metadata.fields().field(field).is_some())
}

/// Whether the field tells the origin.
pub(crate) fn is_origin_field(key: &str) -> bool {
    FIELDS.contains(&key)
}
