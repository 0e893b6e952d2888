//! A collector that is stopped for a while, and started again, while spans go on at 10,000 a second: none is lost.
//!
//! Three seconds in the usual run, 60 where `THROUGHLINE_SOAK` is set.

use crate::otelcol::Otelcol;
use crate::support::{Numbers, bare};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use throughline::Builder;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{prelude::*, registry};

/// Spans a second.
const RATE: f64 = 10_000.0;
/// One request may have been taken without our hearing of it: so many spans are in one at most.
const REQUEST: u64 = 2_000;
const LONG: Duration = Duration::from_secs(300);

fn outage() -> Duration {
    Duration::from_secs(if std::env::var_os("THROUGHLINE_SOAK").is_some() { 60 } else { 3 })
}

/// Finishes spans at the rate until it is over; gives how many.
fn paced(dispatch: &Dispatch, over: &AtomicBool) -> u64 {
    let (begun, mut made) = (Instant::now(), 0_u64);
    with_default(dispatch, || {
        while !over.load(Ordering::Relaxed) {
            let due = (begun.elapsed().as_secs_f64() * RATE) as u64;
            (made..due).for_each(|n| drop(info_span!("request", n, path = "/orders/{id}").entered()));
            made = due;
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    made
}

/// How often each span id stands in a file.
fn count_ids(file: &Path, counts: &mut HashMap<u64, u64>) {
    const KEY: &str = "\"spanId\":\"";
    for line in BufReader::new(File::open(file).expect("the collector has made it")).lines() {
        let line = line.expect("a line of JSON is text");
        for (at, _) in line.match_indices(KEY) {
            let id = &line[at + KEY.len()..][..16];
            *counts.entry(u64::from_str_radix(id, 16).expect("16 hex digits")).or_default() += 1;
        }
    }
}

/// Stops the collector under load, starts it again, and compares what was made with what it has written.
fn no_span_is_lost(tune: impl FnOnce(Builder) -> Builder) {
    let mut collector = Otelcol::start();
    let builder = bare()
        .service_name("outage")
        .endpoint(collector.endpoint())
        .id_generator(Numbers::default())
        .schedule_delay(Duration::from_millis(500))
        .request_spans(REQUEST as usize);
    let (layer, guard) = tune(builder).build().expect("valid settings");
    let (dispatch, over) = (Dispatch::new(registry().with(layer)), AtomicBool::new(false));
    let (made, before) = std::thread::scope(|scope| {
        let generator = scope.spawn(|| paced(&dispatch, &over));
        std::thread::sleep(Duration::from_secs(1));
        let before = collector.stop();
        std::thread::sleep(outage());
        collector.resume();
        std::thread::sleep(Duration::from_secs(1));
        over.store(true, Ordering::Relaxed);
        (generator.join().expect("no panic"), before)
    });
    let begun = Instant::now();
    let flushed = guard.flush(LONG);
    let stats = guard.stats();
    println!(
        "{made} spans, settled {:?} after the last; {} retries",
        begun.elapsed(),
        stats.exporters[0].retries
    );
    assert!(flushed.is_ok(), "{flushed:?}\n{stats}");
    let row = &stats.exporters[0];
    assert!(stats.is_balanced() && stats.refused.total() == 0 && row.dropped.total() == 0, "{stats}");
    assert_eq!((stats.finished, row.exported), (made, made), "{stats}");
    assert!(row.retries > 0, "it was never away: {stats}");
    let mut counts = HashMap::new();
    count_ids(&before, &mut counts);
    let early = counts.len() as u64;
    count_ids(&collector.end().join("traces.jsonl"), &mut counts);
    let lost = (1..=made).filter(|id| !counts.contains_key(id)).count();
    let doubled = counts.values().filter(|count| **count > 1).count() as u64;
    println!("{early} before it stopped, {} in all, {lost} lost, {doubled} doubled", counts.len());
    assert!(early > 0 && early < made, "it was stopped in between: {early} of {made}");
    assert_eq!((lost, counts.len() as u64), (0, made));
    assert!(doubled <= REQUEST, "{doubled} came twice: more than one answer was lost");
}

#[test]
#[ignore = "needs a real server: scripts/backends install otelcol"]
fn with_memory_enough_no_span_is_lost_while_the_collector_is_away() {
    no_span_is_lost(|builder| builder.queue_bytes(1 << 30).retry_for(Duration::from_secs(3600)));
}

#[test]
#[cfg(unix)]
#[ignore = "needs a real server: scripts/backends install otelcol"]
fn with_the_spool_and_defaults_for_all_else_no_span_is_lost_while_the_collector_is_away() {
    let folder = std::env::temp_dir().join(format!("throughline-outage-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    no_span_is_lost(|builder| builder.spool(&folder));
    let _ = std::fs::remove_dir_all(&folder);
}
