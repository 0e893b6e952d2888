//! Several processes, or several layers of one, share a folder.

use super::{Folder, LONG, spooling, start};
use crate::support::collector::{Collector, Reply};
use crate::support::{Counted, bare, until};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use std::time::Duration;
use tracing::dispatcher::with_default;
use tracing::info_span;

/// The service of each request that was accepted, with the number of its spans.
fn services(collector: &Collector) -> Vec<(String, usize)> {
    let accepted = collector.requests().into_iter().filter(|request| request.accepted);
    let of = |request: &crate::support::collector::Request| {
        let group = request.decoded().resource_spans.into_iter().next()?;
        let name = group.resource?.attributes.into_iter().find(|it| it.key == "service.name")?;
        let spans = group.scope_spans.iter().map(|scope| scope.spans.len()).sum();
        match name.value?.value? {
            Any::StringValue(name) => Some((name, spans)),
            _ => None,
        }
    };
    accepted.filter_map(|request| of(&request)).collect()
}

#[test]
fn what_was_left_behind_is_delivered_as_the_service_that_left_it() {
    let folder = Folder::new();
    let away = Collector::answering(|_| Reply::Status(503));
    let (dispatch, guard) = start(spooling(folder.path()).endpoint(away.url()).service_name("gone"));
    with_default(&dispatch, || (0..50).for_each(|_| drop(info_span!("work"))));
    guard.shutdown(Duration::from_millis(20)).expect_err("nobody takes it");
    let collector = Collector::accepting();
    let (dispatch, guard) = start(spooling(folder.path()).endpoint(collector.url()).service_name("new"));
    until("they are there", || services(&collector).iter().any(|(name, _)| name == "gone"));
    with_default(&dispatch, || drop(info_span!("work")));
    guard.flush(LONG).expect("everything is taken");
    assert_eq!(services(&collector), [("gone".to_owned(), 50), ("new".to_owned(), 1)]);
    let ids: Vec<_> = collector.accepted().iter().map(|span| span.span_id.clone()).collect();
    assert!(ids.iter().all(|id| id.len() == 8));
}

#[test]
fn what_somebody_is_still_writing_is_left_alone() {
    let (folder, one, other) = (Folder::new(), Counted::default(), Counted::default());
    let hour = Duration::from_secs(3600);
    let (dispatch, first) = start(spooling(folder.path()).schedule_delay(hour).exporter(one.clone()));
    with_default(&dispatch, || (0..50).for_each(|_| drop(info_span!("work"))));
    let (_dispatch, second) = start(spooling(folder.path()).exporter(other.clone()));
    second.flush(LONG).expect("nothing to deliver");
    second.shutdown(LONG).expect("nothing to deliver");
    assert_eq!((other.spans(), second.stats().exporters[0].adopted), (0, 0));
    first.shutdown(LONG).expect("everything is taken");
    assert_eq!(one.spans(), 50);
    folder.empties();
}

#[test]
fn of_many_that_look_at_once_one_delivers() {
    let folder = Folder::new();
    for _ in 0..3 {
        let away = Collector::answering(|_| Reply::Status(503));
        let (dispatch, guard) = start(spooling(folder.path()).endpoint(away.url()));
        with_default(&dispatch, || (0..1_000).for_each(|_| drop(info_span!("work"))));
        guard.shutdown(Duration::ZERO).expect_err("nobody takes it");
    }
    let counted = Counted::default();
    let started: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    start(bare().spool(folder.path()).queue_bytes(1 << 20).exporter(counted.clone()))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("it starts")).collect()
    });
    let adopted = || started.iter().map(|(_, guard)| guard.stats().exporters[0].adopted).sum::<u64>();
    until("all are delivered", || counted.spans() >= 3_000);
    for (_, guard) in &started {
        guard.shutdown(LONG).expect("everything is taken");
        assert!(guard.stats().is_balanced(), "{}", guard.stats());
    }
    assert_eq!((counted.spans(), adopted()), (3_000, 3_000));
    folder.empties();
}

#[test]
fn who_ends_again_and_again_leaves_little_each_time() {
    let folder = Folder::new();
    let away = Collector::answering(|_| Reply::Status(503));
    let bytes =
        || folder.files().iter().map(|file| file.metadata().map_or(0, |data| data.len())).sum::<u64>();
    let rounds = 20;
    for _ in 0..rounds {
        let (dispatch, guard) = start(spooling(folder.path()).endpoint(away.url()));
        with_default(&dispatch, || (0..100).for_each(|_| drop(info_span!("work"))));
        // Those of before are being read, and wait for the collector.
        guard.shutdown(Duration::from_millis(20)).expect_err("nobody takes it");
        assert!(guard.stats().is_balanced() && guard.stats().unspooled == 0, "{}", guard.stats());
    }
    let (dispatch, guard) = start(spooling(folder.path()).endpoint(away.url()));
    until("they have been looked at", || bytes() < 6 << 20);
    drop((dispatch, guard));
    let counted = Counted::default();
    let (_dispatch, guard) = start(spooling(folder.path()).exporter(counted.clone()));
    until("all are delivered", || counted.spans() == 100 * rounds);
    guard.shutdown(LONG).expect("everything is taken");
    folder.empties();
}
