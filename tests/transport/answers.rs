//! Answers of 400, and of more than can be read.

use crate::ledger::{LONG, assert_delivered, row, spans, to};
use crate::speaking::started;
use crate::support::collector::{Collector, Reply, Request};
use std::time::Duration;
use tracing::dispatcher::with_default;
use tracing::info_span;

fn has(request: &Request, name: &str) -> bool {
    request.spans().iter().any(|span| span.name == name)
}

fn picky() -> Collector {
    Collector::answering(|request| Reply::Status(if has(request, "bad") { 400 } else { 200 }))
}

#[test]
fn a_batch_with_one_bad_span_is_rejected_whole_unless_it_is_to_be_bisected() {
    for (bisect, arrive) in [(false, 0), (true, 99)] {
        let collector = picky();
        let (dispatch, guard, lines) = started(to(&collector).bisect_rejected(bisect));
        with_default(&dispatch, || {
            (0..70).for_each(|_| drop(info_span!("good")));
            drop(info_span!("bad"));
            (0..29).for_each(|_| drop(info_span!("good")));
        });
        assert!(guard.flush(LONG).expect_err("one is bad").is_undelivered());
        let stats = guard.stats();
        assert_eq!((row(&stats).exported, row(&stats).rejected), (arrive, 100 - arrive), "{stats}");
        assert_delivered(&guard, &collector, arrive as usize);
        let count = if bisect { "1 span rejected" } else { "100 spans rejected" };
        assert!(lines.with("not to be sent again").contains(count), "{}", lines.text());
        assert!(collector.requests().len() <= 1 + 2 * 7, "{}", collector.requests().len());
    }
}

#[test]
fn what_is_wrong_with_all_of_them_is_not_searched_for_in_each() {
    let collector = Collector::answering(|_| Reply::Status(400));
    let (dispatch, guard, _) = started(to(&collector).bisect_rejected(true));
    spans(&dispatch, 10_000);
    assert!(guard.flush(LONG).expect_err("all are bad").is_undelivered());
    assert_eq!(row(&guard.stats()).rejected, 10_000);
    assert!(collector.requests().len() < 200, "{}", collector.requests().len());
}

#[test]
fn other_refusals_are_not_bisected() {
    for status in [401, 403, 404, 415, 500] {
        let collector = Collector::answering(move |_| Reply::Status(status));
        let (dispatch, guard, _) = started(to(&collector).bisect_rejected(true));
        spans(&dispatch, 10);
        assert!(guard.flush(LONG).expect_err("refused").is_undelivered());
        assert_eq!(collector.requests().len(), 1, "{status}");
    }
}

#[test]
fn an_answer_without_end_is_not_read_to_its_end() {
    let body = vec![b'x'; 8 << 20];
    let endless = Reply::Full { status: 200, header: ("x-long", "yes".to_owned()), body };
    let collector = Collector::scripted(vec![endless]);
    let (dispatch, guard, _) = started(to(&collector));
    for _ in 0..2 {
        spans(&dispatch, 1);
        guard.flush(Duration::from_secs(10)).expect("200 is 200");
    }
    assert_delivered(&guard, &collector, 2);
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Collector::accepting();
    let there = ("location", format!("{}/v1/traces", elsewhere.url()));
    for status in [301, 302, 303, 307, 308] {
        let reply = Reply::Full { status, header: there.clone(), body: Vec::new() };
        let collector = Collector::scripted(vec![reply]);
        let (dispatch, guard, _) = started(to(&collector));
        spans(&dispatch, 1);
        assert!(guard.flush(LONG).expect_err("refused").is_undelivered(), "{status}");
        assert_eq!(row(&guard.stats()).rejected, 1, "{status}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_retry_after_in_a_form_of_before_is_honoured() {
    // Dates that have passed ask for no wait at all beyond the first of the backoff.
    for past in ["Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
        let reply = Reply::Full { status: 503, header: ("retry-after", past.to_owned()), body: Vec::new() };
        let collector = Collector::scripted(vec![reply]);
        let (dispatch, guard, _) = started(to(&collector));
        spans(&dispatch, 1);
        guard.flush(LONG).expect("the second attempt");
        assert_delivered(&guard, &collector, 1);
    }
}

#[test]
fn success_is_success_in_every_form_that_http_has() {
    const FORMS: [&[u8]; 8] = [
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 202 Accepted\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n\x0a\x00\r\n0\r\nx-trailer: yes\r\n\r\n",
    ];
    for form in FORMS {
        let collector = Collector::answering(move |_| Reply::Raw(form));
        let (dispatch, guard, lines) = started(to(&collector));
        spans(&dispatch, 3);
        let shown = String::from_utf8_lossy(form).into_owned();
        guard.flush(LONG).unwrap_or_else(|error| panic!("{shown:?}: {error}"));
        let stats = guard.stats();
        assert_eq!((row(&stats).exported, row(&stats).retries), (3, 0), "{shown:?}: {stats}");
        assert_eq!(collector.requests().len(), 1, "{shown:?}");
        assert!(!lines.text().contains("rejected"), "{shown:?}: {}", lines.text());
    }
}

#[test]
fn statuses_that_nobody_has_defined_are_refusals() {
    for form in [&b"HTTP/1.1 600 What\r\ncontent-length: 0\r\n\r\n"[..], b"HTTP/1.1 304 Same\r\n\r\n"] {
        let collector = Collector::answering(move |_| Reply::Raw(form));
        let (dispatch, guard, _) = started(to(&collector));
        spans(&dispatch, 1);
        assert!(guard.flush(LONG).expect_err("refused").is_undelivered());
        assert_eq!((row(&guard.stats()).rejected, collector.requests().len()), (1, 1));
    }
}
