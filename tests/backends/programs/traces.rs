//! Parents, samplers, threads, depth, and what is left open.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use throughline::{Builder, Context, IdGenerator, Sampler, SpanExt, SpanId, TraceId, propagation};
use tracing::{Dispatch, Instrument, dispatcher, info, info_span};

/// A context that came in headers.
pub(super) fn remote(traceparent: &str, tracestate: &str) -> Context {
    let headers = [("traceparent", traceparent), ("tracestate", tracestate)];
    let headers: HashMap<_, _> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    propagation::extract(&headers)
}

pub(super) fn remote_parents() {
    let members: Vec<_> = (0..32).map(|n| format!("vendor{n}=value{n}")).collect();
    let states = ["", "vendor=1", "a=b,c@d=e:f", "ot=rv:0123456789abcd;th:c", &members.join(",")];
    for (state, flags) in states.into_iter().zip(["01", "03", "01", "01", "03"]) {
        let parent = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
        info_span!("served", otel.kind = "server").set_parent(remote(&parent, state)).expect("in time");
    }
    // What the caller does not keep is not kept here.
    let span = info_span!("not sampled");
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    span.set_parent(remote(parent, "vendor=1")).expect("in time");
    span.in_scope(|| drop(info_span!("child")));
}

/// Trace ids of which every second one is sampled by one half.
#[derive(Default)]
struct Alternating(AtomicU64);

impl IdGenerator for Alternating {
    fn trace_id(&self) -> TraceId {
        let n = u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1;
        TraceId::from_u128(if n.is_multiple_of(2) { u128::MAX - n } else { n })
    }

    fn span_id(&self) -> SpanId {
        SpanId::from_u64(self.0.load(Ordering::Relaxed) << 32 | self.0.fetch_add(2, Ordering::Relaxed))
    }
}

pub(super) fn half(builder: Builder) -> Builder {
    builder.sampler(Sampler::ratio(0.5)).id_generator(Alternating::default())
}

pub(super) fn sampled() {
    for _ in 0..10 {
        info_span!("root").in_scope(|| drop(info_span!("child")));
    }
}

pub(super) fn deep() {
    fn down(level: u64) {
        if level < 200 {
            info_span!("level", level).in_scope(|| down(level + 1));
        }
    }
    down(0);
}

pub(super) fn a_thousand() {
    let root = info_span!("root").entered();
    for n in 0..999 {
        info_span!("child", n, half = n as f64 / 2.0, text = %n).in_scope(|| info!(n, "seen"));
    }
    drop(root);
}

pub(super) fn threads_and_tasks() {
    let root = info_span!("root").entered();
    let dispatch = dispatcher::get_default(Dispatch::clone);
    thread::scope(|scope| {
        for n in 0..4 {
            let (dispatch, root) = (&dispatch, &*root);
            scope.spawn(move || dispatcher::with_default(dispatch, || tasks(root, n)));
        }
    });
}

/// Tasks that take turns on one thread.
fn tasks(root: &tracing::Span, thread: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let mut all = tokio::task::JoinSet::new();
        for task in 0..5 {
            let span = info_span!(parent: root, "task", thread, task);
            let work = async {
                let inner = info_span!("inner");
                tokio::task::yield_now().instrument(inner).await;
                info!("done");
            };
            all.spawn(work.instrument(span));
        }
        all.join_all().await;
    });
}

pub(super) fn no_automatic_attributes(builder: Builder) -> Builder {
    builder.code_attributes(false).thread_attributes(false).target_attribute(false)
}

pub(super) fn left_open() {
    let open = info_span!("open", a = 1);
    open.in_scope(|| info!("so far"));
    let inner = info_span!(parent: &open, "open as well");
    inner.in_scope(|| drop(info_span!("closed")));
    // As a task that is never polled again does.
    std::mem::forget((open, inner));
}
