//! How often does a span, and an event, ask for memory on the thread that makes it, in steady state?
//!
//! Prints the table. Fails if ours asks at all beyond what the registry below it does.

mod counting;

use serde_json::{Value, json};
use throughline_peers::args::Args;
use throughline_peers::child::{ask, number};
use throughline_peers::contender::{Contender, Export, Mode, ROSTER, Running};
use throughline_peers::table::Table;
use throughline_peers::work::Work;

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

/// Requests in a stretch: as many as every contender's queue holds. Stretches before counting, and counted.
const REQUESTS: u64 = 100;
const WARM_UP: u64 = 50;
const STRETCHES: u64 = 50;

fn main() {
    let args = Args::from_env();
    match args.text("one") {
        Some(name) => one((Contender::named(name).start)(Export::Nowhere)),
        None => print_calls(),
    }
}

// --- the parent ---

fn print_calls() {
    let answers: Vec<_> =
        ROSTER.iter().map(|contender| (contender, ask(&["--one", contender.name]))).collect();
    println!("Calls of the allocator on the thread, in steady state\n");
    let mut table = Table::new(&[
        "",
        "a bare span",
        "a span with 3 fields",
        "an event with 1 field",
        "a failed span with a message",
    ]);
    for (contender, answer) in &answers {
        let mut row = vec![contender.title.to_string()];
        row.extend(figures(answer).map(|figure| format!("{figure:.3}")));
        table.row(row);
    }
    table.print();
    let floor =
        answers.iter().find(|(contender, _)| contender.name == "registry").expect("it is in the roster");
    for (contender, answer) in
        answers.iter().filter(|(contender, _)| contender.name.starts_with("throughline"))
    {
        assert_none(contender.name, answer, &floor.1);
    }
}

fn figures(answer: &Value) -> [f64; 4] {
    let requests = (REQUESTS * STRETCHES) as f64;
    let calls = |work: Work| number(answer, work.name()) / requests;
    let event = (calls(Work::Rich) - calls(Work::Fields)) / Work::Rich.events() as f64;
    let span = |work: Work| calls(work) / work.spans() as f64;
    [span(Work::Bare), span(Work::Fields), event, span(Work::Words)]
}

fn assert_none(name: &str, answer: &Value, floor: &Value) {
    for work in Work::ALL {
        let own = number(answer, work.name()) - number(floor, work.name());
        assert!(own <= 0.0, "{name}: {own} allocations of its own in {} requests", REQUESTS * STRETCHES);
    }
    println!("{name}: no allocation of its own");
}

// --- the child ---

fn one(running: Running) {
    let _default = running.install(Mode::Global);
    let [bare, fields, rich, words] = Work::ALL.map(|work| {
        calls(&running, work, WARM_UP);
        calls(&running, work, STRETCHES)
    });
    println!("{}", json!({ "bare": bare, "fields": fields, "rich": rich, "words": words }));
    drop(running.close());
}

fn calls(running: &Running, work: Work, stretches: u64) -> u64 {
    let request = running.request(work);
    let mut calls: Vec<_> = (0..stretches)
        .map(|_| {
            let before = counting::calls();
            (0..REQUESTS).for_each(|number| request(number as i64));
            let calls = counting::calls() - before;
            running.settle();
            calls
        })
        .collect();
    // The steady state: where the other threads were held up for longer than ever before, there is more in the buffers than
    // ever before, and those grow once.
    calls.sort_unstable();
    calls[calls.len() / 2] * stretches
}
