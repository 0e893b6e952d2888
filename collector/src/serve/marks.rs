//! Marks on the bars of the waterfall: where a span's events and log records are, and how grave.

use super::json::Json;
use crate::analysis::{LogPlaces, Row, Tree};
use crate::store::Level;

/// Places along the trace; of several marks of a row at one place the gravest is shown.
const PLACES: u128 = 512;

/// Writes `[row, offset ns, level]` for each mark, within the trace's bounds; level 0 is an event.
pub(super) fn put_marks(json: &mut Json, tree: &Tree<'_>, logs: &LogPlaces<'_>) {
    json.array(|json| {
        for (at, row) in tree.rows().iter().enumerate() {
            for (offset, level) in marks(tree, row, logs, at) {
                json.array(|json| {
                    json.plain(at);
                    json.plain(offset);
                    json.plain(level as u8);
                });
            }
        }
    });
}

/// The marks of a row: offset and level, by place, the gravest of each.
fn marks(tree: &Tree<'_>, row: &Row<'_>, logs: &LogPlaces<'_>, at: usize) -> Vec<(u64, Level)> {
    let events = row.span.data().events.iter().map(|event| {
        let level = if event.name == "exception" { Level::Error } else { Level::Unset };
        (event.time_unix_nanos, level)
    });
    let logs = logs.of(at).map(|log| (log.unix_nanos(), log.level().max(Level::Trace)));
    let total = tree.duration_nanos();
    let place = |offset: u64| u128::from(offset) * PLACES / u128::from(total.max(1));
    let mut marks: Vec<(u64, Level)> = events
        .chain(logs)
        // What has no time has no place.
        .filter(|(time, _)| *time != 0)
        .map(|(time, level)| (time.saturating_sub(tree.start_unix_nanos()).min(total), level))
        .collect();
    marks.sort_by_key(|&(offset, level)| (place(offset), std::cmp::Reverse(level), offset));
    marks.dedup_by_key(|(offset, _)| place(*offset));
    marks
}
