//! The storms.

use crate::collector::{Collector, TIMEOUT, of_record, of_span};
use crate::seed::Seed;
use crate::support::{Lines, Numbers, bare};
use crate::verdict::{Verdict, agree, judge};
use std::time::Duration;
use throughline::{Builder, Events, ExporterStats, Stats};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{fmt, prelude::*, registry};

/// Longer than any run of faults takes, on a machine that is busy.
const LONG: Duration = Duration::from_secs(120);

/// Prints the seed of a storm that fails.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to see this again: THROUGHLINE_CHAOS_SEED={}", self.0);
        }
    }
}

/// The seed that was asked for; where it is the long run, another one each time.
fn seed() -> u64 {
    let asked = std::env::var("THROUGHLINE_CHAOS_SEED").ok().and_then(|seed| seed.parse().ok());
    asked.unwrap_or_else(|| match long() {
        true => std::time::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_secs()),
        false => 1,
    })
}

fn long() -> bool {
    std::env::var_os("THROUGHLINE_SOAK").is_some()
}

fn steps() -> u64 {
    if long() { 10_000 } else { 250 }
}

/// Finishes spans of many sizes, each with an event in it, and has them delivered at most steps, to a collector that
/// misbehaves. Gives what became of the spans, and of the log records.
fn storm(salt: u64, tune: impl FnOnce(Builder) -> Builder) -> (Stats, [Verdict; 2]) {
    let told = Told(seed());
    let mut seed = Seed::new(told.0.wrapping_add(salt));
    let collector = Collector::start(seed.next());
    let builder = bare()
        .endpoint(format!("http://{}", collector.address))
        .id_generator(Numbers::default())
        .schedule_delay(Duration::from_secs(3600))
        .queue_bytes(256 << 20)
        .request_bytes(64 << 10)
        .timeout(TIMEOUT)
        .gzip(seed.once_in(2))
        .retry_waits(Duration::from_millis(1), Duration::from_millis(10));
    let (layer, guard) = tune(builder).build().expect("valid settings");
    let lines = Lines::default();
    let writer = lines.clone();
    let fmt = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    let dispatch = Dispatch::new(registry().with(fmt.with_filter(LevelFilter::WARN)).with(layer));
    let (padding, mut count) = ("x".repeat(100_000), 0_u64);
    for step in 0..steps() {
        with_default(&dispatch, || {
            for n in 0..1 + seed.below(12) {
                let longest = if seed.once_in(50) { 100_000 } else { 300 };
                let padding = &padding[..seed.below(longest) as usize];
                count += 1;
                info_span!("span", step, n, padding).in_scope(|| info!(record = count, padding, "in it"));
            }
        });
        if !seed.once_in(4) {
            let flushed = guard.flush(LONG);
            assert!(!flushed.is_err_and(|error| error.is_timeout()), "step {step} never ends");
        }
    }
    collector.calm_down();
    let ended = guard.shutdown(LONG);
    assert!(!ended.is_err_and(|error| error.is_timeout()), "it never ends");
    let (stats, (requests, faults)) = (guard.stats(), collector.seen());
    assert_eq!((stats.started, stats.finished), (count, count), "{stats}");
    assert!(requests > steps() / 2 && faults.len() > 15, "no storm: {requests} requests, {faults:?}");
    let timeouts = lines.all().iter().filter(|line| line.contains("no answer in time")).count();
    let hung = ["StopReading", "TakeAndHang"].iter().filter_map(|fault| faults.get(*fault)).sum::<u64>();
    eprintln!("seed {}: {requests} requests, {timeouts} timeouts for {hung} that hung, {faults:?}", told.0);
    assert!(stats.is_balanced() && stats.unsampled + stats.refused.total() == 0, "{stats}");
    let (spans, logs) = (judge(&collector, (1..=count).map(of_span)), &stats.logs);
    let records = judge(&collector, (1..=logs.finished).map(of_record));
    assert_eq!(collector.fates().len() as u64, spans.seen + records.seen, "something came that nobody made");
    eprintln!("seed {}: spans {spans:?}, log records {records:?}", told.0);
    agree(stats.finished, &stats.exporters[0], &spans);
    logs.exporters.iter().for_each(|row| agree(logs.finished, row, &records));
    (stats, [spans, records])
}

#[test]
fn with_patience_no_span_is_lost_and_none_doubled_but_where_an_answer_was_lost() {
    let (stats, [verdict, _]) = storm(0, |builder| builder.retry_for(Duration::from_secs(3600)));
    assert_eq!((verdict.neither, stats.exporters[0].dropped.total()), (0, 0), "{stats}");
    assert!(verdict.doubled > 0 && verdict.refused > 0, "{verdict:?}");
}

#[test]
fn without_patience_what_was_given_up_is_what_the_collector_did_not_say_it_took() {
    let (stats, [verdict, _]) = storm(1, |builder| builder.retry_for(Duration::from_millis(4)));
    let dropped = stats.exporters[0].dropped.retries;
    assert!(
        (verdict.neither..=verdict.neither + verdict.doubtful).contains(&dropped),
        "{verdict:?}\n{stats}"
    );
    assert!(dropped > 0, "{stats}");
}

#[test]
fn log_records_beside_spans_have_fates_of_their_own() {
    let patient = |builder: Builder| builder.events(Events::Logs).retry_for(Duration::from_secs(3600));
    let (stats, [spans, records]) = storm(2, patient);
    assert_eq!((stats.logs.finished, stats.logs.refused.total()), (stats.finished, 0), "{stats}");
    assert_eq!((spans.neither, records.neither), (0, 0), "{stats}");
    assert!(records.taken > 0 && records.refused > 0 && records.doubled > 0, "{records:?}");
    let of = |rows: &[ExporterStats]| (rows[0].exported, rows[0].rejected);
    assert_ne!(of(&stats.exporters), of(&stats.logs.exporters), "two queues, two fates: {stats}");
}
