//! A subscriber that gives out the ids that it is told, and ids that are used again.

use crate::support::{Hand, Recording, attribute, bare, names, record};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;
use throughline::wire::Value;
use tracing::dispatcher::with_default;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Span, Subscriber, info, info_span};
use tracing_subscriber::{prelude::*, registry};

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

#[test]
fn a_parent_that_is_another_subscribers_id_is_none() {
    let (foreign, other) = Recording::new(bare());
    let foreign = Dispatch::new(foreign.with_subscriber(Told::new([99])));
    let (layer, recording) = Recording::new(bare());
    let (first, second) = with_default(&foreign, || (info_span!("foreign"), Span::none()));
    with_default(&Dispatch::new(layer.with_subscriber(Told::new([7, 8]))), || {
        drop(info_span!(parent: &first, "by handle", a = 1));
        drop(info_span!(parent: second.id(), "by none"));
        info!(parent: &first, "goes nowhere");
    });
    drop(first);
    for name in ["by handle", "by none"] {
        assert_eq!(recording.span(name).parent_span_id, throughline::SpanId::INVALID, "{name}");
    }
    assert!(other.span("foreign").events.is_empty());
    assert!(recording.guard.stats().is_balanced() && other.guard.stats().is_balanced());
}
