//! Whose counts they are after a fork, and since when.

use super::{LONG, fork, install, wait};
use crate::driver::{Ends, Program, resource};
use crate::support::collector::Collector;
use crate::support::until;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message;
use std::time::SystemTime;
use throughline::Guard;
use tracing::info_span;

/// The instance that the metrics are of, and since when they count.
fn told(guard: &Guard) -> (String, u64) {
    let bytes = guard.stats_reader().to_otlp();
    let request = ExportMetricsServiceRequest::decode(&bytes[..]).expect("valid OTLP");
    let group = &request.resource_metrics[0];
    let attributes = &group.resource.as_ref().expect("there is one").attributes;
    let instance = attributes.iter().find(|it| it.key == "service.instance.id").expect("it is found");
    let points = group.scope_metrics[0].metrics.iter().flat_map(|metric| match &metric.data {
        Some(Data::Sum(sum)) => sum.data_points.clone(),
        other => panic!("{other:?}"),
    });
    let since = points.map(|point| point.start_time_unix_nano).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(since.len(), 1, "all since then");
    let value = instance.value.clone().and_then(|it| it.value);
    (format!("{value:?}"), *since.first().expect("see above"))
}

/// The child delivers one span itself, and leaves another behind.
pub(super) fn of_a_child() {
    let folder = std::env::temp_dir().join(format!("throughline-metrics-{}", std::process::id()));
    let guard = install(throughline::builder().spool(&folder));
    let (ours, since) = told(&guard);
    let before = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_nanos() as u64;
    let child = fork(|| {
        drop(info_span!("delivered"));
        if guard.flush(LONG).is_err() {
            return 10;
        }
        let (instance, begun) = told(&guard);
        assert!(instance != ours && begun >= before && before >= since, "{instance} since {begun}");
        println!("instance {instance}");
        drop(info_span!("left"));
        // SAFETY: it does not return.
        unsafe { libc::_exit(0) }
    });
    assert_eq!(wait(child, LONG), 0);
    assert_eq!(told(&guard), (ours, since), "what the parent counts is its own still");
    let (_layer, next) = throughline::builder().spool(&folder).build().expect("valid settings");
    let adopted = || [&guard, &next].iter().map(|it| it.stats().exporters[0].adopted).sum::<u64>();
    until("what the child left is found", || adopted() == 1);
    for guard in [next, guard] {
        guard.shutdown(LONG).expect("a collector that takes all");
    }
    let _ = std::fs::remove_dir_all(&folder);
}

pub(crate) fn are_the_childs_own() {
    let collector = Collector::accepting();
    let program = Program::start("metrics in a child", &collector);
    let instance = program.says("instance");
    let ended = program.end();
    assert_eq!(ended.ends, Ends::Code(0), "{}", ended.errors);
    let mut found = Vec::new();
    for request in collector.requests() {
        let names = request.spans().into_iter().map(|span| span.name);
        found.extend(names.map(|name| (name, resource(&request, "service.instance.id"))));
    }
    found.sort();
    assert_eq!(found, [("delivered".to_owned(), instance.clone()), ("left".to_owned(), instance)]);
}
