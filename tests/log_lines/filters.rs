//! Lines where filters hide spans, or events.

use crate::support::{Lines, Recording, bare};
use crate::{assert_ids, json, subscriber, talk};
use throughline::log;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, debug_span, info, info_span, warn};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::{Layer, fmt as tracing_fmt, prelude::*, registry};

#[test]
fn lines_keep_their_ids_when_a_filter_hides_the_spans_from_them() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare().spans("debug")));
    let fmt = tracing_fmt::layer().event_format(log::json()).with_writer(lines.clone());
    let fmt = fmt.with_filter(EnvFilter::new("warn"));
    let mut by_name = None;
    with_default(&Dispatch::new(registry().with(fmt).with(layer)), || {
        let outer = info_span!("outer").entered();
        info!("not a line");
        debug_span!("inner").in_scope(|| warn!("inside"));
        let outer = outer.exit();
        warn!(parent: &outer, "by name");
        by_name = Some(outer);
    });
    drop(by_name);
    assert_eq!(lines.all().len(), 2, "{}", lines.text());
    assert_ids(&json(&lines.with("inside")), &recording.span("inner"));
    assert_ids(&json(&lines.with("by name")), &recording.span("outer"));
}

#[test]
fn lines_in_spans_that_our_own_filter_hides_carry_the_nearest_recorded_span() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare().spans("info")));
    with_default(&subscriber(&lines, log::json(), layer), || {
        let _outer = info_span!("outer").entered();
        let hidden = debug_span!("hidden");
        hidden.in_scope(|| info!("in hidden"));
        info!(parent: &hidden, "by the name of hidden");
    });
    assert_ids(&json(&lines.with("in hidden")), &recording.span("outer"));
    assert_ids(&json(&lines.with("by the name of hidden")), &recording.span("outer"));
}

#[test]
fn lines_of_events_that_our_layer_does_not_want_carry_the_ids_too() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare().spans("info")));
    let fmt = tracing_fmt::layer().event_format(log::json()).with_writer(lines.clone());
    let filtered = layer.with_filter(tracing_subscriber::filter::LevelFilter::INFO);
    with_default(&Dispatch::new(registry().with(fmt).with(filtered)), || {
        let _in = info_span!("s").entered();
        tracing::debug!("a line only");
    });
    assert!(recording.span("s").events.is_empty());
    assert_ids(&json(&lines.with("a line only")), &recording.span("s"));
}

#[test]
fn filtered_layers_boxed_in_a_vec_write_ids_as_well() {
    let (lines, (layer, recording)) = (Lines::default(), Recording::new(bare()));
    let fmt = tracing_fmt::layer().event_format(log::json()).with_writer(lines.clone());
    let layers = vec![fmt.with_filter(EnvFilter::new("info")).boxed(), layer.boxed()];
    with_default(&Dispatch::new(registry().with(layers)), talk);
    assert_ids(&json(&lines.with("deeper")), &recording.span("inner"));
    assert_ids(&json(&lines.with("by name")), &recording.span("outer"));
}
