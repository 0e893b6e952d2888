//! From the worker to a collector: every answer, every bad day, and a ledger that agrees with what arrived.

mod support;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use prost::Message;
use std::collections::BTreeSet;
use std::future::Future;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant, SystemTime};
use support::collector::{Collector, Reply, Request};
use support::{Counted, Kept, Lines, bare, until};
use throughline::{Batch, BoxFuture, Builder, Exporter, ExporterStats, Guard, Outcome, Stats};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{fmt, prelude::*, registry};

const LONG: Duration = Duration::from_secs(20);

/// A layer that only sends when it is told to.
fn started(builder: Builder) -> (Dispatch, Guard) {
    let (layer, guard) = builder.schedule_delay(Duration::from_secs(3600)).build().expect("valid settings");
    (Dispatch::new(registry().with(layer)), guard)
}

fn to(collector: &Collector) -> Builder {
    bare().service_name("delivery").endpoint(collector.url())
}

/// Finishes this many spans.
fn spans(dispatch: &Dispatch, count: usize) {
    with_default(dispatch, || (0..count).for_each(|n| drop(info_span!("s", n))));
}

/// The only exporter's row; the ledger must balance.
#[track_caller]
fn row(stats: &Stats) -> &ExporterStats {
    assert!(stats.is_balanced(), "{stats}");
    assert_eq!(stats.exporters.len(), 1);
    &stats.exporters[0]
}

/// The ledger balances, and says of the delivered what the collector says.
#[track_caller]
fn assert_delivered(guard: &Guard, collector: &Collector, count: usize) {
    let stats = guard.stats();
    assert_eq!(row(&stats).exported as usize, count, "{stats}");
    assert_eq!(collector.accepted().len(), count, "{stats}");
}

fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Any> {
    let mut found = attributes.iter().filter(|attribute| attribute.key == key);
    let value = found.next()?.value.as_ref()?.value.as_ref();
    assert!(found.next().is_none(), "{key} is there twice");
    value
}

// === requests ===

#[test]
fn a_request_is_what_was_recorded_in_the_official_types() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(
        to(&collector).resource_attribute("deployment.environment.name", "test").header("x-key", "secret"),
    );
    with_default(&dispatch, || {
        let outer = info_span!("outer", otel.kind = "server", answer = 42, text = "t").entered();
        info_span!("inner").in_scope(|| info!(n = 1, "hello"));
        drop(outer);
    });
    guard.flush(LONG).expect("accepted");

    let requests = collector.requests();
    let [request] = &requests[..] else { panic!("{} requests", requests.len()) };
    assert_eq!(request.path, "/v1/traces");
    assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(request.header("x-key"), Some("secret"));
    assert_eq!(request.header("content-encoding"), None);
    let agent = request.header("user-agent").expect("there is one");
    assert!(agent.starts_with("OTel-OTLP-Exporter-throughline/"), "{agent}");

    let body = request.decoded();
    let [group] = &body.resource_spans[..] else { panic!("{body:?}") };
    let resource = group.resource.as_ref().expect("there is one");
    for (key, value) in [
        ("service.name", "delivery"),
        ("deployment.environment.name", "test"),
        ("telemetry.sdk.name", "throughline"),
        ("telemetry.sdk.language", "rust"),
    ] {
        assert_eq!(attribute(&resource.attributes, key), Some(&Any::StringValue(value.to_owned())), "{key}");
    }
    let Some(Any::StringValue(instance)) = attribute(&resource.attributes, "service.instance.id") else {
        panic!("no instance id")
    };
    assert_eq!(instance.len(), 36);
    let [scope] = &group.scope_spans[..] else { panic!("{group:?}") };
    assert_eq!(scope.scope.as_ref().map(|scope| scope.name.as_str()), Some("throughline"));

    let [inner, outer] = &scope.spans[..] else { panic!("{scope:?}") };
    assert_eq!((inner.name.as_str(), outer.name.as_str(), outer.kind), ("inner", "outer", 2));
    assert_eq!((&inner.trace_id, &inner.parent_span_id), (&outer.trace_id, &outer.span_id));
    assert_eq!((outer.trace_id.len(), outer.span_id.len(), outer.parent_span_id.len()), (16, 8, 0));
    assert_eq!(attribute(&outer.attributes, "answer"), Some(&Any::IntValue(42)));
    assert_eq!(attribute(&outer.attributes, "text"), Some(&Any::StringValue("t".to_owned())));
    assert_eq!(inner.events[0].name, "hello");
    assert_eq!(attribute(&inner.events[0].attributes, "n"), Some(&Any::IntValue(1)));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_nanos();
    assert!(outer.start_time_unix_nano <= outer.end_time_unix_nano);
    assert!(now.abs_diff(outer.end_time_unix_nano.into()) < 30_000_000_000);
    assert_delivered(&guard, &collector, 2);
}

