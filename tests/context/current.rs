//! Contexts that are handed out: of a span, and the current one.

use crate::remote::is_of;
use crate::support::{Recording, attribute, bare, record};
use throughline::wire::Value;
use throughline::{Context, SpanContext, SpanExt, current_context};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, Span, debug_span, info_span};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::{fmt, prelude::*, registry, reload};

#[test]
fn the_context_of_a_span_is_that_of_the_exported_span_entered_or_not() {
    let mut contexts = Vec::new();
    let recording = record(bare(), || {
        let span = info_span!("s");
        contexts.push(span.context());
        span.in_scope(|| {
            contexts.push(span.context());
            contexts.push(Span::current().context());
            contexts.push(current_context().into());
        });
    });
    let span = recording.span("s");
    for context in contexts {
        assert!(is_of(&span, &context) && !context.span_context().is_remote());
        assert_eq!(context.span_context().trace_flags().to_u8(), 3, "sampled and random");
        assert_eq!(context.sampling_decision(), Some(true));
    }
}

#[test]
fn outside_of_a_recorded_span_there_is_no_context() {
    assert_eq!(current_context(), SpanContext::INVALID);
    let recording = record(bare().spans("info"), || {
        assert_eq!(current_context(), SpanContext::INVALID);
        let hidden = debug_span!("hidden").entered();
        assert!(!hidden.context().is_valid());
        assert_eq!(current_context(), SpanContext::INVALID);
        assert!(!Span::none().context().is_valid());
    });
    assert_eq!(recording.guard.stats().started, 0);
    with_default(&Dispatch::new(registry()), || {
        let _in = info_span!("of a subscriber without a layer").entered();
        assert!(!Span::current().context().is_valid());
    });
}

#[test]
fn the_current_context_is_that_of_the_innermost_recorded_span() {
    let (layer, recording) = Recording::new(bare().spans("trace"));
    let filtered = layer.with_filter(filter_fn(|metadata| metadata.name() != "hidden"));
    let subscriber = registry().with(filtered).with(fmt::layer().with_writer(std::io::sink));
    let mut seen = None;
    with_default(&Dispatch::new(subscriber), || {
        let _outer = info_span!("outer").entered();
        let hidden = info_span!("hidden").entered();
        seen = Some((current_context(), hidden.context()));
    });
    let (current, hidden) = seen.expect("ran");
    assert!(is_of(&recording.span("outer"), &current.into()));
    assert!(!hidden.is_valid(), "a span that is not recorded has no context of its own");
}

#[test]
fn the_current_context_is_that_of_the_subscriber_that_is_the_default() {
    let ((first, one), (second, two)) = (Recording::new(bare()), Recording::new(bare()));
    let (a, b) = (Dispatch::new(registry().with(first)), Dispatch::new(registry().with(second)));
    let mut seen = Vec::new();
    with_default(&a, || {
        let _in = info_span!("a").entered();
        with_default(&b, || {
            assert!(!current_context().is_valid(), "nothing is entered in b");
            let _in = info_span!("b").entered();
            seen.push(current_context());
            with_default(&a, || seen.push(current_context()));
            with_default(&Dispatch::none(), || assert!(!current_context().is_valid()));
        });
        seen.push(current_context());
    });
    assert!(is_of(&two.span("b"), &seen[0].into()));
    assert!(is_of(&one.span("a"), &seen[1].into()) && seen[1] == seen[2]);
}

#[test]
fn with_two_layers_the_first_built_answers() {
    let ((first, one), (second, two)) = (Recording::new(bare()), Recording::new(bare()));
    let mut seen = Context::default();
    with_default(&Dispatch::new(registry().with(second).with(first)), || {
        let span = info_span!("s");
        span.set_attribute("set", 1);
        let _in = span.enter();
        seen = span.context();
        assert_eq!(seen.span_context(), current_context());
    });
    assert!(is_of(&one.span("s"), &seen));
    assert_eq!(attribute(&one.span("s").attributes, "set"), Some(&Value::Int(1)));
    assert!(two.span("s").attributes.is_empty());
}

