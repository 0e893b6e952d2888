//! Attributes that are added to a span, and what a program's own fields make of them.

use tracing::field::Empty;
use tracing::{Level, info_span, span};

use crate::hand::{Hand, Set, on_thread};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    attr_of_each_level,
    attr_target_given,
    attr_field_named_target,
    attr_fields_named_code,
    attr_fields_named_thread,
    attr_field_named_level,
    attr_field_named_busy,
    attr_of_another_thread,
    attr_recorded_twice,
    attr_recorded_twice_with_another_type,
    attr_declared_twice,
    attr_empty,
    attr_not_declared,
    attr_set_by_hand,
    attr_set_over_a_field,
    attr_set_over_an_automatic_one,
    attr_set_after_exit,
    attr_set_types,
];

fn attr_of_each_level(_: &dyn Hand) {
    span!(Level::ERROR, "error").in_scope(|| {});
    span!(Level::WARN, "warn").in_scope(|| {});
    span!(Level::INFO, "info").in_scope(|| {});
    span!(Level::DEBUG, "debug").in_scope(|| {});
    span!(Level::TRACE, "trace").in_scope(|| {});
}

fn attr_target_given(_: &dyn Hand) {
    info_span!(target: "shop::cart", "work").in_scope(|| {});
}

fn attr_field_named_target(_: &dyn Hand) {
    info_span!("work", target = "mine").in_scope(|| {});
}

fn attr_fields_named_code(_: &dyn Hand) {
    info_span!("work", code.file.path = "mine.rs", code.module.name = "mine").in_scope(|| {});
}

fn attr_fields_named_thread(_: &dyn Hand) {
    info_span!("work", thread.id = "mine", thread.name = "also mine").in_scope(|| {});
}

fn attr_field_named_level(_: &dyn Hand) {
    info_span!("work", level = "mine").in_scope(|| {});
}

fn attr_field_named_busy(_: &dyn Hand) {
    info_span!("work", busy_ns = "mine").in_scope(|| {});
}

fn attr_of_another_thread(_: &dyn Hand) {
    info_span!("here").in_scope(|| {});
    on_thread("worker-1", || info_span!("there").in_scope(|| {}));
    on_thread("worker-2", || info_span!("elsewhere").in_scope(|| {}));
}

fn attr_recorded_twice(_: &dyn Hand) {
    let span = info_span!("early", count = 1);
    span.record("count", 2);
    span.in_scope(|| {});
    let span = info_span!("late", count = 1);
    span.in_scope(|| span.record("count", 2).record("count", 3));
}

fn attr_recorded_twice_with_another_type(_: &dyn Hand) {
    let span = info_span!("work", value = 1);
    span.record("value", "text");
    span.record("value", true);
}

fn attr_declared_twice(_: &dyn Hand) {
    info_span!("work", key = 1, key = 2).in_scope(|| {});
}

fn attr_empty(_: &dyn Hand) {
    let span = info_span!("work", filled = Empty, unfilled = Empty);
    span.record("filled", "later");
    span.in_scope(|| {});
}

fn attr_not_declared(_: &dyn Hand) {
    let span = info_span!("work", declared = 1);
    span.record("undeclared", 2);
    span.in_scope(|| {});
}

fn attr_set_by_hand(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.set_attribute(&span, "early", Set::Int(1));
    span.in_scope(|| hand.set_attribute(&span, "late", Set::Int(2)));
}

fn attr_set_over_a_field(hand: &dyn Hand) {
    let span = info_span!("work", count = 1);
    hand.set_attribute(&span, "count", Set::Int(2));
    span.in_scope(|| {
        hand.set_attribute(&span, "count", Set::Int(3));
        span.record("count", 4);
    });
}

fn attr_set_over_an_automatic_one(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.set_attribute(&span, "target", Set::Text("by hand"));
    hand.set_attribute(&span, "thread.name", Set::Text("by hand"));
}

fn attr_set_after_exit(hand: &dyn Hand) {
    let span = info_span!("work", state = Empty);
    span.in_scope(|| {});
    hand.set_attribute(&span, "after", Set::Bool(true));
    span.record("state", "done");
}

fn attr_set_types(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.set_attribute(&span, "text", Set::Text("a"));
    hand.set_attribute(&span, "int", Set::Int(i64::MIN));
    hand.set_attribute(&span, "float", Set::Float(-0.5));
    hand.set_attribute(&span, "bool", Set::Bool(false));
    hand.set_attribute(&span, "texts", Set::Texts(&["a", "b"]));
    hand.set_attribute(&span, "", Set::Text("no key"));
}
