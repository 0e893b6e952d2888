//! What does the spool cost a single span at worst, how fast does what was left behind drain, and what does it cost a start?
//!
//! `spool` prints three tables. `--dir FOLDER` (on the disk that is meant; default: the system's folder for temporary files);
//! `--spans N` to leave behind; `--rounds N`; `--check` for a run that is only seen to work.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use throughline::{Batch, BoxFuture, Builder, Exporter, Guard, Outcome};
use throughline_peers::args::Args;
use throughline_peers::median::median;
use throughline_peers::sink::{self, Sink};
use throughline_peers::table::Table;
use throughline_peers::work::{Api, Work};
use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

const ROUNDS: u64 = 5;
/// Spans that are timed one by one in a round, and so many between two pauses in which all is exported.
const TIMED: u64 = 400_000;
const STRETCH: u64 = 2_000;
/// Left behind: some 1.1 GiB.
const LEFT: u64 = 1_600_000;
const LONG: Duration = Duration::from_secs(600);

/// Takes everything unread, or nothing at all.
struct Answers(bool);

impl Exporter for Answers {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        let takes = self.0;
        Box::pin(async move {
            match takes {
                true => Outcome::Accepted,
                false => Outcome::Retry { after: None, reason: "away".to_owned() },
            }
        })
    }
}

fn main() -> std::io::Result<()> {
    let args = Args::from_env();
    if args.has("serve") {
        return sink::serve(0);
    }
    let check = args.has("check");
    let folder =
        args.text("dir").map_or_else(std::env::temp_dir, PathBuf::from).join("throughline-bench-left");
    let rounds = if check { 1 } else { args.number("rounds", ROUNDS) };
    print_worst(&folder, rounds, if check { 10_000 } else { TIMED });
    print_start_and_drain(&folder, args.number("spans", if check { 20_000 } else { LEFT }))
}

fn start(builder: Builder) -> (Dispatch, Guard) {
    let (layer, guard) = builder.service_name("bench").build().expect("the options are good");
    (Dispatch::new(Registry::default().with(layer)), guard)
}

// --- the worst span ---

fn print_worst(folder: &Path, rounds: u64, timed: u64) {
    println!("wall ns of one span with a field, medians of {rounds} rounds\n");
    let mut table = Table::new(&["", "p50", "p99", "p99.9", "p99.99"]);
    let mut figures = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (spool, figures) in figures.iter_mut().enumerate() {
            figures.push(worst(folder, spool == 1, timed));
        }
    }
    for (title, figures) in ["in memory", "in the spool"].into_iter().zip(figures) {
        let of = |at: usize| median(figures.iter().map(|round| round[at]).collect());
        table.row([vec![title.to_owned()], (0..4).map(|at| format!("{:.0}", of(at))).collect()].concat());
    }
    table.print();
}

/// p50, p99, p99.9 and p99.99 of the time of a span.
fn worst(folder: &Path, spool: bool, timed: u64) -> [f64; 4] {
    let builder = throughline::builder().exporter(Answers(true));
    let (dispatch, guard) = start(if spool { builder.spool(folder) } else { builder });
    let mut times = Vec::with_capacity(timed as usize);
    with_default(&dispatch, || {
        for n in 0..timed {
            let begun = Instant::now();
            drop(tracing::info_span!("work", n).entered());
            times.push(begun.elapsed().as_nanos() as f64);
            if n % STRETCH == STRETCH - 1 {
                guard.flush(LONG).expect("everything is taken");
            }
        }
    });
    guard.shutdown(LONG).expect("everything is taken");
    times.sort_by(f64::total_cmp);
    [0.5, 0.99, 0.999, 0.9999].map(|share| times[((times.len() - 1) as f64 * share) as usize])
}

// --- starting with what was left, and delivering it ---

fn print_start_and_drain(folder: &Path, spans: u64) -> std::io::Result<()> {
    let left = leave(folder, spans);
    let bytes: u64 =
        std::fs::read_dir(folder)?.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum();
    let sink = Sink::start(&["--serve"])?;
    let empty = folder.with_extension("empty");
    let (of_empty, _) = time_start(throughline::builder().exporter(Answers(true)).spool(&empty));
    let (of_left, (_dispatch, guard)) =
        time_start(throughline::builder().endpoint(sink.url()).spool(folder).spool_bytes(16 << 30));
    let begun = Instant::now();
    let delivered = || guard.stats().exporters.first().map_or(0, |exporter| exporter.exported);
    while delivered() < left && begun.elapsed() < LONG {
        std::thread::sleep(Duration::from_millis(1));
    }
    let took = begun.elapsed();
    println!(
        "\nbuild() with an empty folder {of_empty:?}, with {} MiB of {left} spans {of_left:?}",
        bytes >> 20
    );
    println!(
        "drained to a sink: {} of {left} in {took:?}: {:.2}M spans/s",
        delivered(),
        delivered() as f64 / took.as_secs_f64() / 1e6
    );
    let flush = |_| {
        let begun = Instant::now();
        guard.flush(LONG).expect("nothing to deliver");
        begun.elapsed().as_secs_f64() * 1e6
    };
    let flushes = median((0..101).map(flush).collect());
    println!("flush of nothing {flushes:.0} us; the sink counted {:?}", sink.totals()?);
    drop(guard);
    let _ = (std::fs::remove_dir_all(folder), std::fs::remove_dir_all(empty));
    Ok(())
}

fn time_start(builder: Builder) -> (Duration, (Dispatch, Guard)) {
    let begun = Instant::now();
    let started = start(builder);
    (begun.elapsed(), started)
}

/// Leaves rich spans in the folder; how many.
fn leave(folder: &Path, spans: u64) -> u64 {
    let builder = throughline::builder().exporter(Answers(false)).spool(folder).spool_bytes(16 << 30);
    let (dispatch, guard) = start(builder);
    let request = Work::Rich.request(Api::Tracing);
    with_default(&dispatch, || {
        for number in 0..spans / Work::Rich.spans() {
            request(number as i64);
            // No faster than the worker takes it to disk.
            while guard.stats().bytes > 16 << 20 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    });
    guard.shutdown(Duration::ZERO).expect_err("nobody takes it");
    let stats = guard.stats();
    assert!(stats.is_balanced() && stats.unspooled == 0, "{stats}");
    stats.exporters[0].spooled
}
