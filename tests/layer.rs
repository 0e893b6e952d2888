//! The layer in every kind of subscriber: who is whose parent, when a span ends, and that nothing is lost.

mod support;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;
use support::{Counted, Hand, Recording, assert_child, attribute, bare, names, record, without_hanging};
use throughline::wire::Value;
use throughline::{SpanData, SpanExt, SpanId};
use tracing::dispatcher::with_default;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Span, Subscriber, debug_span, info, info_span};
use tracing_subscriber::filter::{EnvFilter, LevelFilter, filter_fn};
use tracing_subscriber::{fmt, prelude::*, registry, reload};

/// A layer that wants everything, so that our own filter hides a span from us alone.
fn other<S>() -> impl tracing_subscriber::Layer<S>
where
    S: Subscriber + for<'a> registry::LookupSpan<'a>,
{
    fmt::layer().with_writer(std::io::sink)
}

fn named(recording: &Recording, names: [&str; 2]) -> (SpanData, SpanData) {
    (recording.span(names[0]), recording.span(names[1]))
}

// === parents ===

#[test]
fn a_parent_is_the_context_or_the_one_that_is_named_or_none() {
    let recording = record(bare(), || {
        let root = info_span!("root");
        let aside = info_span!(parent: None, "aside");
        root.in_scope(|| {
            let _contextual = info_span!("contextual").entered();
            drop(info_span!(parent: &aside, "explicit"));
            drop(info_span!(parent: None, "own root"));
            drop(info_span!("deep"));
        });
    });
    let (root, contextual) = named(&recording, ["root", "contextual"]);
    assert!(!root.parent_span_id.is_valid());
    assert_child(&contextual, &root);
    assert_child(&recording.span("deep"), &contextual);
    assert_child(&recording.span("explicit"), &recording.span("aside"));
    let own = recording.span("own root");
    assert_eq!(own.parent_span_id, SpanId::INVALID);
    assert_ne!(own.trace_id, root.trace_id);
    assert_eq!(recording.guard.stats().finished, 6);
}

/// root > hidden > hidden too > leaf by context; and leaves whose parent is named.
fn hide_and_seek() {
    let root = info_span!("root").entered();
    let outer = tracing::trace_span!("hidden").entered();
    let inner = debug_span!("hidden");
    inner.in_scope(|| drop(info_span!("leaf by context")));
    drop((outer, root));
    drop(info_span!(parent: &inner, "leaf by name"));
    info!(parent: &inner, "event by name");
    inner.in_scope(|| info!("event by context"));
}

fn assert_found(recording: &Recording) {
    let spans = recording.spans();
    assert_eq!(spans.len(), 3, "{spans:#?}");
    let root = recording.span("root");
    assert_child(&recording.span("leaf by context"), &root);
    assert_child(&recording.span("leaf by name"), &root);
    assert!(recording.guard.stats().is_balanced());
}

#[test]
fn parents_hidden_by_our_own_filter_give_way_to_their_nearest_recorded_ancestor() {
    assert_found(&record(bare().spans("info"), hide_and_seek));
}

#[test]
fn parents_hidden_by_a_per_layer_filter_give_way_to_their_nearest_recorded_ancestor() {
    let (layer, recording) = Recording::new(bare().spans("trace"));
    let subscriber = registry().with(other()).with(layer.with_filter(filter_fn(|m| m.name() != "hidden")));
    with_default(&Dispatch::new(subscriber), hide_and_seek);
    assert_found(&recording);
}

#[test]
fn parents_hidden_by_both_filters_give_way_to_their_nearest_recorded_ancestor() {
    let (layer, recording) = Recording::new(bare().spans("debug"));
    let subscriber = registry().with(layer.with_filter(LevelFilter::INFO)).with(other());
    with_default(&Dispatch::new(subscriber), hide_and_seek);
    assert_found(&recording);
}

#[test]
fn parents_hidden_from_a_layer_in_a_vec_give_way_to_their_nearest_recorded_ancestor() {
    let (layer, recording) = Recording::new(bare().spans("info"));
    with_default(&Dispatch::new(registry().with(vec![layer])), hide_and_seek);
    assert_found(&recording);
}

