//! Links: `follows_from` and by hand.

use tracing::{Span, info_span};

use crate::hand::{Hand, Remote, Set};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    link_follows_from,
    link_follows_from_after_enter,
    link_follows_from_several,
    link_follows_from_closed,
    link_follows_from_none,
    link_by_hand,
    link_by_hand_with_attributes,
    link_by_hand_with_state,
    link_by_hand_unsampled,
    link_by_hand_invalid,
    link_by_hand_after_enter,
    link_to_another_span,
    link_by_hand_with_a_key_twice,
    link_twice_to_the_same,
    link_follows_from_an_unsampled_span,
    link_to_a_span_with_state,
    link_by_hand_of_a_child,
];

/// tracing-opentelemetry takes the same lock twice.
pub(super) const HANGING: &[Program] =
    &[Program::new("link_follows_from_itself", link_follows_from_itself).that_hangs()];

fn link_follows_from(_: &dyn Hand) {
    let cause = info_span!("cause");
    let effect = info_span!("effect");
    effect.follows_from(&cause);
}

fn link_follows_from_after_enter(_: &dyn Hand) {
    let cause = info_span!("cause");
    let effect = info_span!("effect").entered();
    effect.follows_from(cause.id());
}

fn link_follows_from_several(_: &dyn Hand) {
    let causes: Vec<_> = (0..3).map(|index| info_span!("cause", index)).collect();
    let effect = info_span!("effect");
    for cause in &causes {
        effect.follows_from(cause);
    }
    effect.in_scope(|| {});
}

fn link_follows_from_itself(_: &dyn Hand) {
    let span = info_span!("work");
    span.follows_from(&span);
    span.in_scope(|| {});
}

fn link_follows_from_closed(_: &dyn Hand) {
    let id = info_span!("cause").id();
    let effect = info_span!("effect");
    effect.follows_from(id);
}

fn link_follows_from_none(_: &dyn Hand) {
    let effect = info_span!("effect");
    effect.follows_from(Span::none());
    effect.follows_from(None);
}

fn link_by_hand(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.add_link(&span, Remote::sampled(7), &[]);
    hand.add_link(&span, Remote::sampled(8), &[]);
    span.in_scope(|| {});
}

fn link_by_hand_with_attributes(hand: &dyn Hand) {
    let span = info_span!("work");
    let attributes =
        [("messaging.id", Set::Text("m-1")), ("position", Set::Int(3)), ("last", Set::Bool(true))];
    hand.add_link(&span, Remote::sampled(7), &attributes);
}

fn link_by_hand_with_a_key_twice(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.add_link(&span, Remote::sampled(7), &[("key", Set::Int(1)), ("key", Set::Int(2))]);
}

fn link_by_hand_with_state(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.add_link(&span, Remote { state: "vendor=1", ..Remote::sampled(7) }, &[]);
}

fn link_by_hand_unsampled(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.add_link(&span, Remote { flags: 0, ..Remote::sampled(7) }, &[]);
}

fn link_by_hand_invalid(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.add_link(&span, Remote::sampled(0), &[]);
}

fn link_by_hand_after_enter(hand: &dyn Hand) {
    let span = info_span!("work").entered();
    hand.add_link(&span, Remote::sampled(7), &[("a", Set::Float(1.5))]);
}

fn link_to_another_span(hand: &dyn Hand) {
    let other = info_span!("other");
    let span = info_span!("work");
    hand.add_link_to(&span, &other);
    drop(other);
    span.in_scope(|| {});
}

fn link_twice_to_the_same(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.add_link(&span, Remote::sampled(7), &[("attempt", Set::Int(1))]);
    hand.add_link(&span, Remote::sampled(7), &[("attempt", Set::Int(2))]);
}

fn link_follows_from_an_unsampled_span(hand: &dyn Hand) {
    let cause = info_span!("cause");
    hand.set_parent(&cause, Remote { flags: 0, ..Remote::sampled(7) });
    let effect = info_span!("effect");
    effect.follows_from(&cause);
}

fn link_to_a_span_with_state(hand: &dyn Hand) {
    let cause = info_span!("cause");
    hand.set_parent(&cause, Remote { state: "vendor=1", ..Remote::sampled(7) });
    let effect = info_span!("effect");
    effect.follows_from(&cause);
    hand.add_link_to(&effect, &cause);
}

fn link_by_hand_of_a_child(hand: &dyn Hand) {
    let _parent = info_span!("parent").entered();
    let child = info_span!("child").entered();
    hand.add_link(&child, Remote::sampled(7), &[("key", Set::Texts(&["a", "b"]))]);
}
