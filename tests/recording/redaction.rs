//! What the program does not want to be exported.

use crate::support::{attribute, bare, record, text};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use throughline::wire::{KeyValue, Value};
use throughline::{Builder, Redaction, SpanExt};
use tracing::{info, info_span, instrument};

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
    assert_eq!(asked.len(), 2, "{asked:?}");
}

#[test]
fn a_function_that_panics_or_logs_lets_nothing_out_and_does_no_harm() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let builder = bare().attributes(move |_, key| {
        counter.fetch_add(1, Ordering::Relaxed);
        info!(inner = key, "asked");
        assert_ne!(key, "bad", "on purpose");
        Redaction::Keep
    });
    let span = record(builder, || drop(info_span!("work", bad = "secret", good = 1))).span("work");
    assert_eq!(span.attributes, [KeyValue::new("good", Value::Int(1))]);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}