#[test]
fn requests_are_compressed_where_that_is_asked_for() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector).gzip(true));
    spans(&dispatch, 100);
    guard.flush(LONG).expect("accepted");
    let request = &collector.requests()[0];
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    assert!(request.body.len() < request.decoded().encoded_len());
    assert_delivered(&guard, &collector, 100);
}

#[test]
fn an_endpoint_keeps_its_path_and_a_whole_url_is_used_as_it_stands() {
    let collector = Collector::accepting();
    let url = collector.url();
    let path = |builder: Builder| {
        let (dispatch, guard) = started(builder);
        spans(&dispatch, 1);
        guard.flush(LONG).expect("accepted");
        collector.requests().pop().expect("one came").path
    };
    assert_eq!(path(bare().endpoint(format!("{url}/otlp/"))), "/otlp/v1/traces");
    assert_eq!(path(bare().endpoint(format!("{url}/v1/traces"))), "/v1/traces");
    assert_eq!(path(bare().endpoint(format!("{url}/a?k=v"))), "/a/v1/traces?k=v");
    assert_eq!(path(bare().traces_endpoint(format!("{url}/mine"))), "/mine");
    assert_eq!(path(bare().traces_endpoint(url.clone())), "/");
}

#[test]
fn requests_are_cut_by_bytes_and_by_spans() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector).request_bytes(256 << 10));
    let padding = "x".repeat(1000);
    with_default(&dispatch, || (0..2000).for_each(|_| drop(info_span!("s", padding))));
    guard.flush(LONG).expect("accepted");
    let requests = collector.requests();
    assert!(requests.len() >= 8, "{}", requests.len());
    let longest = requests.iter().map(|request| request.body.len()).max().expect("some came");
    assert!(longest <= 260 << 10, "{longest}");
    assert_delivered(&guard, &collector, 2000);

    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector).request_spans(7));
    spans(&dispatch, 30);
    guard.flush(LONG).expect("accepted");
    let counts: Vec<_> = collector.requests().iter().map(|request| request.spans().len()).collect();
    assert_eq!(counts, [7, 7, 7, 7, 2]);
    assert_delivered(&guard, &collector, 30);
}

#[test]
fn requests_smaller_than_a_segment_are_cut_by_bytes_too() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector).request_bytes(8 << 10));
    let padding = "x".repeat(500);
    with_default(&dispatch, || (0..100).for_each(|_| drop(info_span!("s", padding))));
    guard.flush(LONG).expect("accepted");
    let longest = collector.requests().iter().map(|request| request.body.len()).max().expect("some came");
    assert!(longest <= 10 << 10, "{longest} bytes");
    assert_delivered(&guard, &collector, 100);
}

#[test]
fn spans_are_sent_by_themselves_after_the_delay_and_at_once_without_one() {
    let collector = Collector::accepting();
    for delay in [Duration::from_millis(20), Duration::ZERO] {
        let (layer, guard) = to(&collector).schedule_delay(delay).build().expect("valid settings");
        let before = collector.requests().len();
        spans(&Dispatch::new(registry().with(layer)), 1);
        collector.wait_for(before + 1);
        until("it is counted", || row(&guard.stats()).exported == 1);
    }
}

