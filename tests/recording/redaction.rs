//! What the program does not want to be exported.

use crate::support::{attribute, bare, record, text};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use throughline::wire::{KeyValue, StatusCode, Value};
use throughline::{Builder, Redaction, SpanExt};
use tracing::{error, info, info_span, instrument};

/// The first 32 digits of the SHA-256 of "ann@example.org" and of "7".
const ANN: &str = "438c4c7afe600cdf1e455c369bec76dc";
const SEVEN: &str = "7902699be42c8a8e46fbbb4501726517";

fn discreet() -> Builder {
    bare().attributes(|_, key| match key {
        "password" | "otel.name" => Redaction::Drop,
        "email" | "number" => Redaction::Hash,
        _ => Redaction::Keep,
    })
}

#[instrument(fields(late))]
fn sign_in(email: &str, password: &str, number: u64) {
    tracing::Span::current().record("late", "seen");
    info!(password, email, "signed in");
}

#[test]
fn arguments_and_fields_are_dropped_and_hashed_by_key() {
    let span = record(discreet(), || sign_in("ann@example.org", "hunter2", 7)).span("sign_in");
    assert_eq!(attribute(&span.attributes, "password"), None);
    assert_eq!(text(&span.attributes, "email"), Some(ANN));
    assert_eq!(text(&span.attributes, "number"), Some(SEVEN));
    assert_eq!(text(&span.attributes, "late"), Some("seen"));
    let event = &span.events[0];
    assert_eq!(attribute(&event.attributes, "password"), None);
    assert_eq!(text(&event.attributes, "email"), Some(ANN));
    assert_eq!((span.dropped_attributes_count, event.dropped_attributes_count), (0, 0));
}

#[test]
fn attributes_set_by_hand_are_asked_for_too() {
    let span = record(discreet(), || {
        let span = info_span!("work", password = "p", otel.name = "renamed");
        span.record("password", "hunter2");
        span.set_attribute("password", "hunter2");
        span.set_attribute("email", "ann@example.org");
        let attributes = || vec![KeyValue::new("password", "hunter2"), KeyValue::new("number", 7)];
        span.add_event("by hand", attributes());
        span.add_link_with_attributes(span.context(), attributes());
    })
    .span("work");
    assert_eq!(attribute(&span.attributes, "password"), None);
    assert_eq!(text(&span.attributes, "email"), Some(ANN));
    assert_eq!(span.events[0].attributes, [KeyValue::new("number", SEVEN)]);
    assert_eq!(span.links[0].attributes, [KeyValue::new("number", SEVEN)]);
}

#[test]
fn an_error_that_is_hashed_or_dropped_is_nowhere_in_the_span() {
    for redaction in [Redaction::Drop, Redaction::Hash] {
        let builder =
            bare().attributes(move |_, key| if key == "cause" { redaction } else { Redaction::Keep });
        let span = record(builder, || {
            let error = std::io::Error::other("ann@example.org has no mailbox");
            let error = &error as &(dyn std::error::Error + 'static);
            let span = info_span!("work", cause = error);
            span.in_scope(|| info!(cause = error, "failed"));
        })
        .span("work");
        assert!(!format!("{span:?}").contains("ann@example.org"), "{redaction:?}: {span:?}");
    }
}

#[test]
fn the_target_decides_too_and_each_field_is_asked_for_once() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let builder = bare().attributes(move |target, key| {
        seen.lock().expect("no panic").push((target.to_owned(), key.to_owned()));
        if target == "secret" { Redaction::Drop } else { Redaction::Keep }
    });
    let recording = record(builder, || {
        for _ in 0..3 {
            drop(info_span!(target: "secret", "hidden", key = 1));
            drop(info_span!(target: "open", "shown", key = 1));
        }
    });
    for span in recording.spans() {
        assert_eq!(attribute(&span.attributes, "key").is_some(), span.name == "shown", "{span:?}");
    }
    let asked = asked.lock().expect("no panic");
    let of_fields = asked.iter().filter(|(_, key)| key == "key");
    assert_eq!(of_fields.count(), 2, "{asked:?}");
}

#[test]
fn a_function_that_panics_or_logs_lets_nothing_out_and_does_no_harm() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let builder = bare().attributes(move |_, key| {
        counter.fetch_add(usize::from(["bad", "good"].contains(&key)), Ordering::Relaxed);
        info!(inner = key, "asked");
        assert_ne!(key, "bad", "on purpose");
        Redaction::Keep
    });
    let span = record(builder, || drop(info_span!("work", bad = "secret", good = 1))).span("work");
    assert_eq!(span.attributes, [KeyValue::new("good", Value::Int(1))]);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[test]
fn what_errors_and_panics_say_of_themselves_is_asked_for_by_its_own_keys() {
    for redaction in [Redaction::Drop, Redaction::Hash] {
        let builder = bare().record_panics(true).attributes(move |_, key| match key {
            "exception.message" | "error.type" => redaction,
            _ => Redaction::Keep,
        });
        let recording = record(builder, || {
            info_span!("error").in_scope(|| error!(error = "Refused(\"ann@example.org\")"));
            info_span!("typed").in_scope(|| {
                let error = std::io::Error::other("ann@example.org has no mailbox");
                error!(error = &error as &(dyn std::error::Error + 'static));
            });
            let span = info_span!("panic");
            assert!(catch_unwind(AssertUnwindSafe(|| span.in_scope(|| panic!("ann@example.org")))).is_err());
        });
        let kept = usize::from(redaction == Redaction::Hash);
        for mut span in recording.spans() {
            // What the program calls `error` is asked for as that.
            span.events[0].attributes.retain(|attribute| attribute.key != "error");
            assert!(!format!("{span:?}").contains("ann@example.org"), "{redaction:?}: {span:?}");
            assert_eq!(span.status.code, StatusCode::Error);
            assert_eq!(span.status.description.len(), 32 * kept, "{span:?}");
            let event = &span.events[0].attributes;
            assert_eq!(text(event, "exception.message").map(str::len), (kept == 1).then_some(32));
            assert!(text(event, "exception.type").is_some(), "{event:?}");
            if let Some(kind) = text(&span.attributes, "error.type") {
                assert_eq!(kind.len(), 32 * kept);
            }
        }
    }
}

#[test]
fn an_event_whose_message_is_dropped_is_about_its_message_all_the_same() {
    let builder = bare().attributes(|_, key| match key {
        "message" => Redaction::Drop,
        "error" => Redaction::Hash,
        _ => Redaction::Keep,
    });
    let span = record(builder, || {
        let _in = info_span!("s").entered();
        info!(error = "refused", "trying again");
        info!(error = true);
    })
    .span("s");
    assert_eq!(span.status.code, StatusCode::Unset, "{span:?}");
    assert!(span.events.iter().all(|event| event.name.starts_with("event ")), "{span:?}");
    assert!(
        span.events.iter().all(|event| text(&event.attributes, "error").is_some_and(|it| it.len() == 32))
    );
}

#[test]
fn bytes_have_one_digest_however_they_come() {
    let span = record(bare().attributes(|_, _| Redaction::Hash), || {
        let span = info_span!("s", field = &[1_u8, 255][..]);
        span.set_attribute("by hand", &[1_u8, 255][..]);
    })
    .span("s");
    assert_eq!(attribute(&span.attributes, "field"), attribute(&span.attributes, "by hand"));
}
