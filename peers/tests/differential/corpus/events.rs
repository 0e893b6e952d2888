//! Events: their names, attributes, levels, and the spans that they belong to.

use std::fmt;

use tracing::{Level, Span, debug, error, event, info, info_span, trace, warn};

use crate::hand::{Hand, Set};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    event_message,
    event_formatted,
    event_without_message,
    event_name_given,
    event_message_not_text,
    event_message_empty,
    event_of_each_level,
    event_target_given,
    event_with_parent,
    event_with_parent_id,
    event_with_no_parent,
    event_outside_of_spans,
    event_in_a_span_that_is_closed,
    event_fields_named_as_automatic_ones,
    event_field_declared_twice,
    event_fields_around_a_message,
    event_empty_field,
    event_in_a_value_of_an_event,
    event_in_a_value_of_a_span,
    event_many,
    event_added_by_hand,
    event_added_by_hand_before_enter,
    event_added_by_hand_after_exit,
    event_added_by_hand_with_a_key_twice,
    event_added_by_hand_as_an_exception,
    event_added_by_hand_to_none,
    event_with_everything_given,
    event_before_enter,
    event_in_a_child_that_fails,
    event_time_order,
];

/// Logs when it is printed.
struct Chatty;

impl fmt::Debug for Chatty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!("from within");
        f.write_str("chatty")
    }
}

fn event_message(_: &dyn Hand) {
    info_span!("work").in_scope(|| info!("plain"));
}

fn event_formatted(_: &dyn Hand) {
    let user = 7;
    info_span!("work").in_scope(|| info!("{} of {user}", "order"));
}

fn event_without_message(_: &dyn Hand) {
    info_span!("work").in_scope(|| info!(count = 1));
}

fn event_name_given(_: &dyn Hand) {
    info_span!("work").in_scope(|| {
        info!(name: "order.placed", id = 1);
        info!(name: "order.paid", id = 1, "paid");
    });
}

fn event_message_not_text(_: &dyn Hand) {
    info_span!("work").in_scope(|| {
        info!(message = 7);
        info!(message = true);
        info!(message = 1.5);
        info!(message = ?"quoted");
        info!(message = u64::MAX);
    });
}

fn event_message_empty(_: &dyn Hand) {
    info_span!("work").in_scope(|| {
        info!("");
        info!(message = "", count = 1);
    });
}

fn event_of_each_level(_: &dyn Hand) {
    info_span!("work").in_scope(|| {
        trace!("trace");
        debug!("debug");
        info!("info");
        warn!("warn");
        error!("error");
    });
}

fn event_target_given(_: &dyn Hand) {
    info_span!("work").in_scope(|| info!(target: "shop::cart", "elsewhere"));
}

fn event_with_parent(_: &dyn Hand) {
    let other = info_span!("other");
    info_span!("current").in_scope(|| info!(parent: &other, "of the other"));
}

fn event_with_parent_id(_: &dyn Hand) {
    let other = info_span!("other");
    info_span!("current").in_scope(|| info!(parent: other.id(), "of the other"));
}

fn event_with_no_parent(_: &dyn Hand) {
    info_span!("current").in_scope(|| event!(parent: None, Level::INFO, "of nobody"));
}

fn event_outside_of_spans(_: &dyn Hand) {
    info!("before");
    info_span!("work").in_scope(|| {});
    error!("after");
}

fn event_in_a_span_that_is_closed(_: &dyn Hand) {
    let id = info_span!("closed").id();
    info_span!("current").in_scope(|| info!(parent: id, "too late"));
}

fn event_fields_named_as_automatic_ones(_: &dyn Hand) {
    info_span!("work").in_scope(|| {
        info!(level = "mine", target = "mine", code.file.path = "mine", "own words");
    });
}

fn event_field_declared_twice(_: &dyn Hand) {
    info_span!("work").in_scope(|| info!(key = 1, key = 2, "twice"));
}

fn event_fields_around_a_message(_: &dyn Hand) {
    info_span!("work").in_scope(|| info!(before = 1, message = "in the middle", after = 2));
}

fn event_empty_field(_: &dyn Hand) {
    info_span!("work").in_scope(|| info!(empty = tracing::field::Empty, full = 1, "empty"));
}

fn event_in_a_value_of_an_event(_: &dyn Hand) {
    info_span!("work").in_scope(|| info!(value = ?Chatty, "outer"));
}

fn event_in_a_value_of_a_span(_: &dyn Hand) {
    info_span!("outer").in_scope(|| info_span!("inner", value = ?Chatty).in_scope(|| {}));
}

fn event_many(_: &dyn Hand) {
    info_span!("work").in_scope(|| {
        for index in 0..100 {
            info!(index, "one of many");
        }
    });
}

fn event_added_by_hand(hand: &dyn Hand) {
    let span = info_span!("work").entered();
    info!("before");
    hand.add_event(&span, "cache.miss", &[("key", Set::Text("a")), ("count", Set::Int(2))]);
    hand.add_event(&span, "bare", &[]);
    info!("after");
}

fn event_added_by_hand_before_enter(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.add_event(&span, "early", &[("yes", Set::Bool(true))]);
    span.in_scope(|| {});
}

fn event_with_everything_given(_: &dyn Hand) {
    let other = info_span!("other");
    info_span!("current").in_scope(|| {
        event!(name: "all", target: "shop", parent: &other, Level::WARN, id = 1, "all of it");
    });
}

fn event_before_enter(_: &dyn Hand) {
    let span = info_span!("work");
    info!(parent: &span, "before");
    span.in_scope(|| info!("inside"));
    info!(parent: &span, "after");
}

fn event_in_a_child_that_fails(_: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    info_span!("inner").in_scope(|| error!("of inner"));
    info!("of outer");
}

fn event_time_order(_: &dyn Hand) {
    let (left, right) = (info_span!("left"), info_span!("right"));
    for index in 0..3 {
        info!(parent: &left, index, "left");
        info!(parent: &right, index, "right");
    }
}

fn event_added_by_hand_after_exit(hand: &dyn Hand) {
    let span = info_span!("work");
    span.in_scope(|| {});
    info_span!("between").in_scope(|| {});
    hand.add_event(&span, "late", &[("texts", Set::Texts(&["a", "b"]))]);
}

fn event_added_by_hand_with_a_key_twice(hand: &dyn Hand) {
    let span = info_span!("work");
    hand.add_event(&span, "twice", &[("key", Set::Int(1)), ("key", Set::Int(2))]);
}

/// It is an event like any other: only the program says what it means for the span.
fn event_added_by_hand_as_an_exception(hand: &dyn Hand) {
    let span = info_span!("work");
    let attributes = [("exception.message", Set::Text("it broke")), ("error", Set::Text("it broke"))];
    hand.add_event(&span, "exception", &attributes);
    hand.add_event(&span, "", &[("message", Set::Text("a field")), ("level", Set::Text("ERROR"))]);
}

fn event_added_by_hand_to_none(hand: &dyn Hand) {
    hand.add_event(&Span::none(), "nowhere", &[]);
    info_span!("work").in_scope(|| hand.add_event(&Span::current(), "somewhere", &[]));
}