#[test]
fn the_context_of_a_span_of_another_subscriber_is_its_own_wherever_it_is_asked_for() {
    let ((first, one), (second, two)) = (Recording::new(bare()), Recording::new(bare()));
    let (a, b) = (Dispatch::new(registry().with(first)), Dispatch::new(registry().with(second)));
    let foreign = with_default(&a, || info_span!("of a"));
    let mut seen = Vec::new();
    with_default(&b, || {
        let _in = info_span!("of b").entered();
        // The registries number alike: the id alone would name the span of b.
        assert_eq!(foreign.id(), Span::current().id());
        seen.push(foreign.context());
        foreign.in_scope(|| {
            seen.push(foreign.context());
            seen.push(current_context().into());
        });
    });
    with_default(&Dispatch::none(), || seen.push(foreign.context()));
    std::thread::scope(|scope| scope.spawn(|| seen.push(foreign.context())).join()).expect("nothing panics");
    drop(foreign);
    let (of_a, of_b) = (one.span("of a"), two.span("of b"));
    let expected = [&of_a, &of_a, &of_b, &of_a, &of_a];
    for (n, (context, span)) in seen.iter().zip(expected).enumerate() {
        assert!(is_of(span, context), "{n}: {context:?}");
    }
    assert!(!of_b.parent_span_id.is_valid() && !of_a.parent_span_id.is_valid());
}

#[test]
fn a_span_that_is_disabled_or_foreign_can_be_given_anything_and_nothing_happens() {
    let (layer, recording) = Recording::new(bare());
    let spare = |span: &Span| {
        span.set_attribute("a", 1);
        span.set_status(throughline::wire::StatusCode::Error, "unheard");
        span.add_link(current_context());
        assert!(span.set_parent(Context::default()).expect_err("not recorded").is_not_recorded());
        assert_eq!(span.context(), Context::default());
    };
    with_default(&Dispatch::new(registry().with(layer).with(LevelFilter::INFO)), || {
        let _in = info_span!("here").entered();
        spare(&Span::none());
        spare(&debug_span!("disabled"));
        spare(&with_default(&Dispatch::new(registry()), || info_span!("of a subscriber without a layer")));
        spare(&with_default(&Dispatch::none(), || info_span!("of nobody")));
    });
    let here = recording.span("here");
    assert!(here.attributes.is_empty() && here.links.is_empty());
    assert_eq!(here.status, throughline::wire::Status::default());
}

#[test]
fn the_current_context_survives_a_change_of_filters_and_a_scoped_default_inside() {
    let (layer, recording) = Recording::new(bare().spans("trace"));
    let (filter, handle) = reload::Layer::new(LevelFilter::TRACE);
    let mut seen = Vec::new();
    with_default(&Dispatch::new(registry().with(layer).with(filter)), || {
        let _outer = info_span!("outer").entered();
        let debug = debug_span!("made before").entered();
        seen.push(current_context());
        handle.reload(LevelFilter::INFO).expect("the subscriber lives");
        seen.push(current_context());
        assert!(debug_span!("disabled now").is_disabled());
        let (other, elsewhere) = Recording::new(bare());
        with_default(&Dispatch::new(registry().with(other)), || {
            assert!(!current_context().is_valid());
            let inner = info_span!("elsewhere").entered();
            assert_eq!(inner.context().span_context(), current_context());
        });
        assert_eq!(elsewhere.spans().len(), 1);
        drop(debug);
        seen.push(current_context());
    });
    let (outer, before) = (recording.span("outer"), recording.span("made before"));
    for (context, span) in seen.into_iter().zip([&before, &before, &outer]) {
        assert!(is_of(span, &context.into()), "{}", span.name);
    }
}

#[test]
fn a_layer_that_is_put_in_and_taken_out_again_answers_for_the_spans_that_it_saw() {
    let (layer, recording) = Recording::new(bare());
    let (slot, handle) = reload::Layer::new(None::<throughline::Layer>);
    let mut seen = Context::default();
    with_default(&Dispatch::new(registry().with(slot)), || {
        let before = info_span!("before");
        handle.reload(Some(layer)).expect("the subscriber lives");
        assert!(before.set_parent(Context::default()).expect_err("never seen").is_not_recorded());
        let seen_by_it = info_span!("seen");
        seen = seen_by_it.context();
        assert!(seen_by_it.set_parent(Context::default()).expect_err("handed out").is_too_late());
        before.in_scope(|| assert!(!current_context().is_valid()));
        drop(seen_by_it);
        handle.reload(None).expect("the subscriber lives");
        let after = info_span!("after").entered();
        assert!(!after.context().is_valid() && !current_context().is_valid());
    });
    assert!(is_of(&recording.span("seen"), &seen));
    assert_eq!(recording.guard.stats().started, 1);
}
