//! Who is whose parent, with hidden spans between them.

use crate::neighbours::other;
use crate::support::{Recording, assert_child, bare, names, record};
use throughline::testing::{assert_tree, capture};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, debug_span, info, info_span};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::{prelude::*, registry};

#[test]
fn a_parent_is_the_context_or_the_one_that_is_named_or_none() {
    let trace = capture(|| {
        let root = info_span!("root");
        let aside = info_span!(parent: None, "aside");
        root.in_scope(|| {
            let _contextual = info_span!("contextual").entered();
            drop(info_span!(parent: &aside, "explicit"));
            drop(info_span!(parent: None, "own root"));
            drop(info_span!("deep"));
        });
    });
    assert_tree!(
        trace,
        "
        root
          contextual
            deep
        aside
          explicit
        own root
        "
    );
    assert_ne!(trace.span("own root").data().trace_id, trace.span("root").data().trace_id);
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
    let trace = capture(|| {
        let (one, two) = (info_span!("one"), info_span!("two"));
        let _in = one.enter();
        info!("by context");
        info!(parent: &two, "by name");
        info!(parent: None, "nowhere");
    });
    assert_tree!(
        trace,
        "
        one
          * by context level=INFO
        two
          * by name level=INFO
        "
    );
}
