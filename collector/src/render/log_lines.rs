//! Log records as lines of text: below their span, and at the end those that belong to none.

use super::duration;
use super::text::clean;
use crate::query::value_text;
use crate::store::Log;
use std::time::Duration;
use throughline::wire::KeyValue;

/// Log records of one span that are printed; more are counted.
const MAX_LINES: usize = 50;
/// Characters of what a log record says, and of its attributes, that are looked at.
const MAX_TEXT: usize = 1_000;
/// Attributes that say where a record was made; a line has no room for them.
const LEFT_OUT: [&str; 2] = ["code.", "thread."];

/// A line for each log record: how grave, when after `start_unix_nanos`, what it says, its attributes.
pub(super) fn log_lines<'t>(
    logs: impl ExactSizeIterator<Item = &'t Log>,
    start_unix_nanos: u64,
) -> Vec<String> {
    let more = logs.len().saturating_sub(MAX_LINES);
    let mut lines: Vec<String> = logs.take(MAX_LINES).map(|log| line(log, start_unix_nanos)).collect();
    if more > 0 {
        lines.push(format!("… {}", records(more as u64, "more")));
    }
    lines
}

/// Says how many log records, such as `1 more log record`.
pub(super) fn records(count: u64, which: &str) -> String {
    format!("{count} {which} log record{}", if count == 1 { "" } else { "s" })
}

fn line(log: &Log, start_unix_nanos: u64) -> String {
    let data = log.data();
    let mut line = clean(log.severity());
    line = format!("{line:<5} {}", offset(log.unix_nanos(), start_unix_nanos));
    for part in
        [data.event_name.as_str(), &value_text(&data.body)].into_iter().filter(|part| !part.is_empty())
    {
        line.push_str("  ");
        line.push_str(&short(part));
    }
    let attributes =
        data.attributes.iter().filter(|attribute| !LEFT_OUT.iter().any(|p| attribute.key.starts_with(p)));
    for KeyValue { key, value } in attributes {
        if line.len() > MAX_TEXT {
            break;
        }
        line.push_str(&format!("  {}={}", short(key), short(&value_text(value))));
    }
    line
}

/// Such as `+1.50 ms`; `-` for what was before the trace began, or before the host's clock agreed.
fn offset(unix_nanos: u64, start_unix_nanos: u64) -> String {
    if unix_nanos == 0 {
        return "(no time)".to_owned();
    }
    let sign = if unix_nanos < start_unix_nanos { '-' } else { '+' };
    format!("{sign}{}", duration(Duration::from_nanos(unix_nanos.abs_diff(start_unix_nanos))))
}

/// As much of the text as a line may need, on one line.
fn short(text: &str) -> String {
    let end = text.char_indices().nth(MAX_TEXT).map_or(text.len(), |(at, _)| at);
    clean(text[..end].trim_end())
}
