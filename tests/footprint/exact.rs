//! The ledger's bytes are what the allocator has given out.

use crate::child::alone;
use crate::counting::live;
use crate::support::{Counted, bare, until};
use std::sync::Mutex;
use std::time::Duration;
use throughline::{Batch, BoxFuture, Exporter, Guard, Outcome};
use tokio::sync::watch;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, Span, info, info_span};
use tracing_subscriber::{prelude::*, registry};

const LONG: Duration = Duration::from_secs(60);
const MIB: f64 = (1 << 20) as f64;
/// Emptied buffers are kept for the next spans, and are not counted: at most so many mebibytes.
const SPARE: f64 = 8.0;

/// Keeps each batch until the gate is open.
struct Gated(watch::Receiver<bool>);

impl Exporter for Gated {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        let mut open = self.0.clone();
        Box::pin(async move {
            let opened = open.wait_for(|open| *open).await.is_ok();
            if opened { Outcome::Accepted } else { Outcome::Rejected { reason: "no gate".to_owned() } }
        })
    }
}

/// How much is out: by the ledger, and by the allocator.
fn out(guard: &Guard) -> [usize; 2] {
    [guard.stats().bytes as usize, live()]
}

/// Finishes spans of many sizes, and leaves others open.
fn work(dispatch: &Dispatch, padding: &str, open: &Mutex<Vec<Span>>) {
    with_default(dispatch, || {
        for n in 0..20_000_usize {
            let padding = &padding[..(n * 7) % 900];
            info_span!("finished", n, padding).in_scope(|| info!(n, "in it"));
        }
        for n in 0..8_usize {
            let padding = &padding[..n * 80_000];
            drop(info_span!("long", n, padding));
        }
        let mut open = open.lock().expect("no test panics with it");
        open.extend((0..300_usize).map(|n| info_span!("open", n, padding = &padding[..n * 20])));
    });
}

#[test]
fn the_bytes_of_the_ledger_are_those_of_the_allocator_and_come_back() {
    alone("exact::the_bytes_of_the_ledger_are_those_of_the_allocator_and_come_back", || {
        let (gate, opened) = watch::channel(false);
        let builder = bare().schedule_delay(Duration::from_secs(3600)).queue_bytes(64 << 20);
        let (layer, guard) = builder.exporter(Gated(opened)).build().expect("valid settings");
        let dispatch = Dispatch::new(registry().with(layer));
        let (padding, open) = ("x".repeat(700_000), Mutex::default());
        let start = out(&guard);
        let since = |now: [usize; 2]| [0, 1].map(|of| now[of] as f64 / MIB - start[of] as f64 / MIB);
        let mut settled = Vec::new();
        for round in 0..4 {
            gate.send_replace(false);
            work(&dispatch, &padding, &open);
            // The worker comes round: what was taken from the bound ahead of need is given back.
            assert!(guard.flush(Duration::from_millis(1)).expect_err("the gate is closed").is_timeout());
            // The rest is the registry's, and lists of segments.
            until("the ledger and the allocator agree", || {
                let [ledger, allocator] = since(out(&guard));
                ledger > 12.0 && (ledger - allocator).abs() < 0.25
            });
            let [ledger, allocator] = since(out(&guard));
            println!(
                "round {round}, full: {ledger:.3} MiB by the ledger, {allocator:.3} MiB by the allocator"
            );
            open.lock().expect("no test panics with it").clear();
            gate.send_replace(true);
            guard.flush(LONG).expect("the gate is open");
            let stats = guard.stats();
            assert!(stats.is_balanced() && stats.refused.total() == 0 && stats.open == 0, "{stats}");
            if round > 0 {
                settled.push(stats.bytes);
            }
            let [ledger, allocator] = since(out(&guard));
            println!("round {round}, settled: {ledger:.3} and {allocator:.3} MiB");
            assert!(ledger < 2.0 && allocator < ledger + SPARE + 0.5, "{ledger} and {allocator}");
        }
        // The first round's open spans came into empty slots, the later ones into buffers of others.
        assert!(settled.iter().all(|bytes| *bytes == settled[0]), "it comes back to the same: {settled:?}");
        drop(dispatch);
    });
}

#[test]
fn open_spans_cost_what_the_ledger_says() {
    const OPEN: usize = 20_000;
    alone("exact::open_spans_cost_what_the_ledger_says", || {
        let open = |dispatch: &Dispatch| {
            with_default(dispatch, || (0..OPEN).map(|n| info_span!("open", n)).collect::<Vec<_>>())
        };
        // What the registry takes for them, and the handles.
        let before = live();
        let (alone, handles) = (Dispatch::new(registry()), OPEN * size_of::<Span>());
        let spans = open(&alone);
        let registrys = live() - before - handles;
        drop((spans, alone));

        let (layer, guard) = bare().exporter(Counted::default()).build().expect("valid settings");
        let dispatch = Dispatch::new(registry().with(layer));
        let before = out(&guard);
        let spans = open(&dispatch);
        let full = out(&guard);
        let ledger = (full[0] - before[0]) as f64 / MIB;
        let allocator = (full[1] - before[1] - handles - registrys) as f64 / MIB;
        println!("{OPEN} open: {ledger:.3} MiB by the ledger, {allocator:.3} MiB by the allocator");
        assert!(
            ledger > 4.0 && allocator <= ledger + 0.25 && allocator > ledger * 0.75,
            "{ledger}, {allocator}"
        );
        drop(spans);
        guard.flush(LONG).expect("an exporter that takes everything");
        assert!(guard.stats().is_balanced(), "{}", guard.stats());
    });
}
