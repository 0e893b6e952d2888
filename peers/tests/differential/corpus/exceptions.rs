//! `dyn Error` values: `exception.*` attributes, chains of causes, types.

use std::error::Error;
use std::fmt;
use std::io;

use tracing::field::Empty;
use tracing::{error, info, info_span};

use crate::hand::{Hand, Set};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    exception_on_a_span,
    exception_on_a_span_with_causes,
    exception_recorded_late,
    exception_recorded_twice,
    exception_on_an_event,
    exception_on_an_event_with_message,
    exception_on_an_event_with_causes,
    exception_on_an_event_with_other_key,
    exception_on_an_event_below_error_level,
    exception_on_an_event_of_a_span_not_entered,
    exception_twice_in_a_span,
    exception_types_known_and_not,
    exception_of_several_lines,
    exception_fields_by_hand,
    exception_fields_before_an_error,
    exception_fields_before_an_error_of_an_event,
    exception_fields_after_an_error,
    exception_without_message_with_causes,
    exception_boxed,
    exception_as_a_special_field,
    exception_that_can_be_sent,
    exception_as_a_message,
    exception_as_a_name,
    exception_as_a_field_named_error,
    exception_and_attributes_set_by_hand,
];

/// An error with what caused it.
#[derive(Debug)]
struct Failed(&'static str, Option<Box<Failed>>);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_ref().map(|cause| cause.as_ref() as &dyn Error)
    }
}

const ALONE: &(dyn Error + 'static) = &Failed("order failed", None);

fn caused() -> Failed {
    Failed("order failed", Some(Box::new(Failed("card declined", Some(Box::new(Failed("no funds", None)))))))
}

fn exception_on_a_span(_: &dyn Hand) {
    info_span!("work", failure = ALONE).in_scope(|| {});
}

fn exception_on_a_span_with_causes(_: &dyn Hand) {
    let failure = caused();
    info_span!("work", failure = &failure as &(dyn Error + 'static)).in_scope(|| {});
}

fn exception_recorded_late(_: &dyn Hand) {
    let span = info_span!("work", failure = Empty);
    span.in_scope(|| span.record("failure", ALONE));
}

fn exception_recorded_twice(_: &dyn Hand) {
    let span = info_span!("work", first = Empty, second = Empty);
    span.record("first", ALONE);
    let failure = caused();
    span.record("second", &failure as &(dyn Error + 'static));
}

fn exception_on_an_event(_: &dyn Hand) {
    info_span!("work").in_scope(|| error!(error = ALONE));
}

fn exception_on_an_event_with_message(_: &dyn Hand) {
    info_span!("work").in_scope(|| error!(error = ALONE, "could not order"));
}

fn exception_on_an_event_with_causes(_: &dyn Hand) {
    let failure = caused();
    info_span!("work").in_scope(|| error!(error = &failure as &(dyn Error + 'static), "could not order"));
}

fn exception_on_an_event_with_other_key(_: &dyn Hand) {
    info_span!("work").in_scope(|| error!(failure = ALONE, "could not order"));
    info_span!("without message").in_scope(|| error!(failure = ALONE));
}

fn exception_on_an_event_below_error_level(_: &dyn Hand) {
    info_span!("work").in_scope(|| info!(error = ALONE, "will try again"));
    info_span!("without message").in_scope(|| info!(error = ALONE));
}

fn exception_on_an_event_of_a_span_not_entered(_: &dyn Hand) {
    let span = info_span!("work");
    error!(parent: &span, error = ALONE, "could not order");
}

fn exception_twice_in_a_span(_: &dyn Hand) {
    let failure = caused();
    info_span!("work").in_scope(|| {
        error!(error = ALONE, "first");
        error!(error = &failure as &(dyn Error + 'static), "second");
    });
}

fn exception_types_known_and_not(_: &dyn Hand) {
    let parse = "x".parse::<i32>().expect_err("not a number");
    let custom = io::Error::other("disk is full");
    let kind = io::Error::from(io::ErrorKind::NotFound);
    let boxed: Box<dyn Error> = "only text".into();
    info_span!("struct", failure = &parse as &(dyn Error + 'static)).in_scope(|| {});
    info_span!("custom", failure = &custom as &(dyn Error + 'static)).in_scope(|| {});
    info_span!("kind", failure = &kind as &(dyn Error + 'static)).in_scope(|| {});
    info_span!("text", failure = boxed.as_ref()).in_scope(|| {});
    info_span!("unit", failure = &fmt::Error as &(dyn Error + 'static)).in_scope(|| {});
}

fn exception_of_several_lines(_: &dyn Hand) {
    let failure = Failed("outer\nline", Some(Box::new(Failed("inner\nline", None))));
    info_span!("work", failure = &failure as &(dyn Error + 'static)).in_scope(|| {});
}

fn exception_fields_by_hand(_: &dyn Hand) {
    let span = info_span!("work", exception.message = "mine", exception.type = "Mine").entered();
    info!(exception.message = "mine", exception.type = "Mine", "exception");
    drop(span);
}

fn exception_fields_before_an_error(_: &dyn Hand) {
    info_span!("work", exception.message = "mine", failure = ALONE).in_scope(|| {});
}

fn exception_fields_before_an_error_of_an_event(_: &dyn Hand) {
    info_span!("work").in_scope(|| error!(exception.message = "mine", error = ALONE, "failed"));
}

fn exception_fields_after_an_error(_: &dyn Hand) {
    info_span!("work", failure = ALONE, exception.message = "mine").in_scope(|| {});
    info_span!("work").in_scope(|| error!(failure = ALONE, exception.message = "mine", "failed"));
}

fn exception_without_message_with_causes(_: &dyn Hand) {
    let failure = caused();
    info_span!("work").in_scope(|| error!(error = &failure as &(dyn Error + 'static)));
}

fn exception_boxed(_: &dyn Hand) {
    let shared: Box<dyn Error + Send + Sync> = Box::new(caused());
    let error: &(dyn Error + 'static) = shared.as_ref();
    info_span!("work").in_scope(|| error!(%error, cause = error.source(), "failed"));
}

fn exception_as_a_special_field(_: &dyn Hand) {
    info_span!("work", otel.status_description = ALONE).in_scope(|| {});
}

fn exception_that_can_be_sent(_: &dyn Hand) {
    let failure = caused();
    let failure: &(dyn Error + Send + Sync + 'static) = &failure;
    info_span!("work", failure).in_scope(|| error!(error = failure, "failed"));
}

fn exception_as_a_message(_: &dyn Hand) {
    info_span!("work").in_scope(|| error!(message = ALONE));
}

fn exception_as_a_name(_: &dyn Hand) {
    info_span!("work", otel.name = ALONE).in_scope(|| {});
}

fn exception_as_a_field_named_error(_: &dyn Hand) {
    info_span!("work", error = ALONE).in_scope(|| {});
}

fn exception_and_attributes_set_by_hand(hand: &dyn Hand) {
    let span = info_span!("work").entered();
    hand.set_attribute(&span, "exception.message", Set::Text("by hand"));
    error!(error = ALONE, "failed");
    hand.set_attribute(&span, "exception.message", Set::Text("by hand again"));
    drop(span);
}