#[test]
fn a_small_memory_bound_is_not_left_to_fill_up() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector).queue_bytes(256 << 10));
    let padding = "x".repeat(1000);
    with_default(&dispatch, || (0..140).for_each(|_| drop(info_span!("s", padding))));
    // Two full segments of 64 KiB wait under a bound of 256 KiB, and nobody flushes.
    collector.wait_for(1);
    assert_eq!(guard.stats().refused.memory, 0);
}

// === answers ===

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

// === nobody there ===

/// A port where nobody listens.
fn nobody() -> std::net::SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("a bound listener has an address")
}

#[test]
fn spans_wait_for_a_collector_that_comes_later() {
    let address = nobody();
    let (dispatch, guard) = started(bare().endpoint(format!("http://{address}")));
    spans(&dispatch, 5);
    let error = guard.flush(Duration::from_millis(200)).expect_err("nobody listens");
    assert!(error.is_timeout(), "{error}");
    let stats = guard.stats();
    assert_eq!(row(&stats).queued + row(&stats).in_flight, 5, "{stats}");
    let collector = Collector::accepting_at(address);
    guard.flush(LONG).expect("accepted");
    assert_delivered(&guard, &collector, 5);
}

#[test]
fn when_nobody_listens_one_plain_warning_says_so() {
    let address = nobody();
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
    let warnings: Vec<_> = lines.all().into_iter().filter(|line| line.contains("cannot connect")).collect();
    let [unreachable, ..] = &warnings[..] else { panic!("{}", lines.text()) };
    assert!(unreachable.contains("WARN throughline: "), "{unreachable}");
    assert!(unreachable.contains(&address.to_string()) && !unreachable.contains("secret"), "{unreachable}");
    let kept = warnings.iter().filter(|line| line.contains("kept and sent again")).count();
    assert_eq!(kept, 1, "{warnings:?}");
    assert!(warnings.len() <= 2, "one for the trouble, one for the loss: {warnings:?}");
    assert_eq!(row(&guard.stats()).dropped.retries, 15);
}

// === memory ===

#[test]
fn over_the_memory_bound_the_newest_spans_are_refused_and_the_older_ones_arrive() {
    let (release, held) = channel();
    let collector = Collector::scripted(vec![Reply::Hold(held)]);
    let (dispatch, guard) = started(to(&collector).queue_bytes(128 << 10));
    spans(&dispatch, 1);
    let stats = std::thread::scope(|scope| {
        let flush = scope.spawn(|| guard.flush(LONG));
        collector.wait_for(1);
        with_default(&dispatch, || {
            (10_000..14_000).for_each(|n| drop(info_span!("later", n, padding = "............")));
        });
        let stats = guard.stats();
        release.send(()).expect("the collector waits");
        flush.join().expect("no panic").expect("the first span was accepted");
        stats
    });
    assert!(stats.refused.memory > 0 && stats.finished > 100, "{stats}");
    assert_eq!(stats.started, 4001);
    assert!(stats.is_balanced() && stats.bytes <= 128 << 10, "{stats}");
    guard.flush(LONG).expect("accepted");
    let numbers: BTreeSet<_> = collector
        .accepted()
        .iter()
        .filter(|span| span.name == "later")
        .map(|span| match attribute(&span.attributes, "n") {
            Some(Any::IntValue(n)) => *n,
            other => panic!("{other:?}"),
        })
        .collect();
    let oldest = 10_000..10_000 + stats.finished as i64 - 1;
    assert!(numbers.iter().copied().eq(oldest.clone()), "{oldest:?} without a gap: {numbers:?}");
    assert_delivered(&guard, &collector, stats.finished as usize);
    spans(&dispatch, 10);
    guard.flush(LONG).expect("there is room again");
    assert_delivered(&guard, &collector, stats.finished as usize + 10);
}

// === flush and shutdown ===