#[test]
fn an_event_whose_named_parent_is_hidden_goes_to_the_nearest_recorded_ancestor() {
    let recording = record(bare().spans("info"), || {
        let root = info_span!("root");
        let hidden = root.in_scope(|| debug_span!("hidden"));
        info!(parent: &hidden, "by name");
    });
    assert_eq!(names(&recording.span("root").events), ["by name"]);
}

#[test]
fn events_go_to_the_context_or_to_the_span_that_is_named_or_nowhere() {
    let recording = record(bare(), || {
        let (one, two) = (info_span!("one"), info_span!("two"));
        let _in = one.enter();
        info!("by context");
        info!(parent: &two, "by name");
        info!(parent: None, "nowhere");
    });
    assert_eq!(names(&recording.span("one").events), ["by context"]);
    assert_eq!(names(&recording.span("two").events), ["by name"]);
}

// === the end of a span ===

#[test]
fn a_parent_of_spawned_work_ends_at_its_own_last_exit() {
    let clock = Hand::at(100);
    let (layer, recording) = Recording::new(bare().clock(clock.clone()));
    let dispatch = Dispatch::new(registry().with(layer));
    let child = with_default(&dispatch, || {
        let parent = info_span!("parent");
        clock.set(110);
        let _in = parent.enter();
        let child = info_span!("child");
        clock.set(200);
        child
    });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            with_default(&dispatch, || {
                clock.set(300);
                child.in_scope(|| clock.set(900));
                clock.set(950);
                drop(child);
            })
        });
    });
    let (parent, child) = named(&recording, ["parent", "child"]);
    assert_eq!((parent.start_unix_nanos, parent.end_unix_nanos), (100, 200));
    assert_eq!((child.start_unix_nanos, child.end_unix_nanos), (110, 900));
    assert_child(&child, &parent);
}

#[test]
fn a_leaf_left_on_one_thread_and_dropped_on_another_ends_when_it_was_left() {
    let clock = Hand::at(100);
    let (layer, recording) = Recording::new(bare().clock(clock.clone()));
    let dispatch = Dispatch::new(registry().with(layer));
    let leaf = with_default(&dispatch, || {
        let leaf = info_span!("leaf");
        leaf.in_scope(|| clock.set(500));
        leaf
    });
    clock.set(900);
    // No default here: the span knows its own subscriber.
    std::thread::spawn(move || drop(leaf)).join().expect("nothing panics");
    assert_eq!(recording.span("leaf").end_unix_nanos, 500);
}

#[test]
fn the_last_exit_counts_whichever_thread_it_was_on() {
    let clock = Hand::at(1);
    let (layer, recording) = Recording::new(bare().clock(clock.clone()));
    let dispatch = Dispatch::new(registry().with(layer));
    let span = with_default(&dispatch, || info_span!("shared"));
    let (entered, left) = (Barrier::new(2), Barrier::new(2));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            with_default(&dispatch, || {
                let inside = span.enter();
                entered.wait();
                left.wait();
                clock.set(70);
                drop(inside);
            })
        });
        with_default(&dispatch, || {
            let inside = span.enter();
            entered.wait();
            clock.set(60);
            drop(inside);
            left.wait();
        });
    });
    clock.set(1000);
    drop(span);
    assert_eq!(recording.span("shared").end_unix_nanos, 70);
}

#[test]
fn a_span_that_was_never_entered_ends_when_it_is_closed() {
    let clock = Hand::at(5);
    let recording = record(bare().clock(clock.clone()), || {
        let span = info_span!("never entered");
        let copy = span.clone();
        clock.set(7);
        drop(span);
        clock.set(9);
        drop(copy);
    });
    let span = recording.span("never entered");
    assert_eq!((span.start_unix_nanos, span.end_unix_nanos), (5, 9));
}

#[test]
fn a_span_that_is_entered_many_times_ends_at_the_last_exit_and_events_after_it_keep_their_time() {
    let clock = Hand::at(10);
    let recording = record(bare().clock(clock.clone()), || {
        let span = info_span!("polled");
        for time in [20, 30, 40] {
            clock.set(time);
            span.in_scope(|| clock.set(time + 5));
        }
        clock.set(70);
        info!(parent: &span, "late");
        clock.set(90);
    });
    let span = recording.span("polled");
    assert_eq!((span.start_unix_nanos, span.end_unix_nanos), (10, 45));
    assert_eq!(span.events[0].time_unix_nanos, 70);
}

