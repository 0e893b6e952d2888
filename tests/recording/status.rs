//! Errors, and the status that follows from them.

use crate::declined::{Declined, chained};
use crate::reading::one;
use crate::support::{attribute, bare, names, record, text};
use throughline::testing::{assert_tree, capture};
use throughline::wire::{StatusCode, Value};
use throughline::{Limits, SpanExt};
use tracing::field::Empty;
use tracing::{debug, error, info, info_span, instrument, warn};

#[test]
fn an_event_with_an_error_and_no_message_is_an_exception_and_fails_its_span() {
    let span = one(Limits::default(), || {
        let _in = info_span!("s").entered();
        debug!("not recorded at the default level");
        info!(error = "out of stock", item = 7);
    });
    assert_eq!(names(&span.events), ["exception"]);
    assert_eq!(text(&span.events[0].attributes, "exception.message"), Some("out of stock"));
    assert_eq!(attribute(&span.events[0].attributes, "item"), Some(&Value::Int(7)));
    assert_eq!(attribute(&span.events[0].attributes, "error"), None);
    assert_eq!(attribute(&span.events[0].attributes, "exception.type"), None);
    assert_eq!((span.status.code, span.status.description.as_str()), (StatusCode::Error, "out of stock"));
}

#[test]
fn an_error_beside_a_message_is_an_attribute() {
    let trace = capture(|| {
        let _in = info_span!("s").entered();
        info!(error = "out of stock", "trying the other warehouse");
    });
    assert_tree!(
        trace,
        r#"
        s
          * trying the other warehouse level=INFO error="out of stock"
        "#
    );
}

#[test]
fn an_instrumented_function_that_fails_fails_its_span() {
    #[instrument(err)]
    fn by_display() -> Result<(), Declined> {
        Err(chained())
    }
    #[instrument(err(Debug))]
    fn by_debug() -> Result<(), Declined> {
        Err(Declined { cause: None })
    }
    #[instrument(err(level = "warn"), ret)]
    fn not_this_time() -> Result<u8, Declined> {
        Ok(1)
    }
    let trace = capture(|| {
        assert!(by_display().is_err() && by_debug().is_err() && not_this_time().is_ok());
    });
    assert_tree!(
        trace,
        r#"
        by_display status=error("the card was declined")
          * exception level=ERROR exception.message="the card was declined"
        by_debug status=error("Declined { cause: None }") error.type=Declined
          * exception level=ERROR exception.message="Declined { cause: None }" exception.type=Declined
        not_this_time
          * event level=INFO return="1"
        "#
    );
}

#[test]
fn status_follows_its_rules() {
    use StatusCode::{Error, Ok, Unset};
    macro_rules! status {
        ($($name:literal)? => $code:ident, $description:literal: |$span:ident| $do:block) => {{
            let done = one(Limits::default(), || {
                let $span = info_span!(
                    "s",
                    otel.status_code = Empty,
                    otel.status_description = Empty,
                    otel.status_message = Empty
                );
                $do
            });
            let status = (done.status.code, done.status.description.as_str());
            assert_eq!(status, ($code, $description), "line {}", line!());
            assert!(done.attributes.is_empty(), "{:?}", done.attributes);
        }};
    }
    status!(=> Unset, "": |_span| {});
    status!(=> Ok, "": |span| { span.record("otel.status_code", "ok"); });
    status!(=> Error, "": |span| { span.record("otel.status_code", "ERROR"); });
    status!(=> Unset, "": |span| { span.record("otel.status_code", "great"); });
    status!(=> Error, "why": |span| { span.record("otel.status_description", "why"); });
    status!(=> Error, "why": |span| { span.record("otel.status_message", "why"); });
    status!(=> Error, "why": |span| {
        span.record("otel.status_description", "why").record("otel.status_code", "error");
    });
    status!(=> Ok, "": |span| {
        span.record("otel.status_code", "OK").record("otel.status_description", "why");
        error!(parent: &span, "after");
        error!(parent: &span, error = "after");
        span.set_status(Error, "too late");
    });
    status!(=> Ok, "": |span| { span.set_status(Error, "no"); span.set_status(Ok, "ignored"); });
    status!(=> Error, "two": |span| { span.set_status(Error, "one"); span.set_status(Error, "two"); });
    status!(=> Error, "stays": |span| { span.set_status(Error, "stays"); span.set_status(Unset, ""); });
    status!(=> Error, "": |span| { error!(parent: &span, "an error"); });
    status!(=> Error, "why": |span| { span.record("otel.status_message", "why"); error!(parent: &span, "x"); });
    status!(=> Error, "second": |span| {
        warn!(parent: &span, error = "first");
        info!(parent: &span, error = "second");
    });
    status!(=> Ok, "": |span| { error!(parent: &span, "x"); span.record("otel.status_code", "Ok"); });
}

