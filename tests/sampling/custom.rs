//! Samplers of the program's own: what they see, and that whatever they do hurts nobody else.

use crate::support::{Lines, Recording, bare, record, until, without_hanging};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use throughline::propagation::extract;
use throughline::wire::{SpanKind, Value};
use throughline::{Sampler, SamplingDecision, SpanExt, current_context};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{prelude::*, registry};

fn counting(calls: &Arc<AtomicU64>, decision: SamplingDecision) -> Sampler {
    let calls = Arc::clone(calls);
    Sampler::custom(move |_| {
        calls.fetch_add(1, Ordering::Relaxed);
        decision
    })
}

#[test]
fn it_sees_all_that_is_known() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sees = Arc::clone(&seen);
    let sampler = Sampler::custom(move |params| {
        let told =
            (params.name().to_owned(), params.target().to_owned(), params.kind(), params.attributes().len());
        sees.lock().expect("not poisoned").push(told);
        assert_eq!(params.attribute("n"), Some(Value::Int(7)));
        assert_eq!(params.attribute("late"), Some(Value::Bool(true)));
        assert_eq!(params.attribute("none"), None);
        assert!(params.parent().is_none() && format!("{params:?}").contains("late"));
        SamplingDecision::Sample
    });
    let recording = record(bare().sampler(sampler), || {
        let span = info_span!(target: "shop", "order", otel.kind = "server", n = 7);
        span.set_attribute("late", true);
        span.set_attribute("otel.name", "POST /orders");
        drop(info_span!(parent: &span, "child"));
    });
    assert_eq!(recording.spans().len(), 2);
    let seen = seen.lock().expect("not poisoned").clone();
    assert_eq!(seen, [("POST /orders".to_owned(), "shop".to_owned(), SpanKind::Server, 2)]);
}

#[test]
fn it_is_asked_once_a_trace_wherever_the_decision_is_needed_first() {
    let calls = Arc::default();
    let needs: [fn(&tracing::Span); 4] = [
        |span| drop(info_span!(parent: span, "child")),
        |span| drop(span.context()),
        |span| assert!(span.in_scope(current_context).is_sampled()),
        |_| {},
    ];
    let recording = record(bare().sampler(counting(&calls, SamplingDecision::Sample)), || {
        for need in needs {
            let span = info_span!("root");
            need(&span);
            need(&span);
            span.in_scope(|| info!("an event"));
        }
    });
    assert_eq!((calls.load(Ordering::Relaxed), recording.guard.stats().unsampled), (4, 0));
    assert_eq!(recording.spans().len(), 4 + 2);
}

#[test]
fn a_ratio_of_its_own_is_written_down_and_broken_ones_take_what_is_nearest() {
    for (share, state) in
        [(1.0, Some("ot=th:0")), (7.0, Some("ot=th:0")), (f64::NAN, None), (-1.0, None), (0.0, None)]
    {
        let sampler = Sampler::custom(move |_| SamplingDecision::Ratio(share));
        let recording = record(bare().sampler(sampler), || drop(info_span!("root")));
        let states: Vec<_> = recording.spans().into_iter().map(|span| span.trace_state).collect();
        assert_eq!(states, state.into_iter().collect::<Vec<_>>(), "{share}");
    }
}

#[test]
fn what_was_sampled_for_its_own_reasons_passes_no_threshold_on() {
    let headers = HashMap::from([
        ("traceparent".to_owned(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        ("tracestate".to_owned(), "ot=th:0;rv:00000000000001,v=1".to_owned()),
    ]);
    let recording = record(bare().sampler(Sampler::custom(|_| SamplingDecision::Sample)), || {
        info_span!("server").set_parent(extract(&headers)).expect("in time");
    });
    assert_eq!(recording.span("server").trace_state, "ot=rv:00000000000001,v=1");
}

#[test]
fn if_it_panics_callers_are_followed_and_the_rest_is_sampled_and_that_is_told() {
    let lines = Lines::default();
    let writer = lines.clone();
    let (layer, recording) = Recording::new(bare().sampler(Sampler::custom(|_| panic!("told by the test"))));
    let fmt = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).with_ansi(false);
    let parent = |flags| {
        let traceparent = format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}");
        extract(&HashMap::from([("traceparent".to_owned(), traceparent)]))
    };
    with_default(&Dispatch::new(registry().with(fmt).with(layer)), || {
        drop(info_span!("begun here"));
        info_span!("sampled").set_parent(parent("01")).expect("in time");
        info_span!("not sampled").set_parent(parent("00")).expect("in time");
        let names: Vec<_> = recording.spans().into_iter().map(|span| span.name).collect();
        assert_eq!(names, ["begun here", "sampled"]);
        until("it is told", || lines.text().contains("a sampler of the program's own panics"));
    });
    assert!(recording.guard.stats().is_balanced());
}

