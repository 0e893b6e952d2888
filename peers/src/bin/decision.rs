//! What does the head decision cost?
//!
//! `decision` prints, for each sampler, the CPU time of a trace of one bare span that it drops, and how much of that is more
//! than under one that drops without looking. `--rounds N`; `--check` for a run that is only seen to work.

use std::time::Duration;
use throughline::wire::SpanKind;
use throughline::{Batch, BoxFuture, Exporter, Guard, Outcome, Sampler, SamplingDecision, SamplingRule};
use throughline_peers::args::Args;
use throughline_peers::clock::thread_cpu;
use throughline_peers::median::median;
use throughline_peers::table::Table;
use tracing::{Dispatch, dispatcher, info_span};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

const ROUNDS: u64 = 41;
const TRACES: u32 = 20_000;
/// Takes none of the traces that are made here, but has to be asked for each.
const HARDLY_ANY: f64 = 1e-9;

/// Accepts each batch unread.
struct Drops;

/// A sampler under measurement.
struct Asked {
    title: &'static str,
    dispatch: Dispatch,
    _guard: Guard,
    nanos: Vec<f64>,
}

// === impl Drops ===

impl Exporter for Drops {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::Accepted })
    }
}

// === impl Asked ===

impl Asked {
    fn new((title, sampler): (&'static str, Sampler)) -> Asked {
        let builder = throughline::builder().service_name("bench").exporter(Drops).sampler(sampler);
        let (layer, guard) = builder.build().expect("the options are good");
        Asked {
            title,
            dispatch: Dispatch::new(Registry::default().with(layer)),
            _guard: guard,
            nanos: Vec::new(),
        }
    }

    /// One round.
    fn run(&mut self, traces: u32) {
        let elapsed: Duration = dispatcher::with_default(&self.dispatch, || {
            let begun = thread_cpu();
            (0..traces)
                .for_each(|_| drop(info_span!("GET /orders/{id}", otel.kind = "server", tenant = "gold")));
            thread_cpu() - begun
        });
        self.nanos.push(elapsed.as_nanos() as f64 / f64::from(traces));
    }
}

fn samplers() -> Vec<(&'static str, Sampler)> {
    let off = Sampler::always_off;
    let rules = || {
        Sampler::rules([
            SamplingRule::new(off()).name("GET /health*"),
            SamplingRule::new(off()).kind(SpanKind::Consumer),
            SamplingRule::new(off()).attribute("tenant", "free"),
            SamplingRule::new(off()).target("*::jobs::*"),
            SamplingRule::new(Sampler::ratio_ignoring_parent(HARDLY_ANY)),
        ])
    };
    vec![
        ("always_off", off()),
        ("ratio_ignoring_parent", Sampler::ratio_ignoring_parent(HARDLY_ANY)),
        ("ratio", Sampler::ratio(HARDLY_ANY)),
        ("parent_based(rate_limited), exhausted", Sampler::parent_based(Sampler::rate_limited(HARDLY_ANY))),
        ("four rules that do not fit, and a ratio", rules()),
        ("custom", Sampler::custom(|_| SamplingDecision::Drop)),
    ]
}

fn main() {
    let args = Args::from_env();
    let (rounds, traces) = if args.has("check") { (1, 100) } else { (args.number("rounds", ROUNDS), TRACES) };
    let mut all: Vec<Asked> = samplers().into_iter().map(Asked::new).collect();
    for _ in 0..rounds {
        all.iter_mut().for_each(|one| one.run(traces));
    }
    let medians: Vec<f64> = all.iter().map(|one| median(one.nanos.clone())).collect();
    let mut table = Table::new(&["", "ns/trace", "more than always_off"]);
    for (one, nanos) in all.iter().zip(&medians) {
        let more = nanos - medians[0];
        table.row(vec![one.title.to_owned(), format!("{nanos:.0}"), format!("{more:+.0}")]);
    }
    table.print();
}