#[test]
fn a_flush_waits_for_what_was_finished_before_it_and_no_more() {
    let ((release_one, one), (release_two, two)) = (channel(), channel());
    let collector = Collector::scripted(vec![Reply::Hold(one), Reply::Hold(two)]);
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 1);
    std::thread::scope(|scope| {
        let (first, second) = (scope.spawn(|| guard.flush(LONG)), {
            collector.wait_for(1);
            spans(&dispatch, 1);
            scope.spawn(|| guard.flush(LONG))
        });
        release_one.send(()).expect("the collector waits");
        first.join().expect("no panic").expect("the first span was accepted");
        collector.wait_for(2);
        assert!(!second.is_finished(), "the second span is not accepted yet");
        release_two.send(()).expect("the collector waits");
        second.join().expect("no panic").expect("the second span was accepted");
    });
    assert_delivered(&guard, &collector, 2);
}

#[test]
fn a_flush_that_runs_out_of_time_says_so_and_loses_nothing() {
    let (release, held) = channel();
    let collector = Collector::scripted(vec![Reply::Hold(held)]);
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 2);
    let begun = Instant::now();
    let error = guard.flush(Duration::from_millis(50)).expect_err("the collector holds");
    assert!(error.is_timeout() && !error.is_undelivered(), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(guard.flush(Duration::ZERO).expect_err("no time at all").is_timeout());
    assert_eq!(row(&guard.stats()).in_flight, 2);
    release.send(()).expect("the collector waits");
    guard.flush(LONG).expect("accepted");
    assert_delivered(&guard, &collector, 2);
}

#[test]
fn a_flush_with_nothing_to_do_sends_nothing() {
    let collector = Collector::accepting();
    let (_dispatch, guard) = started(to(&collector));
    guard.flush(Duration::from_secs(5)).expect("nothing to do");
    guard.shutdown(Duration::from_secs(5)).expect("nothing to do");
    assert!(collector.requests().is_empty());
}

#[test]
fn deadlines_without_end_are_deadlines_too() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector).retry_for(Duration::MAX).timeout(Duration::MAX));
    spans(&dispatch, 1);
    guard.flush(Duration::MAX).expect("accepted");
    spans(&dispatch, 1);
    guard.shutdown(Duration::MAX).expect("accepted");
    assert_delivered(&guard, &collector, 2);
}

#[test]
fn a_delay_without_end_leaves_the_worker_alive() {
    let collector = Collector::accepting();
    let (layer, guard) = to(&collector).schedule_delay(Duration::MAX).build().expect("valid settings");
    spans(&Dispatch::new(registry().with(layer)), 1);
    guard.flush(LONG).expect("accepted");
    assert_delivered(&guard, &collector, 1);
}

#[test]
fn a_flush_works_in_every_kind_of_runtime_and_without_one() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector));
    let guard = Arc::new(guard);
    let flush = {
        let (dispatch, guard) = (dispatch.clone(), Arc::clone(&guard));
        move || {
            spans(&dispatch, 1);
            guard.flush(LONG).expect("accepted");
        }
    };
    flush();
    let current = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    current.block_on(async { flush() });
    current.block_on(async {
        spans(&dispatch, 1);
        guard.flush_async().await.expect("accepted");
    });
    let several = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let several = several.expect("a runtime");
    several.block_on(async { flush() });
    several.block_on(several.spawn(async { tokio::task::yield_now().await })).expect("it lives");
    several.block_on(several.spawn_blocking(flush.clone())).expect("no panic");
    drop((current, several));
    flush();
    assert_delivered(&guard, &collector, 6);
}

#[test]
fn the_guard_may_be_dropped_inside_a_runtime() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        spans(&dispatch, 3);
        drop(guard);
    });
    assert_eq!(collector.accepted().len(), 3);
}

/// The smallest executor there is.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park_timeout(LONG),
        }
    }
}

#[test]
fn an_async_flush_works_on_any_executor() {
    let collector = Collector::scripted(vec![Reply::Status(200), Reply::Status(400)]);
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 2);
    block_on(guard.flush_async()).expect("accepted");
    assert_delivered(&guard, &collector, 2);
    spans(&dispatch, 1);
    assert!(block_on(guard.flush_async()).expect_err("rejected").is_undelivered());
    guard.shutdown(LONG).expect("nothing left");
    assert!(block_on(guard.flush_async()).expect_err("too late").is_shut_down());
}

