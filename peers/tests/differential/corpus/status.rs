//! `otel.status_code`, `otel.status_description`, `otel.status_message`, and `set_status`: in every order.

use tracing::field::Empty;
use tracing::{Span, info_span};

use crate::hand::{Code, Hand, Set};
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    status_words,
    status_unknown_words,
    status_by_debug,
    status_number,
    status_unknown_after_error,
    status_description_alone,
    status_description_then_error,
    status_description_then_ok,
    status_error_then_description,
    status_ok_then_description,
    status_ok_then_error,
    status_in_one_macro,
    status_late_description_then_error,
    status_late_description_then_ok,
    status_late_error_then_description,
    status_late_ok_then_error,
    status_late_ok_then_description,
    status_late_descriptions_rising,
    status_late_descriptions_falling,
    status_description_empty,
    status_description_not_text,
    status_message,
    status_message_then_ok,
    status_set_early,
    status_set_late,
    status_set_unset,
    status_set_ok_with_text,
    status_set_after_exit,
    status_set_as_attribute,
];

fn span() -> Span {
    info_span!("work", otel.status_code = Empty, otel.status_description = Empty, otel.status_message = Empty)
}

/// Records before the span is entered, while tracing-opentelemetry has it in its builder.
fn early(values: &[(&str, &str)]) {
    let span = span();
    for (key, value) in values {
        span.record(*key, *value);
    }
    span.in_scope(|| {});
}

/// Records after the span was entered.
fn late(values: &[(&str, &str)]) {
    let span = span();
    span.in_scope(|| {
        for (key, value) in values {
            span.record(*key, *value);
        }
    });
}

const CODE: &str = "otel.status_code";
const DESCRIPTION: &str = "otel.status_description";
const MESSAGE: &str = "otel.status_message";

fn status_words(_: &dyn Hand) {
    for code in ["ok", "OK", "Ok", "error", "ERROR", "Error"] {
        info_span!("work", otel.status_code = code).in_scope(|| {});
    }
}

fn status_unknown_words(_: &dyn Hand) {
    for code in ["", "unset", "failed", "error "] {
        info_span!("work", otel.status_code = code).in_scope(|| {});
    }
}

fn status_by_debug(_: &dyn Hand) {
    #[derive(Debug)]
    enum Code {
        Ok,
        Error,
    }
    info_span!("debug", otel.status_code = ?Code::Ok).in_scope(|| {});
    info_span!("debug", otel.status_code = ?Code::Error).in_scope(|| {});
    info_span!("display", otel.status_code = %"error").in_scope(|| {});
}

fn status_number(_: &dyn Hand) {
    info_span!("integer", otel.status_code = 2).in_scope(|| {});
    info_span!("truth", otel.status_code = true).in_scope(|| {});
}

fn status_unknown_after_error(_: &dyn Hand) {
    early(&[(CODE, "error"), (CODE, "nonsense")]);
}

fn status_description_alone(_: &dyn Hand) {
    early(&[(DESCRIPTION, "it broke")]);
}

fn status_description_then_error(_: &dyn Hand) {
    early(&[(DESCRIPTION, "it broke"), (CODE, "error")]);
}

fn status_description_then_ok(_: &dyn Hand) {
    early(&[(DESCRIPTION, "it broke"), (CODE, "ok")]);
}

fn status_error_then_description(_: &dyn Hand) {
    early(&[(CODE, "error"), (DESCRIPTION, "it broke")]);
}

fn status_ok_then_description(_: &dyn Hand) {
    early(&[(CODE, "ok"), (DESCRIPTION, "it broke")]);
}

fn status_ok_then_error(_: &dyn Hand) {
    early(&[(CODE, "ok"), (CODE, "error")]);
}

fn status_in_one_macro(_: &dyn Hand) {
    info_span!("code first", otel.status_code = "error", otel.status_description = "a").in_scope(|| {});
    info_span!("text first", otel.status_description = "b", otel.status_code = "error").in_scope(|| {});
    info_span!("ok and text", otel.status_code = "ok", otel.status_description = "c").in_scope(|| {});
    info_span!("text and ok", otel.status_description = "d", otel.status_code = "ok").in_scope(|| {});
}

fn status_late_description_then_error(_: &dyn Hand) {
    late(&[(DESCRIPTION, "it broke"), (CODE, "error")]);
}

fn status_late_description_then_ok(_: &dyn Hand) {
    late(&[(DESCRIPTION, "it broke"), (CODE, "ok")]);
}

fn status_late_error_then_description(_: &dyn Hand) {
    late(&[(CODE, "error"), (DESCRIPTION, "it broke")]);
}

fn status_late_ok_then_error(_: &dyn Hand) {
    late(&[(CODE, "ok"), (CODE, "error")]);
}

fn status_late_ok_then_description(_: &dyn Hand) {
    late(&[(CODE, "ok"), (DESCRIPTION, "it broke")]);
}

fn status_late_descriptions_rising(_: &dyn Hand) {
    late(&[(DESCRIPTION, "a"), (DESCRIPTION, "b")]);
}

fn status_late_descriptions_falling(_: &dyn Hand) {
    late(&[(DESCRIPTION, "b"), (DESCRIPTION, "a")]);
}

fn status_description_empty(_: &dyn Hand) {
    early(&[(DESCRIPTION, "")]);
}

fn status_description_not_text(_: &dyn Hand) {
    info_span!("integer", otel.status_description = 7).in_scope(|| {});
    info_span!("debug", otel.status_description = ?"quoted").in_scope(|| {});
}

fn status_message(_: &dyn Hand) {
    early(&[(MESSAGE, "it broke")]);
    late(&[(MESSAGE, "it broke later")]);
}

fn status_message_then_ok(_: &dyn Hand) {
    early(&[(MESSAGE, "it broke"), (CODE, "ok")]);
}

fn status_set_early(hand: &dyn Hand) {
    for code in [Code::Ok, Code::Error] {
        let span = span();
        hand.set_status(&span, code, "by hand");
        span.in_scope(|| {});
    }
    let span = span();
    hand.set_status(&span, Code::Ok, "");
    hand.set_status(&span, Code::Error, "after Ok");
}

fn status_set_late(hand: &dyn Hand) {
    let span = span();
    span.in_scope(|| {
        hand.set_status(&span, Code::Error, "by hand");
        hand.set_status(&span, Code::Ok, "");
        hand.set_status(&span, Code::Error, "after Ok");
    });
}

fn status_set_unset(hand: &dyn Hand) {
    let span = span();
    hand.set_status(&span, Code::Error, "by hand");
    hand.set_status(&span, Code::Unset, "");
    span.in_scope(|| {});
}

fn status_set_ok_with_text(hand: &dyn Hand) {
    let span = span();
    hand.set_status(&span, Code::Ok, "all is well");
    span.in_scope(|| {});
}

fn status_set_after_exit(hand: &dyn Hand) {
    let span = span();
    span.in_scope(|| {});
    hand.set_status(&span, Code::Error, "afterwards");
}

fn status_set_as_attribute(hand: &dyn Hand) {
    let span = span();
    hand.set_attribute(&span, CODE, Set::Text("error"));
    hand.set_attribute(&span, DESCRIPTION, Set::Text("by attribute"));
}
