//! What does a span cost the whole process, from the macro to the wire, and how many arrive?
//!
//! Rich requests as OTLP/HTTP to a sink in a process of its own: at 20,000 and 100,000 spans a second, and as
//! fast as one thread can. `--rounds N`, `--secs S`; `--check` for a run that is only seen to work.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use throughline_peers::args::Args;
use throughline_peers::child::{ask, number};
use throughline_peers::contender::{Contender, Export, Mode, OPENTELEMETRY, ROSTER};
use throughline_peers::median::median;
use throughline_peers::sink::{self, Sink};
use throughline_peers::table::Table;
use throughline_peers::{clock, memory, pace};

const ROUNDS: u64 = 5;
const RATES: [u64; 2] = [20_000, 100_000];
const PACED_SECS: u64 = 5;
const FULL_SPEED: u64 = 0;
const FULL_SPEED_SECS: u64 = 3;
const MIB: f64 = 1024.0 * 1024.0;

fn main() -> std::io::Result<()> {
    let args = Args::from_env();
    if args.has("serve") {
        return sink::serve(0);
    }
    if args.has("one") {
        one(&args);
        return Ok(());
    }
    let sink = Sink::start(&["--serve"])?;
    for rate in RATES {
        print_paced(rate, &Race::run(&args, &sink, rate, PACED_SECS)?);
    }
    print_full_speed(&Race::run(&args, &sink, FULL_SPEED, FULL_SPEED_SECS)?);
    Ok(())
}

// --- the parent ---