#[test]
fn a_shutdown_delivers_and_a_second_one_is_an_error() {
    let collector = Collector::accepting();
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 3);
    guard.shutdown(LONG).expect("accepted");
    assert_delivered(&guard, &collector, 3);
    assert!(guard.shutdown(LONG).expect_err("the second time").is_shut_down());
    assert!(guard.flush(LONG).expect_err("nobody flushes").is_shut_down());
    spans(&dispatch, 2);
    let stats = guard.stats();
    assert_eq!((stats.started, stats.refused.shutdown), (5, 2));
    assert_delivered(&guard, &collector, 3);
}

#[test]
fn a_shutdown_keeps_its_deadline_when_the_collector_never_answers() {
    let collector = Collector::answering(|_| Reply::Never);
    let (dispatch, guard) = started(to(&collector).request_spans(2));
    spans(&dispatch, 5);
    let alive = with_default(&dispatch, || info_span!("alive"));
    let begun = Instant::now();
    let error = guard.shutdown(Duration::from_millis(200)).expect_err("never answered");
    let took = begun.elapsed();
    assert!(error.is_undelivered() || error.is_timeout(), "{error}");
    assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(3), "{took:?}");
    let stats = guard.stats();
    assert_eq!((row(&stats).dropped.shutdown, row(&stats).exported, stats.unfinished), (6, 0, 1), "{stats}");
    drop(alive);
    assert_eq!(guard.stats(), stats);
}

#[test]
fn a_shutdown_waits_no_longer_than_it_may_for_a_retry() {
    let collector = Collector::answering(|_| Reply::Full {
        status: 503,
        header: ("Retry-After", "30".to_owned()),
        body: Vec::new(),
    });
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 5);
    let begun = Instant::now();
    assert!(guard.shutdown(Duration::from_millis(200)).is_err());
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert_eq!(row(&guard.stats()).dropped.shutdown, 5);
}

#[test]
fn a_dropped_guard_gives_up_after_its_bound() {
    let collector = Collector::answering(|_| Reply::Never);
    let (dispatch, guard) = started(to(&collector));
    spans(&dispatch, 1);
    let begun = Instant::now();
    drop(guard);
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(4900) && took < Duration::from_secs(8), "{took:?}");
}

// === exporters of the program's own ===

struct Own<F>(&'static str, F);

impl<F: Fn(&Batch) -> BoxFuture<'static, Outcome> + Send + Sync + 'static> Exporter for Own<F> {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        (self.1)(batch)
    }

    fn name(&self) -> &str {
        self.0
    }
}

#[test]
fn an_exporter_that_panics_is_counted_and_harms_nobody() {
    let at_once = Own("at once", |_: &Batch| -> BoxFuture<'static, Outcome> {
        std::panic::resume_unwind(Box::new("at once"))
    });
    let later = Own("later", |_: &Batch| -> BoxFuture<'static, Outcome> {
        Box::pin(async {
            tokio::task::yield_now().await;
            std::panic::resume_unwind(Box::new("later"))
        })
    });
    let counted = Counted::default();
    let (dispatch, guard) = started(bare().exporter(at_once).exporter(later).exporter(counted.clone()));
    for _ in 0..2 {
        spans(&dispatch, 3);
        assert!(guard.flush(LONG).expect_err("two of three panic").is_undelivered());
    }
    let stats = guard.stats();
    assert!(stats.is_balanced(), "{stats}");
    let of = |name| stats.exporters.iter().find(|row| row.name == name).expect("a row for each");
    assert_eq!((of("at once").dropped.panic, of("later").dropped.panic), (6, 6));
    assert_eq!((of("counted").exported, counted.spans()), (6, 6));
}

