//! `Listed`: what `peers/DIFFERENCES.md` says. The grammar:
//!
//! ```text
//! ## ID: TITLE                                  one section for each intended difference
//! **Better.** REASON | **Differs.** REASON
//! | programs | what | tracing-opentelemetry | throughline |
//! |---|---|---|---|
//! | `NAME`, ... | `AT`, ... | `VALUE` or - | `VALUE` or - |
//! ```
//!
//! `*` in names, places and values stands for anything; a name with `!` before it is left out; `<n>` (an integer) and
//! `<x>` (anything) are the same in both values; `-` is "not there". Sections without an id are prose.

use std::path::Path;

use crate::difference::Difference;

/// The sections of the file.
pub(crate) struct Listed {
    pub(crate) sections: Vec<Section>,
}

/// An intended difference.
pub(crate) struct Section {
    pub(crate) id: String,
    pub(crate) reason: String,
    pub(crate) rows: Vec<Row>,
}

/// Where and how it shows.
#[derive(Debug)]
pub(crate) struct Row {
    /// What a message calls it.
    pub(crate) id: String,
    pub(crate) programs: Vec<String>,
    /// Programs that `programs` would let in.
    pub(crate) but: Vec<String>,
    pub(crate) at: Vec<String>,
    /// `None`: not there.
    pub(crate) rival: Option<String>,
    pub(crate) ours: Option<String>,
}

// === impl Listed ===

impl Listed {
    pub(crate) fn read() -> Listed {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("DIFFERENCES.md");
        let text = std::fs::read_to_string(&path).expect("peers/DIFFERENCES.md");
        Listed::parse(&text)
    }

    pub(crate) fn parse(text: &str) -> Listed {
        let blocks = text.split("\n## ").skip(1).filter(|block| block.lines().next().is_some_and(has_id));
        Listed { sections: blocks.map(Section::parse).collect() }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.sections.iter().flat_map(|section| &section.rows)
    }
}

// === impl Section ===

impl Section {
    fn parse(block: &str) -> Section {
        let (title, rest) = block.split_once('\n').unwrap_or((block, ""));
        let id = title.split(':').next().unwrap_or_default().to_owned();
        let cells = |line: &str| -> Vec<String> {
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
        };
        let table = rest.lines().filter(|line| line.starts_with('|')).skip(2).map(cells);
        let rows = table.map(|cells| Row::parse(&id, &cells)).collect();
        let prose = rest.lines().take_while(|line| !line.starts_with('|'));
        let reason = prose.collect::<Vec<_>>().join(" ").trim().to_owned();
        Section { id, reason, rows }
    }
}

// === impl Row ===

impl Row {
    /// A row for these, with an id that tells where it stands.
    pub(crate) fn new(
        id: &str,
        programs: &[&str],
        at: &[&str],
        rival: Option<&str>,
        ours: Option<&str>,
    ) -> Row {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let (but, programs): (Vec<_>, Vec<_>) = programs.iter().partition(|name| name.starts_with('!'));
        Row {
            id: format!("{id}: {}", at.join(", ")),
            programs: own(&programs),
            but: but.iter().map(|name| name.trim_start_matches('!').to_owned()).collect(),
            at: own(at),
            rival: rival.map(str::to_owned),
            ours: ours.map(str::to_owned),
        }
    }

    fn parse(id: &str, cells: &[String]) -> Row {
        let [programs, at, rival, ours] = cells else { panic!("{id}: a row has four cells: {cells:?}") };
        let value = |cell: &str| if cell == "-" { None } else { Some(bare(cell).to_owned()) };
        let (rival, ours) = (value(rival), value(ours));
        Row::new(id, &list(programs), &list(at), rival.as_deref(), ours.as_deref())
    }

    /// Whether it speaks of this difference; by which of its programs, and which of its places.
    pub(crate) fn matches(&self, difference: &Difference) -> Option<(usize, usize)> {
        if !same(self.rival.as_deref(), self.ours.as_deref(), difference) {
            return None;
        }
        let fitting = |patterns: &[String], text| patterns.iter().position(|pattern| fits(pattern, text));
        if fitting(&self.but, difference.program).is_some() {
            return None;
        }
        Some((fitting(&self.programs, difference.program)?, fitting(&self.at, &difference.at)?))
    }
}