/// Threads that all need the first decision at once, while the sampler takes its time.
#[test]
fn threads_that_need_it_at_once_get_one_answer() {
    without_hanging(|| {
        let (threads, barrier) = (4, Arc::new(Barrier::new(4)));
        let slow = Arc::clone(&barrier);
        let first = AtomicU64::new(0);
        // All are asked before one has answered; then each says something else.
        let sampler = Sampler::custom(move |_| {
            slow.wait();
            if first.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
                SamplingDecision::Sample
            } else {
                SamplingDecision::Drop
            }
        });
        let (layer, recording) = Recording::new(bare().sampler(sampler));
        let dispatch = Dispatch::new(registry().with(layer));
        let root = with_default(&dispatch, || info_span!("root"));
        let answers: Vec<bool> = std::thread::scope(|scope| {
            let ask = || with_default(&dispatch, || root.context().span_context().is_sampled());
            let asking: Vec<_> = (0..threads).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().map(|thread| thread.join().expect("it ends")).collect()
        });
        drop(root);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(recording.spans().len(), usize::from(answers[0]));
        let stats = recording.guard.stats();
        assert!(stats.is_balanced() && stats.started == 1, "{stats}");
    });
}

/// The span closes, and the worker shuts down, while the sampler is asked.
#[test]
fn a_shutdown_while_it_is_asked_counts_the_span_once() {
    without_hanging(|| {
        let (asked, go_on) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let (tells, waits) = (Arc::clone(&asked), Arc::clone(&go_on));
        let calls = AtomicU64::new(0);
        let sampler = Sampler::custom(move |_| {
            if calls.fetch_add(1, Ordering::SeqCst) == 0 {
                tells.wait();
                waits.wait();
            }
            SamplingDecision::Sample
        });
        let (layer, recording) = Recording::new(bare().sampler(sampler));
        let dispatch = Dispatch::new(registry().with(layer));
        let closing = dispatch.clone();
        let closer = std::thread::spawn(move || with_default(&closing, || drop(info_span!("root"))));
        asked.wait();
        let spans = recording.shut_down();
        go_on.wait();
        closer.join().expect("it ends");
        drop(dispatch);
        let stats = recording.guard.stats();
        assert_eq!((spans.len(), stats.started, stats.finished, stats.open), (1, 1, 1, 0), "{stats}");
        assert!(stats.is_balanced(), "{stats}");
    });
}

#[test]
fn what_a_sampler_owns_is_dropped_with_the_layer() {
    let owned = Arc::new(());
    let inside = Arc::clone(&owned);
    let sampler = Sampler::custom(move |_| {
        let _ = &inside;
        SamplingDecision::Drop
    });
    let recording = record(bare().sampler(sampler), || drop(info_span!("root")));
    recording.guard.set_sampler(Sampler::always_off()).expect("nothing is wrong with it");
    assert_eq!(Arc::strong_count(&owned), 2, "a shard has not looked since");
    recording.shut_down();
    drop(recording);
    assert_eq!(Arc::strong_count(&owned), 1);
}

/// Records a span when it goes.
struct Noisy;

impl Drop for Noisy {
    fn drop(&mut self) {
        info_span!("last words").in_scope(current_context);
    }
}

#[test]
fn what_a_sampler_owns_is_dropped_while_no_lock_is_held() {
    let names = without_hanging(|| {
        let noisy = Noisy;
        let sampler = Sampler::custom(move |_| {
            let _ = &noisy;
            SamplingDecision::Sample
        });
        let (layer, recording) = Recording::new(bare().sampler(sampler));
        with_default(&Dispatch::new(registry().with(layer)), || {
            for _ in 0..3 {
                drop(info_span!("root"));
                recording.guard.set_sampler(Sampler::always_on()).expect("nothing is wrong with it");
            }
        });
        recording.spans().into_iter().map(|span| span.name).collect::<Vec<_>>()
    });
    assert_eq!(names, ["root", "root", "last words", "root"]);
}

/// Whoever comes while it is asked comes too late: the answer is about what it was shown.
#[test]
fn what_it_is_asked_about_does_not_change_meanwhile() {
    let (asked, answers) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (asks, answer) = (Arc::clone(&asked), Arc::clone(&answers));
    let sampler = Sampler::custom(move |_| {
        asks.wait();
        answer.wait();
        SamplingDecision::Sample
    });
    let (layer, recording) = Recording::new(bare().sampler(sampler));
    let dispatch = Dispatch::new(registry().with(layer));
    let elsewhere = HashMap::from([(
        "traceparent".to_owned(),
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00".to_owned(),
    )]);
    let span = with_default(&dispatch, || info_span!("root"));
    std::thread::scope(|scope| {
        scope.spawn(|| span.context());
        asked.wait();
        let set = span.set_parent(extract(&elsewhere));
        answers.wait();
        assert!(set.expect_err("too late").is_too_late());
    });
    drop(span);
    assert!(!recording.span("root").parent_span_id.is_valid());
}