#[test]
fn a_span_entered_twice_by_one_thread_ends_at_the_outer_exit() {
    let clock = Hand::at(1);
    let recording = record(bare().clock(clock.clone()), || {
        let span = info_span!("recursive");
        span.in_scope(|| {
            span.in_scope(|| clock.set(2));
            info!("still inside");
            clock.set(3);
        });
        clock.set(4);
    });
    let span = recording.span("recursive");
    assert_eq!((span.end_unix_nanos, names(&span.events)), (3, vec!["still inside"]));
}

#[test]
fn the_wall_clock_gives_times_in_order() {
    let recording = record(bare(), || {
        let parent = info_span!("parent").entered();
        info_span!("child").in_scope(|| info!("now"));
        drop(parent);
    });
    let (parent, child) = named(&recording, ["parent", "child"]);
    let times = [
        parent.start_unix_nanos,
        child.start_unix_nanos,
        child.events[0].time_unix_nanos,
        child.end_unix_nanos,
        parent.end_unix_nanos,
    ];
    assert!(times.is_sorted(), "{times:?}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let off = now.as_nanos().abs_diff(u128::from(times[4]));
    assert!(off < 5_000_000_000, "{off} ns off the wall clock");
}

// === a subscriber that gives out the ids that it is told ===

/// Counts no references: `try_close` closes. `clone_span` renames where it is told to.
#[derive(Default)]
struct Told {
    ids: Mutex<VecDeque<u64>>,
    renamed: Mutex<VecDeque<u64>>,
}

impl Told {
    fn new(ids: impl IntoIterator<Item = u64>) -> Told {
        Told { ids: Mutex::new(ids.into_iter().collect()), ..Told::default() }
    }
}

impl Subscriber for Told {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::always()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(self.ids.lock().expect("not poisoned").pop_front().expect("enough ids"))
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.renamed.lock().expect("not poisoned").pop_front().map_or_else(|| id.clone(), Id::from_u64)
    }

    fn try_close(&self, _: Id) -> bool {
        true
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn a_span_that_is_closed_while_it_is_entered_ends_when_it_is_closed() {
    let clock = Hand::at(1);
    let (layer, recording) = Recording::new(bare().clock(clock.clone()));
    let dispatch = Dispatch::new(layer.with_subscriber(Told::new([7])));
    with_default(&dispatch, || {
        let span = info_span!("entered");
        let id = span.id().expect("enabled");
        clock.set(2);
        dispatch.enter(&id);
        dispatch.exit(&id);
        dispatch.enter(&id);
        clock.set(5);
        drop(span);
        clock.set(6);
        dispatch.exit(&id);
    });
    assert_eq!(recording.span("entered").end_unix_nanos, 5);
    assert!(recording.guard.stats().is_balanced());
}

#[test]
fn a_span_whose_id_changes_goes_on_under_the_new_one() {
    for new in [8, 8 << 38] {
        let (layer, recording) = Recording::new(bare());
        let told = Told::new([7]);
        told.renamed.lock().expect("not poisoned").push_back(new);
        with_default(&Dispatch::new(layer.with_subscriber(told)), || {
            let old = info_span!("renamed", before = 1, after = tracing::field::Empty);
            let new = old.clone();
            std::mem::forget(old); // its id is gone
            new.record("after", 2);
            let _in = new.enter();
            info!("inside");
        });
        let span = recording.span("renamed");
        assert_eq!(attribute(&span.attributes, "before"), Some(&Value::Int(1)));
        assert_eq!(attribute(&span.attributes, "after"), Some(&Value::Int(2)), "id {new}");
        assert_eq!(names(&span.events), ["inside"]);
        let stats = recording.guard.stats();
        assert!(stats.is_balanced() && stats.open == 0 && stats.finished == 1, "{stats}");
    }
}

#[test]
fn an_id_that_is_used_again_after_the_close_is_another_span() {
    let (layer, recording) = Recording::new(bare());
    with_default(&Dispatch::new(layer.with_subscriber(Told::new([7; 1000]))), || {
        for n in 0..500 {
            info_span!("one", one = n).in_scope(|| info!("in one"));
            info_span!("two", two = n).in_scope(|| info!("in two"));
        }
    });
    let spans = recording.spans();
    assert_eq!(spans.len(), 1000);
    for span in &spans {
        assert_eq!(span.attributes.len(), 1);
        assert_eq!(span.attributes[0].key, span.name);
        assert_eq!(names(&span.events), [format!("in {}", span.name)]);
    }
}

#[test]
fn an_id_that_is_used_again_is_not_taken_for_the_span_that_another_thread_remembers() {
    let clock = Hand::at(1);
    let (layer, recording) = Recording::new(bare().clock(clock.clone()));
    let dispatch = Dispatch::new(layer.with_subscriber(Told::new([7, 8, 7])));
    let (sender, receiver) = sync_channel::<(Span, &'static str)>(0);
    let (done, back) = sync_channel(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            with_default(&dispatch, || {
                for (span, field) in receiver {
                    span.record(field, 1);
                    span.in_scope(|| info!("from afar"));
                    done.send(span).expect("somebody waits");
                }
            });
        });
        let visit = |span: Span, field| {
            sender.send((span, field)).expect("the other thread listens");
            back.recv().expect("the other thread answers")
        };
        with_default(&dispatch, || {
            let first = info_span!("first", unused = 0, a = tracing::field::Empty);
            drop(visit(first, "a"));
            // Takes the slot that the first one had.
            let between = info_span!("between");
            clock.set(50);
            let second = info_span!("second", b = tracing::field::Empty);
            let second = visit(second, "b");
            clock.set(60);
            drop((between, second));
        });
        drop(sender);
    });
    let second = recording.span("second");
    assert_eq!(attribute(&second.attributes, "b"), Some(&Value::Int(1)), "{:?}", second.attributes);
    assert_eq!(names(&second.events), ["from afar"]);
    assert_eq!(second.end_unix_nanos, 50, "its last exit");
    assert!(recording.span("between").events.is_empty());
}

