//! Events that are errors, and what they make of the status of their span.

use std::fmt;

use tracing::field::Empty;
use tracing::{debug, error, info, info_span, warn};

use crate::hand::{Code, Hand};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    error_event_with_message,
    error_event_without_fields,
    error_event_after_ok,
    error_event_after_description,
    error_event_before_description,
    error_event_on_a_span_not_entered,
    error_event_with_parent,
    error_field_by_display,
    error_field_by_debug,
    error_field_by_text,
    error_field_not_text,
    error_field_with_message,
    error_field_with_empty_message,
    error_field_with_other_fields,
    error_field_below_error_level,
    error_field_on_a_span_not_entered,
    error_field_empty,
    error_fields_one_after_another,
    error_field_then_error_event,
    error_event_then_error_field,
    error_field_after_ok,
    error_field_with_a_name_given,
    error_field_in_an_inner_span,
];

#[derive(Debug)]
#[expect(dead_code, reason = "read by Debug only")]
struct Declined {
    card: &'static str,
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("card was declined")
    }
}

const DECLINED: Declined = Declined { card: "42" };

fn inside(f: impl FnOnce()) {
    info_span!("work", otel.status_code = Empty, otel.status_description = Empty).in_scope(f);
}

fn error_event_with_message(_: &dyn Hand) {
    inside(|| error!("it broke"));
}

fn error_event_without_fields(_: &dyn Hand) {
    inside(|| error!(code = 7));
}

fn error_event_after_ok(hand: &dyn Hand) {
    let span = info_span!("early", otel.status_code = "ok");
    error!(parent: &span, "not entered");
    drop(span);
    let span = info_span!("late").entered();
    hand.set_status(&span, Code::Ok, "");
    error!("entered");
}

fn error_event_after_description(_: &dyn Hand) {
    info_span!("work", otel.status_description = "known").in_scope(|| error!("again"));
}

fn error_event_before_description(_: &dyn Hand) {
    let span = info_span!("work", otel.status_description = Empty).entered();
    error!("first");
    span.record("otel.status_description", "then this");
}

fn error_event_on_a_span_not_entered(_: &dyn Hand) {
    let span = info_span!("work");
    error!(parent: &span, "it broke");
}

fn error_event_with_parent(_: &dyn Hand) {
    let other = info_span!("other");
    inside(|| error!(parent: &other, "of the other"));
}

fn error_field_by_display(_: &dyn Hand) {
    inside(|| error!(error = %DECLINED));
}

fn error_field_by_debug(_: &dyn Hand) {
    inside(|| error!(error = ?DECLINED));
}

fn error_field_by_text(_: &dyn Hand) {
    inside(|| error!(error = "card was declined"));
}

fn error_field_not_text(_: &dyn Hand) {
    inside(|| error!(error = 7));
    inside(|| info!(error = true));
}

fn error_field_with_message(_: &dyn Hand) {
    inside(|| error!(error = %DECLINED, "payment failed"));
    inside(|| info!(error = "text", "noted"));
}

fn error_field_with_empty_message(_: &dyn Hand) {
    inside(|| error!(error = %DECLINED, ""));
}

fn error_field_with_other_fields(_: &dyn Hand) {
    inside(|| error!(before = 1, error = %DECLINED, after = 2));
}

fn error_field_below_error_level(_: &dyn Hand) {
    inside(|| warn!(error = %DECLINED));
    inside(|| info!(error = ?DECLINED));
    inside(|| debug!(error = "text"));
}

fn error_field_on_a_span_not_entered(_: &dyn Hand) {
    let span = info_span!("work");
    error!(parent: &span, error = %DECLINED);
}

fn error_field_empty(_: &dyn Hand) {
    inside(|| error!(error = %""));
}

fn error_fields_one_after_another(_: &dyn Hand) {
    inside(|| {
        error!(error = %"b");
        error!(error = %"a");
    });
    inside(|| {
        error!(error = %"a");
        error!(error = %"b");
    });
}

fn error_field_then_error_event(_: &dyn Hand) {
    inside(|| {
        error!(error = %DECLINED);
        error!("and more");
    });
}

fn error_event_then_error_field(_: &dyn Hand) {
    inside(|| {
        error!("first");
        error!(error = %DECLINED);
    });
}

fn error_field_after_ok(hand: &dyn Hand) {
    let span = info_span!("early", otel.status_code = "ok");
    error!(parent: &span, error = %DECLINED);
    drop(span);
    let span = info_span!("late").entered();
    hand.set_status(&span, Code::Ok, "");
    error!(error = %DECLINED);
}

fn error_field_with_a_name_given(_: &dyn Hand) {
    inside(|| error!(name: "payment.failed", error = %DECLINED));
}

fn error_field_in_an_inner_span(_: &dyn Hand) {
    let _outer = info_span!("outer").entered();
    inside(|| error!(error = %DECLINED));
}
