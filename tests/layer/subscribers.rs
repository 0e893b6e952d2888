//! Subscribers of all shapes: filters, vectors, reloads, two layers, two subscribers.

use crate::neighbours::{named, other};
use crate::support::{Recording, assert_child, attribute, bare, names, without_hanging};
use throughline::wire::Value;
use throughline::{SpanExt, SpanId};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, debug_span, info, info_span};
use tracing_subscriber::filter::{EnvFilter, LevelFilter, filter_fn};
use tracing_subscriber::{fmt, prelude::*, registry, reload};

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