#[test]
fn an_id_that_the_registry_uses_again_is_not_taken_for_the_span_that_another_thread_remembers() {
    let (layer, recording) = Recording::new(bare());
    let dispatch = Dispatch::new(registry().with(layer));
    let (sender, receiver) = sync_channel::<(Span, &'static str)>(0);
    let (done, back) = sync_channel(0);
    std::thread::scope(|scope| {
        let afar = dispatch.clone();
        scope.spawn(move || {
            with_default(&afar, || {
                for (span, field) in receiver {
                    span.record(field, 1);
                    done.send(span).expect("somebody waits");
                }
            });
        });
        let visit = |span: Span, field| {
            sender.send((span, field)).expect("the other thread listens");
            back.recv().expect("the other thread answers")
        };
        with_default(&dispatch, || {
            let first = info_span!("first", unused = 0, a = tracing::field::Empty);
            let id = first.id();
            drop(visit(first, "a"));
            let again = |_| {
                let span = info_span!("second", b = tracing::field::Empty);
                (span.id() == id).then_some(span)
            };
            // In tracing-subscriber 0.3 ids come round after some thousand spans; if one day they do not, all the better.
            if let Some(second) = (0..50_000).find_map(again) {
                drop(visit(second, "b"));
            }
        });
        drop(sender);
    });
    let spans = recording.spans();
    let seconds: Vec<_> = spans.iter().filter(|span| !span.attributes.is_empty()).collect();
    assert!(seconds.iter().skip(1).all(|span| span.attributes[0].key == "b"), "{seconds:?}");
    assert!(seconds.len() <= 2, "{seconds:?}");
}

#[test]
fn an_id_that_is_used_again_without_a_close_is_counted() {
    let (layer, recording) = Recording::new(bare());
    with_default(&Dispatch::new(layer.with_subscriber(Told::new([7, 7]))), || {
        std::mem::forget(info_span!("lost"));
        drop(info_span!("kept"));
    });
    assert_eq!(recording.span("kept").name, "kept");
    let stats = recording.guard.stats();
    assert_eq!((stats.started, stats.finished, stats.refused.id_reused), (2, 1, 1));
    assert!(stats.is_balanced(), "{stats}");
}

#[test]
fn the_registry_uses_ids_again_and_every_span_is_exported_once() {
    // The registry's ids come round after some thousand spans in one slot of its slab.
    let recording = record(bare(), || {
        for n in 0..20_000_u64 {
            match n % 2 {
                0 => drop(info_span!("even", even = n).entered()),
                _ => drop(info_span!("odd", odd = n).entered()),
            }
        }
    });
    let mut seen: Vec<_> = recording
        .spans()
        .iter()
        .map(|span| match (&*span.attributes, span.name.as_str()) {
            ([one], name) if one.key == name => one.value.clone(),
            other => panic!("{other:?}"),
        })
        .map(|value| if let Value::Int(n) = value { n } else { panic!("{value:?}") })
        .collect();
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..20_000));
}