/// The runs of every contender at one rate.
struct Race(Vec<(&'static Contender, Vec<Value>)>);

// === impl Race ===

impl Race {
    fn run(args: &Args, sink: &Sink, rate: u64, secs: u64) -> std::io::Result<Race> {
        let check = args.has("check");
        let rounds = if check { 1 } else { args.number("rounds", ROUNDS) };
        let secs = if check { 1 } else { args.number("secs", secs) };
        let mut race =
            Race(ROSTER.iter().filter(|one| one.end_to_end).map(|one| (one, Vec::new())).collect());
        for _ in 0..rounds {
            for (contender, answers) in &mut race.0 {
                answers.push(run_one(contender, sink, rate, secs)?);
            }
        }
        Ok(race)
    }

    fn figure(&self, name: &str, figure: impl Fn(&Value) -> f64) -> f64 {
        let (_, answers) = self.0.iter().find(|(one, _)| one.name == name).expect("it takes part");
        median(answers.iter().map(figure).collect())
    }

    fn rounds(&self) -> usize {
        self.0[0].1.len()
    }

    /// The last ledger of each contender that keeps one; every round's is held against the sink's count.
    fn print_ledgers(&self) {
        for (contender, answers) in &self.0 {
            let kept: Vec<_> = answers.iter().filter(|answer| answer["ledger"].is_string()).collect();
            let Some(last) = kept.last() else { continue };
            println!("{}, last round:\n{}", contender.title, last["ledger"].as_str().unwrap_or_default());
            for answer in kept {
                let [made, arrived, lost] =
                    ["emitted", "arrived", "counted_lost"].map(|key| number(answer, key));
                assert!(
                    made == arrived + lost,
                    "{}: made {made}, arrived {arrived}, counted {lost}",
                    contender.name
                );
                println!("made {made} = arrived {arrived} + counted {lost}");
            }
            println!();
        }
    }
}

/// Runs a child and adds to its answer what arrived at the sink.
fn run_one(contender: &Contender, sink: &Sink, rate: u64, secs: u64) -> std::io::Result<Value> {
    let before = sink.totals()?;
    let (rate, secs) = (rate.to_string(), secs.to_string());
    let url = sink.url();
    let mut answer = ask(&["--one", contender.name, "--rate", &rate, "--secs", &secs, "--sink", &url]);
    let arrived = sink.totals()?.since(before);
    answer["arrived"] = arrived.spans.into();
    answer["requests"] = arrived.requests.into();
    answer["bytes"] = arrived.bytes.into();
    Ok(answer)
}

fn cpu_micros(answer: &Value) -> f64 {
    number(answer, "cpu_secs") * 1e6 / number(answer, "emitted")
}

fn cpu_micros_arrived(answer: &Value) -> f64 {
    number(answer, "cpu_secs") * 1e6 / number(answer, "arrived")
}

/// Of all threads but the one that makes the spans.
fn behind_micros(answer: &Value) -> f64 {
    (number(answer, "cpu_secs") - number(answer, "thread_secs")) * 1e6 / number(answer, "emitted")
}

fn lost(answer: &Value) -> f64 {
    1.0 - number(answer, "arrived") / number(answer, "emitted")
}

fn bytes_per_span(answer: &Value) -> f64 {
    number(answer, "bytes") / number(answer, "arrived")
}

fn print_paced(rate: u64, race: &Race) {
    println!("{rate} spans/s, medians of {} rounds\n", race.rounds());
    let head = [
        "",
        "CPU us/span",
        "x otlp",
        "behind us/span",
        "CPU us/arrived",
        "made/s",
        "lost",
        "bytes/span",
        "peak MiB",
    ];
    let mut table = Table::new(&head);
    let rival = race.figure(OPENTELEMETRY, cpu_micros);
    for (contender, _) in &race.0 {
        let figure = |figure: fn(&Value) -> f64| race.figure(contender.name, figure);
        let cpu = figure(cpu_micros);
        table.row(vec![
            contender.title.to_string(),
            format!("{cpu:.2}"),
            format!("{:.2}", cpu / rival),
            format!("{:.2}", figure(behind_micros)),
            or_none(figure(cpu_micros_arrived)),
            format!("{:.0}", figure(|answer| number(answer, "emitted") / number(answer, "making_secs"))),
            percent(figure(lost)),
            or_none(figure(bytes_per_span)),
            format!("{:.1}", figure(|answer| number(answer, "peak_bytes")) / MIB),
        ]);
    }
    table.print();
    race.print_ledgers();
}

fn print_full_speed(race: &Race) {
    println!("one thread at full speed, medians of {} rounds\n", race.rounds());
    let head = ["", "made/s", "arrived/s", "x otlp", "lost", "CPU us/arrived", "peak MiB"];
    let mut table = Table::new(&head);
    let per_second = |answer: &Value| number(answer, "arrived") / number(answer, "all_secs");
    let rival = race.figure(OPENTELEMETRY, per_second);
    for (contender, _) in &race.0 {
        let figure = |figure: fn(&Value) -> f64| race.figure(contender.name, figure);
        let arrived = figure(per_second);
        table.row(vec![
            contender.title.to_string(),
            format!("{:.0}", figure(|answer| number(answer, "emitted") / number(answer, "making_secs"))),
            format!("{arrived:.0}"),
            format!("{:.2}", arrived / rival),
            percent(figure(lost)),
            or_none(figure(cpu_micros_arrived)),
            format!("{:.1}", figure(|answer| number(answer, "peak_bytes")) / MIB),
        ]);
    }
    table.print();
    race.print_ledgers();
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A figure for each span that arrived; there is none where none did.
fn or_none(figure: f64) -> String {
    if figure.is_finite() { format!("{figure:.2}") } else { "-".to_string() }
}

// --- the child ---

fn one(args: &Args) {
    let contender = Contender::named(args.text("one").expect("--one NAME"));
    let url = args.text("sink").expect("--sink URL");
    let time = Duration::from_secs(args.number("secs", PACED_SECS));
    let running = (contender.start)(Export::Sink(url));
    let _default = running.install(Mode::Global);
    let (start, cpu, thread) = (Instant::now(), clock::process_cpu(), clock::thread_cpu());
    let emitted = pace::run(&running, args.number("rate", FULL_SPEED), time);
    let making = start.elapsed();
    let ledger = running.close();
    let answer = json!({
        "emitted": emitted,
        "thread_secs": (clock::thread_cpu() - thread).as_secs_f64(),
        "cpu_secs": (clock::process_cpu() - cpu).as_secs_f64(),
        "making_secs": making.as_secs_f64(),
        "all_secs": start.elapsed().as_secs_f64(),
        "peak_bytes": memory::peak_resident_bytes(),
        "counted_lost": ledger.as_ref().map(|ledger| ledger.lost),
        "ledger": ledger.map(|ledger| ledger.text),
    });
    println!("{answer}");
}
