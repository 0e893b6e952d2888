//! What reqwest, hyper and rustls emit on our threads is never recorded: a binary of its own, for the global default.

#[path = "support/tls.rs"]
mod front;
mod support;

use front::{Authority, Folder, Front};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use prost::Message;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use support::collector::{Collector, Reply};
use support::{Lines, bare};
use throughline::Events;
use tracing::{info, info_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{fmt, prelude::*, registry};

/// Everything that can emit is made to: TLS, names that are resolved on threads for that, answers of 503 and closed
/// connections, a provider of headers that records; while every level of everything is recorded.
#[test]
fn what_our_own_threads_emit_is_never_recorded() {
    let (authority, folder, lines) = (Authority::new("ours"), Folder::new("muted"), Lines::default());
    let mut failures = vec![Reply::Close, Reply::Status(503)].into_iter();
    let collector = Collector::answering(move |_| failures.next().unwrap_or(Reply::Status(200)));
    let front = Front::new(collector.address, &authority.server(&["localhost"]), None);
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let (layer, guard) = bare()
        .endpoint(front.url("localhost"))
        .ca_certificate(folder.write("ca.pem", authority.pem()))
        .header_provider(|| {
            ASKED.fetch_add(1, Ordering::SeqCst);
            info_span!("of the provider").in_scope(|| info!("fetching a token"));
            log::info!("fetching a token");
            Vec::new()
        })
        .spans("trace")
        .events(Events::Both)
        .build()
        .expect("valid settings");
    let writer = lines.clone();
    let fmt =
        fmt::layer().with_ansi(false).with_writer(move || writer.clone()).with_filter(LevelFilter::TRACE);
    tracing::subscriber::set_global_default(registry().with(fmt).with(layer)).expect("the only one here");
    tracing_log::LogTracer::init().expect("the only one here");

    for _ in 0..3 {
        info_span!("ours").in_scope(|| info!("ours"));
        guard.flush(Duration::from_secs(20)).expect("accepted in the end");
    }
    assert!(guard.check().is_ok(), "{}", guard.check());

    let accepted: Vec<_> = collector.requests().into_iter().filter(|request| request.accepted).collect();
    let (mut spans, mut records) = (Vec::new(), Vec::new());
    for request in accepted {
        match request.path.as_str() {
            "/v1/traces" => spans.extend(request.spans()),
            _ => {
                let body = ExportLogsServiceRequest::decode(&request.body[..]).expect("valid OTLP");
                let groups = body.resource_logs.into_iter().flat_map(|group| group.scope_logs);
                records.extend(groups.map(|group| group.scope.map(|scope| scope.name).unwrap_or_default()));
            }
        }
    }
    assert_eq!(spans.iter().map(|span| span.name.as_str()).collect::<Vec<_>>(), ["ours"; 3]);
    assert!(spans.iter().all(|span| span.events.len() == 1), "{spans:?}");
    assert!(records.iter().all(|target| target == "muted"), "{records:?}");
    let stats = guard.stats();
    assert_eq!((stats.started, stats.is_balanced()), (3, true), "{stats}");
    // And there was something to mute.
    let text = lines.text();
    assert!(text.contains("reqwest::") || text.contains("hyper_util::"), "{text}");
    assert!(ASKED.load(Ordering::SeqCst) > 3 && text.contains("fetching a token"), "{text}");
}
