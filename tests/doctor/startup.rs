//! The check that nobody asked for.

use crate::listeners::listening;
use crate::support::collector::{Collector, Reply, Vacant};
use crate::support::{Lines, bare, until};
use std::time::{Duration, Instant};
use throughline::{Builder, Events, Guard};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::{fmt, prelude::*, registry};

const LONG: Duration = Duration::from_secs(10);

fn started(builder: Builder) -> (Dispatch, Guard, Lines) {
    let lines = Lines::default();
    let writer = lines.clone();
    let (layer, guard) = builder.schedule_delay(Duration::from_secs(3600)).build().expect("valid settings");
    let fmt = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    (Dispatch::new(registry().with(fmt).with(layer)), guard, lines)
}

#[test]
fn where_all_is_well_only_a_line_at_debug_level_says_so() {
    let collector = Collector::accepting();
    let (dispatch, guard, lines) = started(bare().endpoint(collector.url()));
    until("it is told", || lines.text().contains("takes them"));
    assert!(
        lines.with("takes them").contains("DEBUG throughline: traces: http://127.0.0.1:"),
        "{}",
        lines.text()
    );
    assert!(!lines.text().contains("WARN"), "{}", lines.text());
    assert_eq!((collector.checks().len(), collector.requests().len()), (1, 0));
    with_default(&dispatch, || drop(info_span!("s")));
    guard.flush(LONG).expect("accepted");
    assert_eq!(
        collector.requests()[0].peer,
        collector.checks()[0].peer,
        "the connection is kept for the exports"
    );
    let stats = guard.stats();
    assert_eq!((stats.exporters[0].exported, stats.is_balanced()), (1, true), "{stats}");
}

#[test]
fn it_can_be_switched_off() {
    let collector = Collector::accepting();
    let (dispatch, guard, _lines) = started(bare().endpoint(collector.url()).startup_check(false));
    with_default(&dispatch, || drop(info_span!("s")));
    guard.flush(LONG).expect("accepted");
    assert_eq!((collector.checks().len(), collector.requests().len()), (0, 1));
}

#[test]
fn what_is_wrong_is_told_in_one_line_before_anything_is_sent() {
    let header = ("www-authenticate", "Bearer".to_owned());
    let collector =
        Collector::answering(move |_| Reply::Full { status: 401, header: header.clone(), body: Vec::new() })
            .answering_checks();
    // Both signals have the same trouble: that is one line.
    let (_dispatch, _guard, lines) = started(bare().endpoint(collector.url()).events(Events::Both));
    until("both were asked", || collector.requests().len() == 2);
    until("it is told", || lines.text().contains("will not arrive"));
    let line = lines.with("401");
    assert!(line.contains("WARN throughline: traces will not arrive: ") && line.contains("Bearer"), "{line}");
    assert!(line.contains("OTEL_EXPORTER_OTLP_HEADERS"), "{line}");
}

#[test]
fn a_collector_that_is_not_there_is_told_once_by_whoever_is_first() {
    let place = Vacant::new();
    let (dispatch, guard, lines) = started(bare().endpoint(format!("http://{}", place.address())));
    until("it is told", || lines.text().contains("nothing listens"));
    with_default(&dispatch, || drop(info_span!("s")));
    assert!(guard.flush(Duration::from_millis(300)).expect_err("nobody is there").is_timeout());
    assert!(guard.stats().exporters[0].retries > 0, "the lane has failed meanwhile");
    let line = lines.with("kept and sent again");
    assert!(line.contains("nothing listens") && line.contains("start a collector there"), "{line}");
    drop(Collector::accepting_at(place));
}

#[test]
fn it_holds_up_neither_the_start_nor_a_flush_nor_the_end() {
    let (accepting, silent) = (Collector::accepting(), listening(|_| Some(Vec::new())));
    let begun = Instant::now();
    let builder =
        bare().endpoint(accepting.url()).events(Events::Both).logs_endpoint(format!("http://{silent}"));
    let (dispatch, guard, _lines) = started(builder);
    with_default(&dispatch, || drop(info_span!("s")));
    guard.flush(LONG).expect("accepted");
    guard.shutdown(LONG).expect("accepted");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