// === other threads ===

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

// === odd orders ===

#[test]
fn spans_may_be_left_and_closed_in_any_order() {
    let recording = record(bare(), || {
        let (one, two) = (info_span!("one"), info_span!("two"));
        let in_one = one.enter();
        let in_two = two.enter();
        drop(in_one);
        info!("in two");
        let child = info_span!("child of two");
        drop(in_two);
        info!("outside");
        let (one, two, child) = (one.clone(), two.clone(), child);
        drop((two, child));
        drop(one);
    });
    assert_eq!(names(&recording.span("two").events), ["in two"]);
    assert!(recording.span("one").events.is_empty());
    assert_child(&recording.span("child of two"), &recording.span("two"));
    assert_eq!(recording.guard.stats().open, 0);
}

#[test]
fn a_parent_dropped_before_its_children_is_exported_after_them_and_stays_their_parent() {
    let recording = record(bare(), || {
        let parent = info_span!("parent");
        let children: Vec<_> = (0..3).map(|n| info_span!(parent: &parent, "child", n)).collect();
        drop(parent);
        let late = info_span!(parent: &children[1], "grandchild");
        drop(children);
        drop(late);
    });
    let parent = recording.span("parent");
    let spans = recording.spans();
    let children: Vec<_> = spans.iter().filter(|span| span.name == "child").collect();
    assert_eq!(children.len(), 3);
    children.iter().for_each(|child| assert_child(child, &parent));
    assert_child(&recording.span("grandchild"), children[1]);
}

#[test]
fn a_panic_that_unwinds_through_a_span_closes_it() {
    let recording = record(bare(), || {
        let unwound = std::panic::catch_unwind(|| {
            let _in = info_span!("unwound").entered();
            std::panic::resume_unwind(Box::new("quietly"));
        });
        assert!(unwound.is_err());
        drop(info_span!("next"));
    });
    assert_eq!(recording.span("next").parent_span_id, SpanId::INVALID);
    assert_eq!(recording.span("unwound").name, "unwound");
}

#[test]
fn follows_from_becomes_a_link_while_the_other_span_is_open() {
    let recording = record(bare(), || {
        let (cause, effect) = (info_span!("cause"), info_span!("effect"));
        effect.follows_from(&cause);
        let gone = info_span!("gone").id();
        effect.follows_from(gone);
    });
    let (cause, effect) = named(&recording, ["cause", "effect"]);
    assert_eq!(effect.links.len(), 1);
    assert_eq!((effect.links[0].trace_id, effect.links[0].span_id), (cause.trace_id, cause.span_id));
    assert_eq!(effect.links[0].flags & 0x301, 0x101, "sampled, known to be local");
    assert_ne!(effect.trace_id, cause.trace_id);
}

// === subscribers of all shapes ===

/// Two spans and an event, and a context that must be that of the exported span.
fn work() {
    let parent = info_span!("parent", answer = 42);
    let context = parent.context();
    assert!(context.is_valid(), "SpanExt finds the layer");
    let _in = parent.enter();
    assert_eq!(throughline::current_context(), context.span_context());
    info_span!("child").in_scope(|| info!("hello"));
}

#[track_caller]
fn assert_worked(recording: &Recording) {
    let (parent, child) = named(recording, ["parent", "child"]);
    assert_child(&child, &parent);
    assert_eq!(attribute(&parent.attributes, "answer"), Some(&Value::Int(42)));
    assert_eq!(names(&child.events), ["hello"]);
    assert!(recording.guard.stats().is_balanced());
}

