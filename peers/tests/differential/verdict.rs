//! What is to be said of the differences that were found, given those that are listed.

use std::collections::BTreeMap;

use crate::difference::Difference;
use crate::listed::{Listed, Row};

#[derive(Debug, Default)]
pub(crate) struct Verdict<'a> {
    /// Not in the list.
    pub(crate) unlisted: Vec<&'a Difference>,
    /// Rows, and names of programs in rows, that nothing matches.
    pub(crate) stale: Vec<String>,
}

/// Which programs and places of a row something was found for.
struct Seen {
    programs: Vec<bool>,
    at: Vec<bool>,
}

pub(crate) fn of<'a>(found: &'a [Difference], listed: &Listed) -> Verdict<'a> {
    let mut rows: Vec<_> = listed.rows().map(|row| (row, Seen::none_of(row))).collect();
    let mut verdict = Verdict::default();
    for difference in found {
        let mut known = false;
        for (row, seen) in &mut rows {
            if let Some((program, at)) = row.matches(difference) {
                known = true;
                seen.programs[program] = true;
                seen.at[at] = true;
            }
        }
        if !known {
            verdict.unlisted.push(difference);
        }
    }
    verdict.stale = rows.iter().flat_map(|(row, seen)| unseen(row, seen)).collect();
    for section in &listed.sections {
        let says_why =
            section.reason.starts_with("**Better.** ") || section.reason.starts_with("**Differs.** ");
        if section.rows.is_empty() || !says_why {
            verdict.stale.push(format!(
                "{}: a section has rows, and a reason: **Better.** or **Differs.**",
                section.id
            ));
        }
    }
    verdict
}

// === impl Seen ===

impl Seen {
    fn none_of(row: &Row) -> Seen {
        Seen { programs: vec![false; row.programs.len()], at: vec![false; row.at.len()] }
    }
}

fn unseen(row: &Row, seen: &Seen) -> Vec<String> {
    let left = |names: &[String], seen: &[bool]| -> Vec<String> {
        names.iter().zip(seen).filter(|(_, seen)| !**seen).map(|(name, _)| name.clone()).collect()
    };
    let programs = left(&row.programs, &seen.programs);
    let all_gone = programs.len() == row.programs.len();
    let all = if all_gone { programs } else { [programs, left(&row.at, &seen.at)].concat() };
    all.iter().map(|name| format!("{}: {name}: {:?} {:?}", row.id, row.rival, row.ours)).collect()
}

/// Differences as rows for the file, those that look alike in one.
pub(crate) fn table(differences: &[&Difference]) -> String {
    let mut rows = BTreeMap::<_, Vec<_>>::new();
    for Difference { at, rival, ours, program, which } in differences {
        rows.entry((at, rival, ours)).or_default().push((*program, which.as_str()));
    }
    let cell = |value: &Option<String>| match value {
        None => "-".to_owned(),
        Some(long) if long.len() > 200 => format!("`{}*`", long.chars().take(100).collect::<String>()),
        Some(value) => format!("`{value}`"),
    };
    let line = |((at, rival, ours), programs): (&(&String, &Option<String>, &Option<String>), &Vec<_>)| {
        let mut names: Vec<_> = programs.iter().map(|(name, _)| format!("`{name}`")).collect();
        names.dedup();
        let which = programs.first().map_or("", |(_, which): &(_, &str)| *which);
        format!("| {} | `{at}` | {} | {} |   ({which})\n", names.join(", "), cell(rival), cell(ours))
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "#\n\n## a: A\n\n**Better.** So.\n\n| p | w | t | t |\n|---|---|---|---|\n\
        | `one`, `two` | `span.name` | `x` | - |\n";

    fn difference(program: &'static str) -> Difference {
        let (at, which) = ("span.name".to_owned(), String::new());
        Difference { program, at, which, rival: Some("x".to_owned()), ours: None }
    }

    #[test]
    fn an_unlisted_difference_fails_and_so_does_a_listed_one_that_is_gone() {
        let listed = Listed::parse(FILE);
        let found = [difference("one"), difference("two")];
        let good = of(&found, &listed);
        assert!(good.unlisted.is_empty() && good.stale.is_empty());
        let found = [difference("one"), difference("three")];
        let bad = of(&found, &listed);
        assert_eq!(bad.unlisted, [&found[1]]);
        assert_eq!(bad.stale, ["a: span.name: two: Some(\"x\") None"]);
    }

    #[test]
    fn a_section_without_a_reason_fails() {
        let listed = Listed::parse(&FILE.replace("**Better.** So.", "So."));
        assert_eq!(of(&[difference("one"), difference("two")], &listed).stale.len(), 1);
    }
}
