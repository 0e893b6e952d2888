//! Spans that begin, end or are left alive on other threads.

use crate::neighbours::named;
use crate::support::{Counted, Recording, assert_child, attribute, bare, names};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use throughline::SpanExt;
use throughline::wire::Value;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, Span, info, info_span};
use tracing_subscriber::{prelude::*, registry};

fn soak() -> u64 {
    std::env::var("THROUGHLINE_SOAK").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

#[test]
fn spans_made_on_one_thread_and_closed_on_another_are_all_exported_from_bounded_slots() {
    let count = 100_000 * soak();
    let exporter = Counted::default();
    let (layer, guard) = bare().exporter(exporter.clone()).build().expect("valid settings");
    let dispatch = Dispatch::new(registry().with(layer));
    let (sender, receiver) = sync_channel::<Span>(64);
    let closing = dispatch.clone();
    let closer = std::thread::spawn(move || {
        with_default(&closing, || receiver.into_iter().for_each(|span| drop(span.entered())));
    });
    with_default(&dispatch, || {
        for n in 0..count {
            sender.send(info_span!("travels", n)).expect("the closer listens");
        }
    });
    drop(sender);
    closer.join().expect("nothing panics");
    guard.flush(Duration::from_secs(60)).expect("everything is taken");
    let stats = guard.stats();
    assert_eq!((stats.started, stats.finished, stats.open), (count, count, 0));
    assert_eq!(exporter.spans(), count);
    assert!(stats.is_balanced(), "{stats}");
    assert!(stats.bytes < 256 * 1024, "{stats}");
}

#[test]
fn many_threads_close_each_others_spans_and_nothing_is_lost() {
    const THREADS: u64 = 8;
    let each = 5_000 * soak();
    let exporter = Counted::default();
    let (layer, guard) = bare().exporter(exporter.clone()).build().expect("valid settings");
    let dispatch = Dispatch::new(registry().with(layer));
    let pool: Arc<Mutex<VecDeque<Span>>> = Arc::default();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                with_default(&dispatch, || {
                    for n in 0..each {
                        let span = info_span!("shuffled", n);
                        let other = {
                            let mut pool = pool.lock().expect("not poisoned");
                            pool.push_back(span);
                            if pool.len() > 32 { pool.pop_front() } else { None }
                        };
                        if let Some(other) = other {
                            other.in_scope(|| info!("by whoever came along"));
                        }
                    }
                })
            });
        }
    });
    pool.lock().expect("not poisoned").clear();
    guard.flush(Duration::from_secs(60)).expect("everything is taken");
    let stats = guard.stats();
    assert_eq!((exporter.spans(), stats.open), (THREADS * each, 0), "{stats}");
    assert!(stats.is_balanced() && stats.bytes < 4 << 20, "{stats}");
}

#[test]
fn a_parent_whose_last_child_is_dropped_without_our_dispatcher_is_exported_as_unfinished() {
    let (layer, recording) = Recording::new(bare());
    let dispatch = Dispatch::new(registry().with(layer));
    let child = with_default(&dispatch, || {
        let parent = info_span!("parent").entered();
        let child = info_span!("child");
        drop(parent);
        child
    });
    std::thread::spawn(move || drop(child)).join().expect("nothing panics");
    let stats = recording.guard.stats();
    assert_eq!((stats.open, stats.finished), (1, 1), "{stats}");
    assert_eq!(recording.spans().len(), 1);
    let spans = recording.shut_down();
    let parent = spans.iter().find(|span| span.name == "parent").expect("exported at shutdown");
    assert_eq!(attribute(&parent.attributes, "throughline.unfinished"), Some(&Value::Bool(true)));
    let child = spans.iter().find(|span| span.name == "child").expect("exported");
    assert_child(child, parent);
    assert_eq!(attribute(&child.attributes, "throughline.unfinished"), None);
    let stats = recording.guard.stats();
    assert_eq!((stats.open, stats.finished, stats.unfinished), (0, 2, 1), "{stats}");
    assert!(stats.is_balanced());
}

#[test]
fn spans_that_are_alive_at_shutdown_are_exported_once_and_their_later_life_does_no_harm() {
    let (layer, recording) = Recording::new(bare());
    with_default(&Dispatch::new(registry().with(layer)), || {
        let outer = info_span!("outer", a = 1, b = tracing::field::Empty);
        let inner = outer.in_scope(|| info_span!("inner"));
        let _in = inner.enter();
        info!("before");
        let spans = recording.shut_down();
        assert_eq!(spans.len(), 2);
        for span in &spans {
            assert_eq!(attribute(&span.attributes, "throughline.unfinished"), Some(&Value::Bool(true)));
            assert!(span.end_unix_nanos >= span.start_unix_nanos);
        }
        assert_eq!(names(&spans[1].events), ["before"]);
        outer.record("b", 2);
        info!("after");
        drop(info_span!("too late"));
    });
    assert_eq!(recording.exported().len(), 2);
    let stats = recording.guard.stats();
    assert_eq!((stats.started, stats.finished, stats.refused.shutdown, stats.open), (3, 2, 1, 0), "{stats}");
    assert!(stats.is_balanced(), "{stats}");
}

#[test]
fn the_ids_of_a_span_that_is_alive_at_shutdown_go_on() {
    // As the documentation of `Guard::shutdown` has it.
    let (layer, recording) = Recording::new(bare());
    with_default(&Dispatch::new(registry().with(layer)), || {
        let span = info_span!("alive");
        let before = span.context();
        recording.shut_down();
        assert_eq!(span.context(), before);
    });
}

#[test]
fn spans_closed_while_their_thread_is_torn_down_are_exported() {
    thread_local! {
        static HELD: RefCell<Option<(Dispatch, Span, Span)>> = const { RefCell::new(None) };
    }
    let (layer, recording) = Recording::new(bare());
    let dispatch = Dispatch::new(registry().with(layer));
    let thread = std::thread::spawn(move || {
        // Touched first, so torn down last: when our own state is gone.
        HELD.with_borrow_mut(|held| *held = None);
        let (entered, never) = with_default(&dispatch, || (info_span!("entered"), info_span!("never")));
        with_default(&dispatch, || entered.in_scope(|| info!("alive")));
        HELD.with_borrow_mut(|held| *held = Some((dispatch, entered, never)));
    });
    thread.join().expect("no destructor panics");
    let (entered, never) = named(&recording, ["entered", "never"]);
    assert_eq!(names(&entered.events), ["alive"]);
    assert!(entered.end_unix_nanos >= entered.events[0].time_unix_nanos);
    assert!(never.end_unix_nanos > never.start_unix_nanos, "it ended when it was closed");
    assert!(recording.guard.stats().is_balanced());
}
