//! What is left of a trace that is not sampled: ids, in logs and headers.

use crate::support::{Lines, Numbers, Recording, bare, record};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use throughline::propagation::{extract, inject};
use throughline::{Clock, Sampler, SpanExt};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{prelude::*, registry};

/// Counts how often it is read.
#[derive(Clone, Default)]
struct Read(Arc<AtomicU64>);

impl Clock for Read {
    fn now_unix_nanos(&self) -> u64 {
        1_700_000_000_000_000_000 + self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// Counts how often it is formatted.
struct Formatted<'a>(&'a AtomicU64);

impl fmt::Display for Formatted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fetch_add(1, Ordering::SeqCst);
        f.write_str("formatted")
    }
}

#[test]
fn lines_and_headers_have_its_ids_with_flags_00() {
    let lines = Lines::default();
    let writer = lines.clone();
    let builder = bare().sampler(Sampler::always_off()).id_generator(Numbers::default());
    let (layer, recording) = Recording::new(builder);
    let fmt = tracing_subscriber::fmt::layer()
        .event_format(throughline::log::json())
        .fmt_fields(throughline::log::json_fields())
        .with_writer(move || writer.clone());
    with_default(&Dispatch::new(registry().with(fmt).with(layer)), || {
        let outer = info_span!("outer").entered();
        info!("outside");
        let inner = info_span!("inner").entered();
        info!("inside");
        let mut headers = HashMap::new();
        inject(&mut headers);
        let id = inner.context().span_context();
        assert_eq!(headers["traceparent"], format!("00-{}-{}-00", id.trace_id(), id.span_id()));
        assert_ne!(id.span_id(), outer.context().span_context().span_id());
        let line: serde_json::Value = serde_json::from_str(&lines.with("inside")).expect("JSON");
        assert_eq!(line["trace_id"], id.trace_id().to_string());
        assert_eq!(
            (&line["span_id"], &line["trace_flags"]),
            (&id.span_id().to_string().into(), &"00".into())
        );
        let line: serde_json::Value = serde_json::from_str(&lines.with("outside")).expect("JSON");
        assert_eq!(line["span_id"], outer.context().span_context().span_id().to_string());
    });
    assert!(recording.spans().is_empty());
    let stats = recording.guard.stats();
    assert!(stats.is_balanced() && stats.unsampled == 2, "{stats}");
}

/// Of a trace begun here the first span is recorded until the decision: its parent may yet be set.
#[test]
fn no_clock_is_read_and_no_field_looked_at_once_it_is_decided() {
    let (clock, formatted) = (Read::default(), AtomicU64::new(0));
    let recording = record(bare().sampler(Sampler::always_off()).clock(clock.clone()), || {
        let root = info_span!("root").entered();
        let _ = root.context();
        let begun = clock.0.load(Ordering::SeqCst);
        for _ in 0..100 {
            let child = info_span!("child", field = %Formatted(&formatted), late = tracing::field::Empty);
            child.in_scope(|| {
                child.record("late", 7);
                info!(field = %Formatted(&formatted), "an event");
                drop(info_span!("grandchild", field = %Formatted(&formatted)));
                child.set_attribute("more", 1);
            });
        }
        assert_eq!(formatted.load(Ordering::SeqCst), 0);
        assert_eq!(clock.0.load(Ordering::SeqCst), begun);
    });
    let stats = recording.guard.stats();
    assert!(stats.is_balanced() && stats.unsampled == 201, "{stats}");
    assert_eq!(formatted.load(Ordering::SeqCst), 0);
}

#[test]
fn what_it_carries_goes_on() {
    let headers = HashMap::from(
        [
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"),
            ("tracestate", "ot=th:f;rv:00000000000001,vendor=1"),
            ("baggage", "tenant=gold"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    record(bare(), || {
        let server = info_span!("server");
        server.set_parent(extract(&headers)).expect("in time");
        server.in_scope(|| {
            info_span!("client").in_scope(|| {
                let mut sent = HashMap::new();
                inject(&mut sent);
                assert!(sent["traceparent"].starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
                assert!(sent["traceparent"].ends_with("-00"));
                assert_eq!(sent["tracestate"], "ot=th:f;rv:00000000000001,vendor=1");
                assert_eq!(sent["baggage"], "tenant=gold");
            });
        });
    });
}

/// A child of an unsampled span may still be hung under a sampled one, on whatever thread it is.
#[test]
fn a_child_of_one_may_be_hung_elsewhere_and_live_on_another_thread() {
    let sampled = HashMap::from([(
        "traceparent".to_owned(),
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
    )]);
    let (layer, recording) = Recording::new(bare().sampler(Sampler::parent_based(Sampler::always_off())));
    let dispatch = Dispatch::new(registry().with(layer));
    let child = with_default(&dispatch, || {
        let root = info_span!("root").entered();
        let child = info_span!("child");
        drop(root);
        child
    });
    let elsewhere = dispatch.clone();
    std::thread::spawn(move || {
        with_default(&elsewhere, || {
            child.set_parent(extract(&sampled)).expect("nothing hangs under it");
            child.in_scope(|| drop(info_span!("below")));
            drop(child);
        });
    })
    .join()
    .expect("it ends");
    let names: Vec<_> = recording.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["child", "below"]);
    let stats = recording.guard.stats();
    assert!(stats.is_balanced() && stats.unsampled == 1, "{stats}");
}