#[test]
fn it_works_in_subscribers_of_all_shapes() {
    type Shape = fn(throughline::Layer) -> Dispatch;
    let shapes: [(&str, Shape); 13] = [
        ("alone", |layer| Dispatch::new(registry().with(layer))),
        ("under fmt", |layer| Dispatch::new(registry().with(layer).with(other()))),
        ("over fmt", |layer| Dispatch::new(registry().with(other()).with(layer))),
        ("beside EnvFilter", |layer| {
            Dispatch::new(registry().with(EnvFilter::new("info")).with(layer).with(other()))
        }),
        ("under EnvFilter", |layer| Dispatch::new(registry().with(layer).with(EnvFilter::new("info")))),
        ("filtered by EnvFilter", |layer| {
            Dispatch::new(registry().with(layer.with_filter(EnvFilter::new("info"))).with(other()))
        }),
        ("filtered twice", |layer| {
            let filtered = layer.with_filter(LevelFilter::INFO).with_filter(filter_fn(|_| true));
            Dispatch::new(registry().with(filtered).with(other().with_filter(LevelFilter::WARN)))
        }),
        ("Some", |layer| Dispatch::new(registry().with(Some(layer)).with(None::<LevelFilter>))),
        ("Vec", |layer| Dispatch::new(registry().with(vec![layer]))),
        ("Box", |layer| Dispatch::new(registry().with(layer.boxed()))),
        ("Vec of boxes", |layer| Dispatch::new(registry().with(vec![other().boxed(), layer.boxed()]))),
        ("reload", |layer| Dispatch::new(registry().with(reload::Layer::new(layer).0).with(other()))),
        ("and_then", |layer| Dispatch::new(registry().with(other().and_then(layer)))),
    ];
    for (shape, build) in shapes {
        let (layer, recording) = Recording::new(bare());
        with_default(&build(layer), work);
        println!("{shape}");
        assert_worked(&recording);
    }
}

#[test]
fn a_subscriber_for_one_event_format_works_too() {
    let (layer, recording) = Recording::new(bare());
    let subscriber = fmt::Subscriber::builder().with_writer(std::io::sink).finish().with(layer);
    with_default(&Dispatch::new(subscriber), work);
    assert_worked(&recording);
}

#[test]
fn what_other_filters_disable_for_all_is_not_recorded_and_what_they_filter_for_themselves_is() {
    let (layer, recording) = Recording::new(bare().spans("trace"));
    let subscriber = registry().with(layer).with(EnvFilter::new("info"));
    with_default(&Dispatch::new(subscriber), || {
        drop(debug_span!("disabled for all"));
        drop(info_span!("enabled"));
    });
    assert_eq!(recording.spans().len(), 1);

    let (layer, recording) = Recording::new(bare().spans("trace"));
    let subscriber = registry().with(layer).with(other().with_filter(EnvFilter::new("error")));
    with_default(&Dispatch::new(subscriber), || drop(debug_span!("only its own lines are filtered")));
    assert_eq!(recording.spans().len(), 1);
}

#[test]
fn a_layer_that_is_none_records_nothing_and_harms_nothing() {
    let subscriber = registry().with(None::<throughline::Layer>).with(other());
    with_default(&Dispatch::new(subscriber), || {
        let span = info_span!("unrecorded");
        assert!(!span.context().is_valid());
        assert!(span.set_parent(throughline::Context::default()).is_err_and(|error| error.is_not_recorded()));
        let _in = span.enter();
        assert!(!throughline::current_context().is_valid());
    });
}

