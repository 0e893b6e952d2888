//! Every answer that a collector may give.

use crate::ledger::{LONG, assert_delivered, row, spans, started, to};
use crate::support::collector::{Collector, Reply, Request};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use std::collections::BTreeSet;
use std::time::Duration;
use tracing::dispatcher::with_default;
use tracing::info_span;

#[test]
fn what_may_go_better_later_is_sent_again() {
    let failures: [fn() -> Reply; 8] = [
        || Reply::Status(429),
        || Reply::Status(502),
        || Reply::Status(503),
        || Reply::Status(504),
        || Reply::Close,
        || Reply::Raw(b"garbage\r\n\r\n"),
        || Reply::Raw(b"HTTP/1.1 20"),
        || Reply::Raw(b""),
    ];
    for (at, failure) in failures.iter().enumerate() {
        let collector = Collector::scripted(vec![failure()]);
        let (dispatch, guard) = started(to(&collector));
        spans(&dispatch, 3);
        guard.flush(LONG).unwrap_or_else(|error| panic!("{error} after failure {at}"));
        let requests = collector.requests();
        assert!(requests.len() >= 2, "failure {at}");
        assert_eq!(requests[0].body, requests[1].body, "failure {at}");
        assert_delivered(&guard, &collector, 3);
        assert!(row(&guard.stats()).retries >= 1, "failure {at}");
    }
}

#[test]
fn what_will_never_go_better_is_not_sent_again() {
    for status in [301, 400, 401, 403, 404, 500, 501] {
        let collector = Collector::scripted(vec![Reply::Status(status)]);
        let (dispatch, guard) = started(to(&collector));
        spans(&dispatch, 3);
        let error = guard.flush(LONG).expect_err("rejected");
        assert!(error.is_undelivered() && !error.is_timeout(), "{status}: {error}");
        assert_eq!(collector.requests().len(), 1, "{status}");
        let stats = guard.stats();
        assert_eq!((row(&stats).rejected, row(&stats).exported), (3, 0), "{status}");
        spans(&dispatch, 1);
        guard.flush(LONG).expect("the next request is accepted");
        assert_delivered(&guard, &collector, 1);
    }
}

#[test]
fn a_request_that_is_not_answered_in_time_is_sent_again() {
    let collector = Collector::scripted(vec![Reply::Never]);
    let (dispatch, guard) = started(to(&collector).timeout(Duration::from_millis(100)));
    spans(&dispatch, 2);
    guard.flush(LONG).expect("the second attempt is accepted");
    assert_eq!(collector.requests().len(), 2);
    assert_delivered(&guard, &collector, 2);
}

#[test]
fn retry_after_is_honoured_in_seconds_and_as_a_date() {
    let soon = Reply::Full { status: 503, header: ("Retry-After", "1".to_owned()), body: Vec::new() };
    let past = "Sun, 06 Nov 1994 08:49:37 GMT".to_owned();
    let past = Reply::Full { status: 429, header: ("retry-after", past), body: Vec::new() };
    let collector = Collector::scripted(vec![soon, past]);
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 2);
    guard.flush(LONG).expect("the third attempt is accepted");
    let requests = collector.requests();
    assert_eq!(requests.len(), 3);
    let waited = requests[1].at - requests[0].at;
    assert!(waited >= Duration::from_secs(1), "{waited:?}: not even a flush cuts it short");
    assert_delivered(&guard, &collector, 2);
}

#[test]
fn a_retry_after_beyond_all_bounds_drops_the_batch_and_nothing_else() {
    for absurd in ["18446744073709551615", "12297829382473034411", "99999999999"] {
        let reply = Reply::Full { status: 503, header: ("Retry-After", absurd.to_owned()), body: Vec::new() };
        let collector = Collector::scripted(vec![reply]);
        let (dispatch, guard) = started(to(&collector));
        spans(&dispatch, 2);
        assert!(guard.flush(LONG).expect_err("dropped").is_undelivered(), "{absurd}");
        assert_eq!(row(&guard.stats()).dropped.retries, 2, "{absurd}");
        spans(&dispatch, 3);
        guard.flush(LONG).expect("the lane goes on");
        assert_delivered(&guard, &collector, 3);
    }
}

#[test]
fn a_partial_success_is_counted_and_not_sent_again() {
    let said = |rejected_spans, message: &str| {
        let partial = ExportTracePartialSuccess { rejected_spans, error_message: message.to_owned() };
        let body = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
        Reply::Full { status: 200, header: ("content-type", "application/x-protobuf".to_owned()), body }
    };
    // Of 5 each: 2; none, with a warning; more than there were; less than none.
    let replies = vec![said(2, "too old"), said(0, "be careful"), said(99, "all"), said(-3, "nonsense")];
    let collector = Collector::scripted(replies);
    let (dispatch, guard) = started(to(&collector));
    let results: Vec<_> = (0..4)
        .map(|_| {
            spans(&dispatch, 5);
            guard.flush(LONG).is_ok()
        })
        .collect();
    assert_eq!(results, [false, true, false, true]);
    assert_eq!(collector.requests().len(), 4);
    let stats = guard.stats();
    assert_eq!((row(&stats).exported, row(&stats).rejected), (3 + 5 + 5, 2 + 5));
}

#[test]
fn too_large_a_request_is_split_until_it_fits() {
    let collector = Collector::answering(|request| match request.spans().len() {
        0..=3 => Reply::Status(200),
        _ => Reply::Status(413),
    });
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 20);
    guard.flush(LONG).expect("all fit in the end");
    let accepted = collector.accepted();
    let ids: BTreeSet<_> = accepted.iter().map(|span| span.span_id.clone()).collect();
    assert_eq!(ids.len(), 20, "each span once");
    assert_delivered(&guard, &collector, 20);
}

#[test]
fn a_single_span_that_is_too_large_is_rejected_and_the_others_arrive() {
    let large = |request: &Request| request.spans().iter().any(|span| span.name == "large");
    let collector =
        Collector::answering(move |request| Reply::Status(if large(request) { 413 } else { 200 }));
    let (dispatch, guard) = started(to(&collector));
    with_default(&dispatch, || {
        (0..10).for_each(|_| drop(info_span!("s")));
        drop(info_span!("large"));
        (0..6).for_each(|_| drop(info_span!("s")));
    });
    assert!(guard.flush(LONG).expect_err("one is lost").is_undelivered());
    assert_eq!(row(&guard.stats()).rejected, 1);
    assert_delivered(&guard, &collector, 16);
}

#[test]
fn what_is_retried_too_long_is_dropped_and_counted() {
    let collector = Collector::answering(|_| Reply::Status(503));
    let (dispatch, guard) = started(to(&collector).retry_for(Duration::ZERO));
    spans(&dispatch, 4);
    assert!(guard.flush(LONG).expect_err("dropped").is_undelivered());
    let stats = guard.stats();
    assert_eq!((row(&stats).dropped.retries, row(&stats).dropped.total()), (4, 4));
    assert_eq!(row(&stats).exported as usize, collector.accepted().len());
}