#[test]
fn two_exporters_have_rows_and_fates_of_their_own() {
    let (collector, kept) = (Collector::answering(|_| Reply::Status(400)), Kept::default());
    let (dispatch, guard) = started(to(&collector).exporter(kept.clone()));
    spans(&dispatch, 4);
    assert!(guard.flush(LONG).expect_err("one rejects").is_undelivered());
    let stats = guard.stats();
    assert!(stats.is_balanced(), "{stats}");
    let [one, two] = &stats.exporters[..] else { panic!("{stats}") };
    assert_eq!((one.name.as_str(), one.exported, one.rejected), ("kept", 4, 0));
    assert_eq!((two.name.as_str(), two.exported, two.rejected), ("otlp", 0, 4));
    let shown = stats.to_string();
    assert!(shown.contains("exporter kept") && shown.contains("exporter otlp"), "{shown}");
}

#[test]
fn a_slow_exporter_does_not_hold_up_another() {
    let (release, held) = tokio::sync::oneshot::channel::<()>();
    let held = Mutex::new(Some(held));
    let slow = Own("slow", move |_: &Batch| -> BoxFuture<'static, Outcome> {
        let held = held.lock().expect("not poisoned").take();
        Box::pin(async {
            if let Some(held) = held {
                let _ = held.await;
            }
            Outcome::Accepted
        })
    });
    let counted = Counted::default();
    let (dispatch, guard) = started(bare().exporter(slow).exporter(counted.clone()));
    spans(&dispatch, 2);
    assert!(guard.flush(Duration::from_millis(50)).expect_err("one is slow").is_timeout());
    until("the other has exported", || counted.spans() == 2);
    let stats = guard.stats();
    assert_eq!((stats.exporters[0].in_flight, stats.exporters[1].exported), (2, 2), "{stats}");
    release.send(()).expect("it waits");
    guard.flush(LONG).expect("both accept");
}

#[test]
fn an_exporter_that_blocks_the_workers_thread_does_not_hang_a_shutdown() {
    let (release, held) = channel::<()>();
    let held = Mutex::new(held);
    let blocks = Own("blocks", move |_: &Batch| -> BoxFuture<'static, Outcome> {
        let _ = held.lock().expect("not poisoned").recv_timeout(LONG);
        Box::pin(async { Outcome::Accepted })
    });
    let (dispatch, guard) = started(bare().exporter(blocks));
    spans(&dispatch, 1);
    let begun = Instant::now();
    assert!(guard.shutdown(Duration::from_millis(100)).is_err());
    drop(guard);
    assert!(begun.elapsed() < Duration::from_secs(5));
    drop(release);
}

#[test]
fn what_an_exporter_itself_traces_is_not_recorded() {
    let talks = Own("talks", |_: &Batch| -> BoxFuture<'static, Outcome> {
        Box::pin(async {
            let _in = info_span!("telemetry about telemetry").entered();
            info!("exporting");
            Outcome::Accepted
        })
    });
    let (layer, guard) = bare().spans("trace").exporter(talks).build().expect("valid settings");
    let dispatch = Dispatch::new(registry().with(layer));
    let inner = dispatch.clone();
    let with_subscriber = Own("with subscriber", move |_: &Batch| -> BoxFuture<'static, Outcome> {
        with_default(&inner, || drop(info_span!("telemetry about telemetry").entered()));
        Box::pin(async { Outcome::Accepted })
    });
    let (second, other) = bare().exporter(with_subscriber).build().expect("valid settings");
    spans(&Dispatch::new(registry().with(second)), 1);
    other.flush(LONG).expect("accepted");
    spans(&dispatch, 1);
    guard.flush(LONG).expect("accepted");
    assert_eq!((guard.stats().started, guard.stats().finished), (1, 1));
}

#[test]
fn without_exporters_everything_is_still_counted() {
    let (dispatch, guard) = started(bare().exporter(Kept::default()));
    assert_eq!(guard.stats(), { guard.stats() });
    spans(&dispatch, 2);
    guard.flush(LONG).expect("kept");
    assert!(format!("{guard:?}").contains("finished: 2"), "{guard:?}");
    let _ = AnyValue::default();
}