#[test]
fn a_layer_can_be_put_in_and_taken_out_while_spans_are_open() {
    let (first, one) = Recording::new(bare());
    let (second, two) = Recording::new(bare());
    let (slot, handle) = reload::Layer::new(None::<throughline::Layer>);
    let put = |layer| handle.reload(layer).expect("the subscriber lives");
    with_default(&Dispatch::new(registry().with(slot)), || {
        let before = info_span!("before").entered();
        put(Some(first));
        let across = info_span!("across").entered();
        work();
        put(None);
        drop(info_span!("between"));
        put(Some(second));
        work();
        drop(across);
        drop(before);
        put(None);
    });
    assert_worked(&one);
    assert_worked(&two);
    let stats = one.guard.stats();
    assert_eq!((stats.started, stats.finished, stats.open), (3, 2, 1), "{stats}");
    let across = one.shut_down().into_iter().find(|span| span.name == "across").expect("as unfinished");
    assert_eq!(across.parent_span_id, SpanId::INVALID, "its parent was never seen");
    assert_eq!(two.guard.stats().open, 0);
    assert!(two.exported().iter().all(|span| span.name != "across"));
}

#[test]
fn two_layers_in_one_subscriber_both_export_everything_under_different_ids() {
    let ((first, one), (second, two)) = (Recording::new(bare()), Recording::new(bare().spans("debug")));
    with_default(&Dispatch::new(registry().with(first).with(second)), || {
        let parent = info_span!("parent", answer = 42, late = tracing::field::Empty);
        parent.record("late", true);
        let _in = parent.enter();
        let _hidden = debug_span!("hidden").entered();
        info_span!("child").in_scope(|| info!("hello"));
    });
    for recording in [&one, &two] {
        let (parent, child) = named(recording, ["parent", "child"]);
        assert_eq!(attribute(&parent.attributes, "late"), Some(&Value::Bool(true)));
        assert_eq!(names(&child.events), ["hello"]);
        assert_eq!(child.trace_id, parent.trace_id);
    }
    assert_child(&one.span("child"), &one.span("parent"));
    assert_child(&two.span("child"), &two.span("hidden"));
    assert_eq!(one.spans().len(), 2);
    assert_ne!(one.span("parent").trace_id, two.span("parent").trace_id);
    assert_ne!(one.span("parent").span_id, two.span("parent").span_id);
}

#[test]
fn two_subscribers_interleaved_on_one_thread_do_not_mix() {
    let ((first, one), (second, two)) = (Recording::new(bare()), Recording::new(bare()));
    let (a, b) = (Dispatch::new(registry().with(first)), Dispatch::new(registry().with(second)));
    with_default(&a, || {
        let outer = info_span!("outer of a").entered();
        with_default(&b, || {
            drop(info_span!("root of b"));
            let _in = info_span!("span of b").entered();
            info!("in b");
            with_default(&a, || {
                info!("in a");
                drop(info_span!("child of a"));
            });
            drop(info_span!("child of b"));
            // A span belongs to the subscriber that made it, whatever the default is.
            outer.record("late", 1);
            assert_eq!(outer.context().span_context().span_id(), outer.context().span_context().span_id());
        });
    });
    assert_eq!(one.spans().len(), 2);
    assert_child(&one.span("child of a"), &one.span("outer of a"));
    assert_eq!(names(&one.span("outer of a").events), ["in a"]);
    assert_eq!(two.span("root of b").parent_span_id, SpanId::INVALID);
    assert_eq!(two.span("span of b").parent_span_id, SpanId::INVALID);
    assert_child(&two.span("child of b"), &two.span("span of b"));
    assert_eq!(names(&two.span("span of b").events), ["in b"]);
}

#[test]
fn a_layer_is_found_even_when_an_earlier_subscriber_of_the_same_shape_is_gone() {
    // The new registry may lie where the old one lay, and the old recorder lives on in its guard.
    let mut kept = Vec::new();
    for _ in 0..20 {
        let (layer, recording) = Recording::new(bare());
        with_default(&Dispatch::new(registry().with(Some(layer))), work);
        let (layer, other) = Recording::new(bare());
        with_default(&Dispatch::new(registry().with(layer)), work);
        assert_worked(&recording);
        assert_worked(&other);
        kept.push((recording, other));
    }
}

#[test]
fn a_span_may_outlive_subscriber_scope_guard_and_layer() {
    let span = without_hanging(|| {
        let (layer, recording) = Recording::new(bare());
        let span = with_default(&Dispatch::new(registry().with(layer)), || info_span!("survivor"));
        drop(recording);
        span
    });
    span.set_attribute("late", 1);
    span.in_scope(|| info!("nobody listens"));
    drop(span);
}
