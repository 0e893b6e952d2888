//! What does a span cost the thread that makes it?
//!
//! `cost` prints the table of CPU time, with a scoped and with a global default (`--wall`: time on the wall).
//! `--rounds N`; `--threads 1,2,8` for threads at once (`--stretch SPANS` between exports); `--check` for a run
//! that is only seen to work; `--one NAME --work rich --iters N` for callgrind.

use serde_json::{Value, json};
use throughline_peers::args::Args;
use throughline_peers::child::{ask, number};
use throughline_peers::contender::{
    Contender, Export, FASTRACE, Mode, OPENTELEMETRY, OPENTELEMETRY_BATCH, ROSTER, Running,
};
use throughline_peers::lap::{self, Crowd, Lap};
use throughline_peers::median::median;
use throughline_peers::table::Table;
use throughline_peers::work::Work;

const ROUNDS: u64 = 7;
/// Stretches of a lap, and laps of a child, of which it answers the median.
const STRETCHES: u64 = 25;
const LAPS: u64 = 5;

fn main() {
    let args = Args::from_env();
    if let Some(name) = args.text("one") {
        one(&args, (Contender::named(name).start)(Export::Nowhere));
    } else if let Some(threads) = args.numbers("threads") {
        threads.into_iter().for_each(|threads| print_threads(&args, threads));
    } else {
        print_costs(&args, Mode::Scoped);
        print_costs(&args, Mode::Global);
    }
}

// --- the parent ---

fn print_costs(args: &Args, mode: Mode) {
    let everyone: Vec<_> = ROSTER.iter().collect();
    let clock = if args.has("wall") { "wall" } else { "cpu" };
    let race = Race::run(args, everyone, &["--mode", mode.name()]);
    println!(
        "ns/span on the thread ({clock}), {} default, medians of {} rounds\n",
        mode.name(),
        race.rounds.len()
    );
    let head = ["x batch", "x dropped", "x fastrace"];
    let mut table = Table::new(&[&["", "bare"], &head[..], &["rich"], &head[..]].concat());
    for (index, contender) in race.contenders.iter().enumerate() {
        let mut row = vec![contender.title.to_string()];
        for work in [Work::Bare, Work::Rich] {
            let key = format!("{}_{clock}", work.name());
            let own = race.figure(index, &key);
            row.push(format!("{own:.0}"));
            for rival in [OPENTELEMETRY_BATCH, OPENTELEMETRY, FASTRACE] {
                row.push(format!("{:.2}", own / race.figure_of(rival, &key)));
            }
        }
        table.row(row);
    }
    table.print();
    println!(
        "x batch: over tracing-opentelemetry with its batch processor; x dropped: with spans dropped as they end\n"
    );
}

fn print_threads(args: &Args, threads: u64) {
    // The batch processor's queue does not hold what threads make together: it would look cheap by losing it.
    let others = ROSTER.iter().filter(|contender| contender.name != OPENTELEMETRY_BATCH).collect();
    let mode = args.text("mode").unwrap_or("global");
    let threads_text = threads.to_string();
    let stretch = args.number("stretch", lap::SHARED_STRETCH_SPANS).to_string();
    let options = ["--mode", mode, "--threads", &threads_text, "--stretch", &stretch];
    let race = Race::run(args, others, &options);
    println!("rich, {threads} thread(s) at once, {mode} default, medians of {} rounds\n", race.rounds.len());
    let head = ["", "CPU ns/span", "wall ns/span", "spans/s in all", "CPU x dropped", "CPU x fastrace"];
    let mut table = Table::new(&head);
    for (index, contender) in race.contenders.iter().enumerate() {
        let cpu = race.figure(index, "cpu");
        table.row(vec![
            contender.title.to_string(),
            format!("{cpu:.0}"),
            format!("{:.0}", race.figure(index, "wall")),
            format!("{:.2}M", race.figure(index, "per_second") / 1e6),
            format!("{:.2}", cpu / race.figure_of(OPENTELEMETRY, "cpu")),
            format!("{:.2}", cpu / race.figure_of(FASTRACE, "cpu")),
        ]);
    }
    table.print();
}

/// The answers of each round, in the order of the contenders.
struct Race {
    contenders: Vec<&'static Contender>,
    rounds: Vec<Vec<Value>>,
}

// === impl Race ===

impl Race {
    fn run(args: &Args, contenders: Vec<&'static Contender>, options: &[&str]) -> Race {
        let check: &[&str] = if args.has("check") { &["--check"] } else { &[] };
        let rounds = if args.has("check") { 1 } else { args.number("rounds", ROUNDS) };
        let child = |contender: &&Contender| ask(&[&["--one", contender.name], options, check].concat());
        let rounds = (0..rounds).map(|_| contenders.iter().map(child).collect()).collect();
        Race { contenders, rounds }
    }

    fn figure_of(&self, name: &str, key: &str) -> f64 {
        let index = self.contenders.iter().position(|contender| contender.name == name);
        self.figure(index.expect("it takes part"), key)
    }

    fn figure(&self, index: usize, key: &str) -> f64 {
        let figure = median(self.rounds.iter().map(|round| number(&round[index], key)).collect());
        assert!(figure.is_finite() && figure > 0.0, "{}: {key} is {figure}", self.contenders[index].name);
        figure
    }
}

// --- the child ---

fn one(args: &Args, running: Running) {
    let mode = Mode::named(args.text("mode").unwrap_or("global"));
    let _default = running.install(mode);
    if args.has("iters") {
        return iterate(args, &running);
    }
    let (stretches, laps) = if args.has("check") { (1, 1) } else { (STRETCHES, LAPS) };
    let answer = match args.numbers("threads") {
        Some(threads) => {
            let stretch_spans = args.number("stretch", lap::SHARED_STRETCH_SPANS);
            let crowd = Crowd { threads: threads[0], work: Work::Rich, stretch_spans };
            together(&running, mode, crowd, stretches, laps)
        }
        None => alone(&running, stretches, laps),
    };
    println!("{answer}");
    drop(running.close());
}

fn iterate(args: &Args, running: &Running) {
    let request = running.request(Work::named(args.text("work").unwrap_or("rich")));
    (0..args.number("iters", 0)).for_each(|number| request(number as i64));
}

fn alone(running: &Running, stretches: u64, laps: u64) -> Value {
    let figures = |work| {
        let _warm_up = lap::alone(running, work, stretches);
        let laps: Vec<Lap> = (0..laps).map(|_| lap::alone(running, work, stretches)).collect();
        let of = |figure: fn(&Lap) -> f64| median(laps.iter().map(figure).collect());
        (of(Lap::cpu_nanos), of(Lap::wall_nanos))
    };
    let (bare, rich) = (figures(Work::Bare), figures(Work::Rich));
    json!({ "bare_cpu": bare.0, "bare_wall": bare.1, "rich_cpu": rich.0, "rich_wall": rich.1 })
}

fn together(running: &Running, mode: Mode, crowd: Crowd, stretches: u64, laps: u64) -> Value {
    let lap = |stretches| lap::together(running, mode, crowd, stretches);
    let _warm_up = lap(stretches);
    let (laps, wall) = lap(stretches * laps);
    let spans: u64 = laps.iter().map(|lap| lap.spans).sum();
    let mean = |figure: fn(&Lap) -> f64| laps.iter().map(figure).sum::<f64>() / laps.len() as f64;
    let per_second = spans as f64 / wall.as_secs_f64();
    json!({ "cpu": mean(Lap::cpu_nanos), "wall": mean(Lap::wall_nanos), "per_second": per_second })
}
