//! The same programs under tracing-opentelemetry and under throughline: what each exports is compared in full. A
//! difference is listed in `peers/DIFFERENCES.md`, with its reason, or it fails here; so does one that is listed and
//! no longer there.

// One program has a span of seventy fields.
#![recursion_limit = "512"]

mod compare;
mod corpus;
mod difference;
mod hand;
mod ids;
mod listed;
mod normal;
mod ours;
mod outcome;
mod pairs;
mod program;
mod rival;
mod time;
mod value;
mod verdict;

use std::collections::BTreeSet;

use compare::compare;
use difference::{Difference, Differences};
use listed::Listed;
use outcome::Outcome;
use program::Program;

/// Random walks in an ordinary run. `WALKS=10000` makes more.
const WALKS: u64 = 100;

/// Runs a program under both, and gives where they differ.
fn differences_of(program: &'static Program) -> Vec<Difference> {
    let rival = Outcome::within(program.patience(), || rival::run(program));
    let ours = Outcome::within(program.patience(), || ours::run(program));
    match (rival, ours) {
        (Outcome::Done(rival), Outcome::Done(ours)) => {
            compare(program.name, &normal::normalised(rival), &normal::normalised(ours))
        }
        (rival, ours) => {
            // What the one that failed left behind tells nothing.
            let mut differences = Differences::of(program.name);
            differences.same("program", "", rival.word(), ours.word());
            differences.all
        }
    }
}

#[test]
fn programs_are_recorded_alike_but_for_what_is_listed() {
    hand::listen_to_log();
    let listed = Listed::read();
    let only = std::env::var("PROGRAM").ok();
    let chosen = |program: &&'static Program| only.as_deref().is_none_or(|name| program.name == name);
    let walks = std::env::var("WALKS").ok().and_then(|count| count.parse().ok()).unwrap_or(WALKS);
    let programs: Vec<_> = corpus::programs().chain(corpus::walks(walks)).filter(chosen).collect();
    let found: Vec<_> = programs.iter().flat_map(|program| differences_of(program)).collect();
    let verdict = verdict::of(&found, &listed);
    println!("{} programs, {} differences, {} rows", programs.len(), found.len(), listed.rows().count());
    assert!(verdict.unlisted.is_empty(), "not in DIFFERENCES.md:\n{}", verdict::table(&verdict.unlisted));
    // With a single program most rows have nothing to match.
    if only.is_none() {
        assert!(verdict.stale.is_empty(), "listed, but no longer there:\n{}", verdict.stale.join("\n"));
    }
}

#[test]
fn the_corpus_has_at_least_a_hundred_programs_and_no_name_twice() {
    let names: Vec<_> = corpus::programs().map(|program| program.name).collect();
    let unique: BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
    assert!(names.len() >= 100, "{} programs", names.len());
}
