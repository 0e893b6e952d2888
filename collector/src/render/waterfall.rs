//! A trace as a waterfall of text: one line a span, one more for what went wrong, and one for each log record.

use super::duration;
use super::log_lines::{log_lines, records};
use super::text::{clean, cut, fit, width};
use crate::analysis::{LogPlaces, Row, Tree, failure};
use crate::store::Trace;
use std::collections::BTreeSet;
use std::time::Duration;

/// The narrowest waterfall; a smaller width counts as this.
const MIN_WIDTH: usize = 60;
/// The narrowest bars.
const MIN_BAR: usize = 16;
/// The widest column of services.
const MAX_SERVICE: usize = 20;
/// Levels drawn with branches; deeper ones are drawn as their number.
const MAX_DRAWN_DEPTH: usize = 12;
/// A duration's columns, such as `12 min 05 s`, and the space around them.
const DURATION: usize = 11;

/// Where the columns are.
struct Columns {
    service: usize,
    name: usize,
    bar: usize,
}

/// The waterfall of `trace` in lines of at most `width` columns (at least 60): tree, service, operation, duration,
/// bar, and `✗` with the reason at failed spans. Log records come below their span: severity, time after the start of
/// the trace, what they say, attributes; the first 50 of each. Those that belong to no span that has arrived come last.
///
/// Spans come by parent, then start, then id: the same trace always gives the same text, times aside.
///
/// ```text
/// gateway   GET /checkout            120 ms  ████████████████████
/// orders    └─ POST /orders          100 ms    █████████████████
/// payments     └─ charge           ✗ 40.0 ms       ███████
///                ✗ card declined
///                WARN  +81.2 ms  retrying  attempt=2
/// ```
#[must_use]
pub fn waterfall(trace: &Trace, width: usize) -> String {
    let tree = Tree::new(trace);
    let names = names(tree.rows());
    let width = width.max(MIN_WIDTH);
    let columns = Columns::new(tree.rows(), &names, width);
    let mut out = headline(trace, &tree, width);
    let logs = LogPlaces::new(trace, tree.rows().iter().map(|row| row.span));
    for (at, (row, (branches, name))) in tree.rows().iter().zip(&names).enumerate() {
        put_row(&mut out, &tree, row, &format!("{branches}{name}"), &columns);
        let indent = columns.service + 2 + self::width(branches);
        let notes =
            failure(row.span).filter(|text| !text.is_empty()).map(|text| format!("✗ {}", clean(&text)));
        let warnings = row.warnings.iter().map(|warning| format!("! {warning}"));
        let lines = log_lines(logs.of(at), tree.start_unix_nanos());
        put_notes(&mut out, notes.into_iter().chain(warnings).chain(lines), indent, width);
    }
    let elsewhere = log_lines(logs.elsewhere(), tree.start_unix_nanos());
    if !elsewhere.is_empty() {
        out.push_str("log records of no span above:\n");
        put_notes(&mut out, elsewhere.into_iter(), 2, width);
    }
    if trace.dropped_logs() > 0 {
        out.push_str(&format!(
            "{} not kept: the trace has too many\n",
            records(trace.dropped_logs(), "more")
        ));
    }
    out
}

fn put_notes(out: &mut String, notes: impl Iterator<Item = String>, indent: usize, width: usize) {
    let room = width.saturating_sub(indent).max(MIN_BAR);
    for note in notes {
        out.push_str(&format!("{:indent$}{}\n", "", cut(&note, room)));
    }
}

// === impl Columns ===

impl Columns {
    fn new(rows: &[Row<'_>], names: &[(String, String)], total: usize) -> Self {
        let services = rows.iter().map(|row| width(&clean(row.span.service())));
        let service = services.max().unwrap_or(0).min(MAX_SERVICE);
        let longest = names.iter().map(|(branches, name)| width(branches) + width(name)).max().unwrap_or(0);
        // Service, two spaces, name, mark, duration, two spaces, bar.
        let room = total - service - 2 - 2 - DURATION - 2;
        let name = longest.min(room.saturating_sub(MIN_BAR).min(total / 2)).max(8);
        Columns { service, name, bar: room.saturating_sub(name).max(MIN_BAR) }
    }
}

fn headline(trace: &Trace, tree: &Tree<'_>, width: usize) -> String {
    let services: BTreeSet<&str> = tree.rows().iter().map(|row| row.span.service()).collect();
    let errors = tree.rows().iter().filter(|row| row.span.is_error()).count();
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    let mut parts = vec![
        format!("trace {}", trace.id()),
        duration(Duration::from_nanos(tree.duration_nanos())),
        count(tree.rows().len(), "span"),
        count(services.len(), "service"),
    ];
    if trace.log_count() > 0 {
        parts.push(count(trace.log_count(), "log"));
    }
    if errors > 0 {
        parts.push(count(errors, "error"));
    }
    let line = parts.join("  ");
    // Nothing of an id is cut: it takes a line of its own where there is no room for both.
    if self::width(&line) > width {
        parts[0].clone() + "\n" + &parts[1..].join("  ") + "\n"
    } else {
        line + "\n"
    }
}

fn put_row(out: &mut String, tree: &Tree<'_>, row: &Row<'_>, name: &str, columns: &Columns) {
    let mark = if row.span.is_error() { '✗' } else { ' ' };
    let length = duration(row.span.duration());
    let filler = DURATION.saturating_sub(width(&length));
    let line = format!(
        "{}  {} {mark}{:filler$}{length}  {}",
        fit(&clean(row.span.service()), columns.service),
        fit(name, columns.name),
        "",
        bar(tree, row, columns.bar)
    );
    out.push_str(line.trim_end());
    out.push('\n');
}

/// The span's part of the trace: at least a sliver, never outside.
fn bar(tree: &Tree<'_>, row: &Row<'_>, cells: usize) -> String {
    let total = tree.duration_nanos().max(1) as f64;
    let data = row.span.data();
    let offset = data.start_unix_nanos.saturating_sub(tree.start_unix_nanos());
    let length = row.span.duration().as_nanos() as f64;
    let from = ((offset as f64 / total * cells as f64) as usize).min(cells - 1);
    let filled = length / total * cells as f64;
    let full = (filled.round() as usize).min(cells - from);
    let shape = if full == 0 { "▏".to_owned() } else { "█".repeat(full) };
    " ".repeat(from) + &shape
}

/// The branches before each span's name, and its name.
fn names(rows: &[Row<'_>]) -> Vec<(String, String)> {
    // Whether the ancestor at each depth has a sibling still to come.
    let mut goes_on: Vec<bool> = Vec::new();
    let mut names = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let depth = row.depth as usize;
        goes_on.truncate(depth);
        let next = rows.get(at + row.subtree as usize);
        goes_on.push(next.is_some_and(|next| next.depth == row.depth));
        let branches = match depth {
            0 => String::new(),
            1..=MAX_DRAWN_DEPTH => branches(&goes_on[1..]),
            _ => format!("{}{depth}╴ ", "   ".repeat(MAX_DRAWN_DEPTH)),
        };
        let name = match clean(&row.span.data().name) {
            name if name.is_empty() => "(no name)".to_owned(),
            name => name,
        };
        names.push((branches, name));
    }
    names
}

fn branches(goes_on: &[bool]) -> String {
    let Some((own, above)) = goes_on.split_last() else { return String::new() };
    let lines = above.iter().map(|goes_on| if *goes_on { "│  " } else { "   " });
    lines.chain([if *own { "├─ " } else { "└─ " }]).collect()
}
