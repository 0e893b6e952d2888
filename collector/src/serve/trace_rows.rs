//! A trace as rows in preorder, for the viewer's waterfall.

use super::json::Json;
use super::marks::put_marks;
use crate::analysis::{LogPlaces, Row, Tree, failure};
use crate::store::Trace;
use std::collections::HashMap;

/// Characters of a failure that go into a row.
const MAX_FAILURE: usize = 300;

/// Names by number, so that a row holds numbers only.
#[derive(Default)]
struct Names<'n> {
    numbers: HashMap<&'n str, usize>,
    names: Vec<&'n str>,
}

/// Writes the rows, what is odd about them, and the marks on their bars.
///
/// A row is `[depth, subtree, span id, service, operation, offset ns, duration ns, kind, error, errors below]`;
/// service and operation are places in the lists of names.
pub(super) fn put_trace_rows(json: &mut Json, trace: &Trace) {
    let tree = Tree::new(trace);
    let logs = LogPlaces::new(trace, tree.rows().iter().map(|row| row.span));
    let (mut services, mut operations) = (Names::default(), Names::default());
    json.object(|json| {
        json.key("traceId").quoted(trace.id());
        json.key("startUnixNanos").quoted(tree.start_unix_nanos());
        json.key("durationNanos").plain(tree.duration_nanos());
        json.key("rows").array(|json| {
            for row in tree.rows() {
                let service = services.number(row.span.service());
                let operation = operations.number(&row.span.data().name);
                put_row(json, &tree, row, service, operation);
            }
        });
        json.key("services").array(|json| services.names.iter().for_each(|name| json.string(name)));
        json.key("operations").array(|json| operations.names.iter().for_each(|name| json.string(name)));
        json.key("notes").array(|json| {
            tree.rows().iter().enumerate().for_each(|(at, row)| put_notes(json, at, row));
        });
        put_marks(json.key("marks"), &tree, &logs);
        json.key("logCount").plain(trace.log_count());
        json.key("droppedLogs").plain(trace.dropped_logs());
    });
}

fn put_row(json: &mut Json, tree: &Tree<'_>, row: &Row<'_>, service: usize, operation: usize) {
    let data = row.span.data();
    json.array(|json| {
        json.plain(row.depth);
        json.plain(row.subtree);
        json.quoted(row.id);
        json.plain(service);
        json.plain(operation);
        json.plain(data.start_unix_nanos.saturating_sub(tree.start_unix_nanos()));
        json.plain(data.end_unix_nanos.saturating_sub(data.start_unix_nanos));
        json.plain(data.kind as u8);
        json.plain(u8::from(row.span.is_error()));
        json.plain(row.errors_below);
    });
}

/// What is odd or wrong about a row: `[row, is it a failure, text]`.
fn put_notes(json: &mut Json, at: usize, row: &Row<'_>) {
    let failure = failure(row.span).filter(|text| !text.is_empty());
    let failure = failure.map(|text| (true, text.chars().take(MAX_FAILURE).collect()));
    let warnings = row.warnings.iter().map(|warning| (false, warning.to_string()));
    for (is_failure, text) in failure.into_iter().chain(warnings) {
        json.array(|json| {
            json.plain(at);
            json.plain(is_failure);
            json.string(&text);
        });
    }
}

// === impl Names ===

impl<'n> Names<'n> {
    fn number(&mut self, name: &'n str) -> usize {
        *self.numbers.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }
}