#[test]
fn an_empty_message_is_no_message() {
    let span =
        record(bare(), || info_span!("work").in_scope(|| error!(error = "boom", "{}", ""))).span("work");
    assert_eq!((span.events[0].name.as_str(), span.status.description.as_str()), ("exception", "boom"));
}

#[test]
fn the_type_of_what_failed_a_span_is_told_on_it() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "read by Debug")]
    enum Failure {
        Declined(u8),
    }
    let of = |f: &dyn Fn()| {
        let span = record(bare(), || info_span!("work", error.type = Empty).in_scope(f)).span("work");
        text(&span.attributes, "error.type").map(str::to_owned)
    };
    assert_eq!(of(&|| error!(error = ?Failure::Declined(7))).as_deref(), Some("Declined"));
    assert_eq!(of(&|| error!(error = %"declined")), None, "not known");
    let known = std::io::Error::other("disk full");
    let known = &known as &(dyn std::error::Error + 'static);
    assert_eq!(of(&|| error!(error = known)).as_deref(), Some("std::io::Error"));
    assert_eq!(of(&|| error!(error = known, "with words")).as_deref(), Some("std::io::Error"));
    assert_eq!(of(&|| info!(error = known, "no failure")), None);
    let own = || {
        tracing::Span::current().record("error.type", "mine");
        error!(error = known);
    };
    assert_eq!(of(&own).as_deref(), Some("mine"));
}

#[test]
fn a_program_may_keep_events_away_from_the_status() {
    let span = record(bare().status_from_events(false).exception_attributes(false), || {
        let known = std::io::Error::other("disk full");
        info_span!("work").in_scope(|| error!(error = &known as &(dyn std::error::Error + 'static)));
    })
    .span("work");
    assert_eq!((span.status.code, span.attributes.len()), (StatusCode::Unset, 0), "{span:?}");
    assert_eq!(names(&span.events), ["exception"]);
}

#[test]
fn the_type_of_an_error_of_one_span_is_not_told_of_another() {
    let recording = record(bare(), || {
        let error = &Declined { cause: None } as &(dyn std::error::Error + 'static);
        drop(info_span!("first", cause = error));
        info_span!("second").in_scope(|| error!("something else"));
    });
    assert_eq!(attribute(&recording.span("second").attributes, "error.type"), None);
}

#[test]
fn error_type_goes_with_the_description_of_the_last_failure() {
    let failing = |last: fn()| {
        let span = record(bare(), || {
            let _in = info_span!("s").entered();
            let error = &Declined { cause: None } as &(dyn std::error::Error + 'static);
            error!(error = error);
            last();
        });
        let span = span.span("s");
        (span.status.description.clone(), text(&span.attributes, "error.type").map(str::to_owned))
    };
    let io = || {
        let error = std::io::Error::other("broken pipe");
        error!(error = &error as &(dyn std::error::Error + 'static));
    };
    assert_eq!(failing(io), ("broken pipe".to_owned(), Some("std::io::Error".to_owned())));
    assert_eq!(failing(|| error!(error = "no type")), ("no type".to_owned(), None));
    let (description, first) = failing(|| error!("a message changes neither"));
    assert!(!description.is_empty() && first.is_some());
    let own = || {
        tracing::Span::current().set_attribute("error.type", "own");
        error!(error = "no type");
    };
    assert_eq!(failing(own), ("no type".to_owned(), Some("own".to_owned())));
}

#[test]
fn a_text_as_error_leaves_the_programs_own_exception_fields_alone() {
    let span = one(Limits::default(), || {
        let _in = info_span!("s").entered();
        error!(exception.message = "own", error = "Kind(7)");
        error!(error = "Kind(7)", exception.type = "own", exception.message = "own");
    });
    for event in &span.events {
        assert_eq!(text(&event.attributes, "exception.message"), Some("own"));
        assert!(text(&event.attributes, "exception.type").is_some());
    }
}

#[test]
fn what_is_said_of_one_error_is_not_mixed_with_what_is_said_of_another() {
    let told = |first: &dyn Fn(), field: bool| {
        let typed = chained();
        let typed = &typed as &(dyn std::error::Error + 'static);
        let span = record(bare(), || {
            let span = if field { info_span!("s", cause = typed) } else { info_span!("s") };
            let _in = span.enter();
            first();
            let untyped: Box<dyn std::error::Error> = "untyped".into();
            error!(error = &*untyped, "again");
        })
        .span("s");
        ["exception.message", "exception.type", "exception.stacktrace"]
            .map(|key| text(&span.attributes, key).map(str::to_owned))
    };
    let untyped = [Some("untyped".to_owned()), None, None];
    let typed = chained();
    let typed = &typed as &(dyn std::error::Error + 'static);
    assert_eq!(told(&|| error!(error = typed), false), untyped);
    assert_eq!(told(&|| {}, true), untyped);
    let own = || {
        error!(error = typed);
        tracing::Span::current().set_attribute("exception.type", "own");
    };
    assert_eq!(told(&own, false)[1].as_deref(), Some("own"));
}
