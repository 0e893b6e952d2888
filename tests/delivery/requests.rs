//! What a request is made of, when it is cut and when it is sent.

use crate::ledger::{LONG, assert_delivered, attribute, row, spans, started, to};
use crate::support::collector::Collector;
use crate::support::{bare, until};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use prost::Message;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};
use throughline::{Batch, BoxFuture, Builder, Exporter, Outcome};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{prelude::*, registry};

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

/// Notes how many of its exports are under way at once.
#[derive(Clone, Default)]
struct AtOnce {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Exporter for AtOnce {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            // Long enough for all others to begin, were they let.
            tokio::time::sleep(Duration::from_millis(50)).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            Outcome::Accepted
        })
    }
}

#[test]
fn one_request_is_under_way_at_once_or_as_many_as_are_asked_for() {
    for (asked, most) in [(None, 1), (Some(0), 1), (Some(3), 3)] {
        let exporter = AtOnce::default();
        let builder = bare().exporter(exporter.clone()).request_spans(1);
        let builder = asked.into_iter().fold(builder, Builder::requests_in_flight);
        let (dispatch, guard) = started(builder);
        spans(&dispatch, 6);
        guard.flush(LONG).expect("everything is taken");
        assert_eq!(exporter.most.load(Ordering::SeqCst), most, "{asked:?}");
        assert!(guard.stats().is_balanced() && guard.stats().exporters[0].exported == 6, "{}", guard.stats());
    }
}
