//! With a global default subscriber, of which a process has one.

mod support;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use support::collector::{Collector, Reply};
use support::{Recording, assert_child, bare, names};
use throughline::{SpanExt, current_context};
use tracing::dispatcher::{set_global_default, with_default};
use tracing::{Dispatch, Event, Subscriber, info, info_span};
use tracing_subscriber::layer::Context;
use tracing_subscriber::{fmt, prelude::*, registry, reload};

/// Targets of events on threads of the worker.
static HEARD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

struct Hears;

impl<S: Subscriber> tracing_subscriber::Layer<S> for Hears {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if std::thread::current().name() == Some("throughline") {
            let mut heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
            heard.insert(event.metadata().target().to_owned());
        }
    }
}

#[test]
fn a_global_default_records_on_every_thread_and_nothing_of_the_worker() {
    let collector = Collector::scripted(vec![Reply::Status(503), Reply::Close]);
    let (layer, guard) = bare().spans("trace").endpoint(collector.url()).build().expect("valid settings");
    // The layer is put in by a handle, so nobody introduces it to the subscriber.
    let (slot, handle) = reload::Layer::new(None::<throughline::Layer>);
    let subscriber = registry().with(slot).with(Hears).with(fmt::layer().with_writer(std::io::sink));
    set_global_default(Dispatch::new(subscriber)).expect("the first");
    handle.reload(Some(layer)).expect("the subscriber lives");

    let parent = info_span!("parent");
    let context = parent.context();
    assert!(context.is_valid(), "the layer found its subscriber");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                parent.in_scope(|| {
                    assert_eq!(current_context(), context.span_context());
                    info_span!("child").in_scope(|| info!("hello"));
                });
            });
        }
    });

    // A scoped default takes over and gives back.
    let (scoped, recording) = Recording::new(bare());
    let aside = Dispatch::new(registry().with(scoped));
    parent.in_scope(|| {
        with_default(&aside, || {
            assert!(!current_context().is_valid());
            info_span!("aside").in_scope(|| info!("in aside"));
        });
        info!("back");
    });
    drop(parent);
    assert_eq!(names(&recording.span("aside").events), ["in aside"]);

    guard.flush(Duration::from_secs(20)).expect("accepted in the end");
    let spans = collector.accepted();
    let mut seen: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    seen.sort_unstable();
    assert_eq!(seen, ["child", "child", "parent"], "only what the program did");
    let parent = spans.iter().find(|span| span.name == "parent").expect("seen above");
    assert_eq!(parent.span_id, context.span_context().span_id().to_bytes());
    assert_eq!(parent.events.len(), 1);
    let stats = guard.stats();
    assert_eq!((stats.started, stats.finished, stats.open), (3, 3, 0), "{stats}");
    assert!(stats.is_balanced());
    assert!(collector.requests().len() >= 3);

    // The other subscriber's spans hang together as well, on threads of their own.
    let (one, two) = (recording.spans().len(), recording.guard.stats().started);
    assert_eq!((one, two), (1, 1));
    with_default(&aside, || info_span!("outer").in_scope(|| drop(info_span!("inner"))));
    assert_child(&recording.span("inner"), &recording.span("outer"));
    guard.shutdown(Duration::from_secs(20)).expect("nothing left");
    let heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(heard.contains("throughline"), "the worker told of the 503: {heard:?}");
}
