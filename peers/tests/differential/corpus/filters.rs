//! Filters: of the layer, of the whole subscriber, of a layer beside; and what records by default.

use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Span, debug, debug_span, info, info_span, trace_span};

use crate::hand::{Hand, Remote};
use crate::program::{Program, Setup, reload};

pub(super) const PROGRAMS: &[Program] = programs![
    filter_defaults under Setup::Defaults,
    filter_layer_targets under Setup::LayerTargets("differential=info,quiet=off"),
    filter_layer_env under Setup::LayerEnv("info,quiet=off"),
    filter_layer_env_by_span under Setup::LayerEnv("[shown]=trace"),
    filter_layer_both under Setup::LayerBoth(LevelFilter::INFO, "differential=debug"),
    filter_global_targets under Setup::GlobalTargets("differential=info,quiet=off"),
    filter_global_env under Setup::GlobalEnv("info,quiet=off"),
    filter_global_env_by_field under Setup::GlobalEnv("[{user=7}]=debug"),
    filter_off under Setup::LayerTargets("off"),
    filter_beside under Setup::Beside(LevelFilter::ERROR),
    filter_hides_a_span_in_between under Setup::LayerFn(not_hidden),
    filter_hides_an_explicit_parent under Setup::LayerFn(not_hidden),
    filter_hides_an_explicit_parent_at_the_root under Setup::LayerFn(not_hidden),
    filter_hides_the_root under Setup::LayerFn(not_hidden),
    filter_hides_the_parent_of_an_event under Setup::LayerFn(not_hidden),
    filter_hides_the_current_span_of_an_event under Setup::LayerFn(not_hidden),
    filter_hides_what_is_followed under Setup::LayerFn(not_hidden),
    filter_hides_what_is_changed_by_hand under Setup::LayerFn(not_hidden),
    filter_changes_meanwhile under Setup::LayerReload,
    filter_disables_an_explicit_parent under Setup::GlobalTargets("differential=info,quiet=off"),
];

fn not_hidden(metadata: &Metadata<'_>) -> bool {
    metadata.name() != "hidden"
}

/// Spans and events of several levels and targets, inside one another.
fn mixed() {
    let _outer = info_span!("outer").entered();
    let middle = debug_span!("middle").entered();
    trace_span!("trace").in_scope(|| info!("in trace"));
    info_span!("inner").in_scope(|| {
        debug!("debug in inner");
        info!("info in inner");
    });
    drop(middle);
    info_span!(target: "quiet", "quiet").in_scope(|| info!("in quiet"));
    info!(target: "quiet", "of quiet");
}

fn filter_defaults(_: &dyn Hand) {
    mixed();
}

fn filter_layer_targets(_: &dyn Hand) {
    mixed();
}

fn filter_layer_env(_: &dyn Hand) {
    mixed();
}

fn filter_layer_env_by_span(_: &dyn Hand) {
    info_span!("other").in_scope(|| info!("in other"));
    info_span!("shown").in_scope(|| {
        debug!("in shown");
        debug_span!("inner").in_scope(|| {});
    });
}

fn filter_layer_both(_: &dyn Hand) {
    mixed();
}

fn filter_global_targets(_: &dyn Hand) {
    mixed();
}

fn filter_global_env(_: &dyn Hand) {
    mixed();
}

fn filter_global_env_by_field(_: &dyn Hand) {
    info_span!("of user", user = 7).in_scope(|| debug!("seen"));
    info_span!("of another", user = 8).in_scope(|| debug!("unseen"));
}

fn filter_off(_: &dyn Hand) {
    mixed();
}

fn filter_beside(_: &dyn Hand) {
    mixed();
}

fn filter_hides_a_span_in_between(_: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    let hidden = info_span!("hidden").entered();
    info_span!("inner").in_scope(|| info!("in inner"));
    drop(hidden);
}

fn filter_hides_an_explicit_parent(_: &dyn Hand) {
    let outer = info_span!("outer");
    let hidden = info_span!(parent: &outer, "hidden");
    info_span!(parent: &hidden, "inner").in_scope(|| {});
}

fn filter_hides_an_explicit_parent_at_the_root(_: &dyn Hand) {
    let _current = info_span!("current").entered();
    let hidden = info_span!(parent: None, "hidden");
    info_span!(parent: &hidden, "inner").in_scope(|| {});
}

fn filter_hides_the_root(_: &dyn Hand) {
    info_span!("hidden").in_scope(|| {
        info_span!("first").in_scope(|| {});
        info_span!("second").in_scope(|| {});
    });
}

fn filter_hides_the_parent_of_an_event(_: &dyn Hand) {
    let outer = info_span!("outer");
    let hidden = info_span!(parent: &outer, "hidden");
    let _current = info_span!("current").entered();
    info!(parent: &hidden, "where does it go?");
}

fn filter_hides_the_current_span_of_an_event(_: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    info_span!("hidden").in_scope(|| info!("goes to outer"));
}

fn filter_hides_what_is_followed(_: &dyn Hand) {
    let hidden = info_span!("hidden");
    let effect = info_span!("effect");
    effect.follows_from(&hidden);
}

fn filter_hides_what_is_changed_by_hand(hand: &dyn Hand) {
    let hidden = info_span!("hidden", value = 1);
    hand.note("parent", &hand.set_parent(&hidden, Remote::sampled(7)));
    hand.add_link(&hidden, Remote::sampled(7), &[]);
    hand.note("context", &hand.context(&hidden));
    hidden.record("value", 2);
    info_span!("shown").in_scope(|| {});
}

fn filter_disables_an_explicit_parent(_: &dyn Hand) {
    let _current = info_span!("current").entered();
    let disabled: Span = info_span!(target: "quiet", "disabled");
    info_span!(parent: &disabled, "child").in_scope(|| {});
}

fn filter_changes_meanwhile(_: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    reload(LevelFilter::OFF);
    let unseen = info_span!("unseen").entered();
    info!("unseen");
    reload(LevelFilter::DEBUG);
    debug_span!("inner").in_scope(|| debug!("in inner"));
    debug!("in outer");
    drop(unseen);
    reload(LevelFilter::ERROR);
    info!("of outer, unseen");
    info_span!("unseen too").in_scope(|| {});
}
