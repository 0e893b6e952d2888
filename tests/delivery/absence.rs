//! Nobody is there to take the spans.

use crate::ledger::{LONG, assert_delivered, row, spans, started};
use crate::support::collector::{Collector, Vacant};
use crate::support::{Lines, bare};
use std::time::Duration;
use tracing::Dispatch;
use tracing_subscriber::{fmt, prelude::*, registry};

#[test]
fn spans_wait_for_a_collector_that_comes_later() {
    let place = Vacant::new();
    let (dispatch, guard) = started(bare().endpoint(format!("http://{}", place.address())));
    spans(&dispatch, 5);
    let error = guard.flush(Duration::from_millis(200)).expect_err("nobody listens");
    assert!(error.is_timeout(), "{error}");
    let stats = guard.stats();
    assert_eq!(row(&stats).queued + row(&stats).in_flight, 5, "{stats}");
    let collector = Collector::accepting_at(place);
    guard.flush(LONG).expect("accepted");
    assert_delivered(&guard, &collector, 5);
}

#[test]
fn when_nobody_listens_one_plain_warning_says_so() {
    let place = Vacant::new();
    let address = place.address();
    let lines = Lines::default();
    let writer = lines.clone();
    let (layer, guard) = bare()
        .endpoint(format!("http://user:secret@{address}"))
        .request_spans(1)
        .retry_for(Duration::ZERO)
        .build()
        .expect("valid settings");
    let fmt = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    let dispatch = Dispatch::new(registry().with(fmt).with(layer));
    for _ in 0..3 {
        spans(&dispatch, 5);
        assert!(guard.flush(LONG).is_err());
    }
    let warnings: Vec<_> =
        lines.all().into_iter().filter(|line| line.contains("WARN throughline: ")).collect();
    // By the check at start-up or by the first export, whichever came first.
    let kept: Vec<_> = warnings.iter().filter(|line| line.contains("kept and sent again")).collect();
    let [kept] = &kept[..] else { panic!("{warnings:?}") };
    assert!(kept.contains("nothing listens at") || kept.contains("cannot connect to"), "{kept}");
    assert!(kept.contains(&address.to_string()) && !lines.text().contains("secret"), "{kept}");
    assert!(warnings.len() <= 2, "one for the trouble, one for the loss: {warnings:?}");
    assert_eq!(row(&guard.stats()).dropped.retries, 15);
}
