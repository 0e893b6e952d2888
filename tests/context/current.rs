//! Contexts that are handed out: of a span, and the current one.

use crate::remote::is_of;
use crate::support::{Recording, attribute, bare, record};
use throughline::wire::Value;
use throughline::{Context, SpanContext, SpanExt, current_context};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, Span, debug_span, info_span};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::{fmt, prelude::*, registry};

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
