//! `JsonFields`: the fields of spans as JSON, for the spans in JSON lines.

use super::members::Members;
use std::fmt;
use tracing_core::span::Record;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FormatFields, FormattedFields};

/// Formats fields as a JSON object; made by [`json_fields`].
#[derive(Clone, Debug, Default)]
pub struct JsonFields {
    _private: (),
}

/// Fields as a JSON object: give it to the same layer as [`json`](super::json), with `fmt_fields`, and the fields of
/// spans become members of `span` and `spans`.
#[must_use]
pub fn json_fields() -> JsonFields {
    JsonFields::default()
}

// === impl JsonFields ===

impl<'writer> FormatFields<'writer> for JsonFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut members = Members::default();
        fields.record(&mut members);
        write!(writer, "{{{}}}", members.as_str())
    }

    fn add_fields(&self, current: &'writer mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let mut members = Members::default();
        fields.record(&mut members);
        let text = &mut current.fields;
        if text.ends_with('}') {
            text.pop();
        } else {
            *text = "{".to_owned();
        }
        if text.len() > 1 && !members.as_str().is_empty() {
            text.push(',');
        }
        text.push_str(members.as_str());
        text.push('}');
        Ok(())
    }
}