fn list(cell: &str) -> Vec<&str> {
    cell.split(", ").map(bare).collect()
}

fn bare(cell: &str) -> &str {
    cell.trim_matches('`')
}

/// Whether both values are as the patterns say.
fn same(rival: Option<&str>, ours: Option<&str>, found: &Difference) -> bool {
    let (rival, ours, values) = match (rival, ours, &found.rival, &found.ours) {
        (Some(pattern), None, Some(value), None) | (None, Some(pattern), None, Some(value)) => {
            return fits(pattern, value);
        }
        (Some(rival), Some(ours), Some(x), Some(y)) => (rival, ours, (x, y)),
        _ => return false,
    };
    for hole in ["<n>", "<x>"] {
        let Some((head, tail)) = ours.split_once(hole) else { continue };
        let Some(text) = values.1.strip_prefix(head).and_then(|rest| rest.strip_suffix(tail)) else {
            return false;
        };
        let good = hole == "<x>" || text.parse::<i64>().is_ok();
        return good && fits(&rival.replace(hole, text), values.0);
    }
    fits(rival, values.0) && fits(ours, values.1)
}

fn has_id(title: &str) -> bool {
    title.split_once(": ").is_some_and(|(id, _)| id.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
}

/// Whether the text is the pattern, where `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(left) = text.strip_prefix(head) else { return false };
    let ends = left.char_indices().map(|(at, _)| at).chain([left.len()]);
    ends.into_iter().any(|at| fits(rest, &left[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Title\n\n## How to read it\n\n| a | b |\n\n## late-name: Late names\n\n**Better.** Any\ntime.\n\n\
        | programs | what | tracing-opentelemetry | throughline |\n|---|---|---|---|\n\
        | `late_*`, `other` | `span.name` | `first` | `se*d` |\n| `*` | `span.attr:busy_ns` | `*` | - |\n";

    fn difference(program: &'static str, at: &str, rival: Option<&str>, ours: Option<&str>) -> Difference {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let (at, which) = (at.to_owned(), String::new());
        Difference { program, at, which, rival: own(rival), ours: own(ours) }
    }

    #[test]
    fn sections_with_an_id_are_read_with_their_reason_and_rows() {
        let listed = Listed::parse(FILE);
        let [section] = listed.sections.as_slice() else { panic!("one section has an id") };
        assert_eq!((section.id.as_str(), section.reason.as_str()), ("late-name", "**Better.** Any time."));
        assert_eq!(listed.rows().count(), 2);
    }

    #[test]
    fn a_row_matches_what_it_says_and_nothing_else() {
        let listed = Listed::parse(FILE);
        let rows: Vec<_> = listed.rows().collect();
        let name = |program, rival, ours| difference(program, "span.name", Some(rival), Some(ours));
        assert_eq!(rows[0].matches(&name("late_a", "first", "second")), Some((0, 0)));
        assert_eq!(rows[0].matches(&name("other", "first", "second")), Some((1, 0)));
        assert_eq!(rows[0].matches(&name("another", "first", "second")), None);
        assert_eq!(rows[0].matches(&name("late_a", "first", "third")), None);
        assert_eq!(rows[0].matches(&difference("late_a", "span.name", Some("first"), None)), None);
        let busy = difference("any", "span.attr:busy_ns", Some("some time"), None);
        assert_eq!(rows[1].matches(&busy), Some((0, 0)));
    }

    #[test]
    fn a_hole_is_the_same_text_in_both_values() {
        let number =
            Row::new("n", &["*", "!not"], &["span.attr:a", "span.attr:b"], Some("\"<n>\""), Some("<n>"));
        let found = |program, rival, ours| difference(program, "span.attr:b", Some(rival), Some(ours));
        assert_eq!(number.matches(&found("any", "\"7\"", "7")), Some((0, 1)));
        assert_eq!(number.matches(&found("any", "\"7\"", "8")), None);
        assert_eq!(number.matches(&found("any", "\"x\"", "x")), None);
        assert_eq!(number.matches(&found("not", "\"7\"", "7")), None);
        let last = Row::new("x", &["*"], &["span.attr:*"], Some("* and <x>"), Some("<x>"));
        assert_eq!(last.matches(&found("any", "1 and 2 and true", "true")), Some((0, 0)));
        assert_eq!(last.matches(&found("any", "1 and 2", "1")), None);
    }
}
