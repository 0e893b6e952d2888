//! What is recorded is what is exported: values, limits, errors, status, and values that misbehave.

#![recursion_limit = "512"]

mod support;

use proptest::prelude::*;
use prost::Message;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Recording, attribute, bare, names, record, text, without_hanging};
use throughline::wire::{KeyValue, SpanKind, StatusCode, Value};
use throughline::{Batch, BoxFuture, Exporter, Limits, Outcome, SpanData, SpanExt};
use tracing::dispatcher::with_default;
use tracing::field::Empty;
use tracing::{Dispatch, debug, debug_span, error, info, info_span, instrument, warn};
use tracing_subscriber::{prelude::*, registry};

type Official = opentelemetry_proto::tonic::trace::v1::Span;

/// Decodes with the official types what our own reader decodes too.
#[derive(Clone, Default)]
struct Oracle(Arc<Mutex<Vec<(Official, SpanData)>>>);

impl Exporter for Oracle {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let both = batch.spans().map(|span| {
            let official = Official::decode(span.message()).expect("valid protobuf");
            (official, span.to_data().expect("valid OTLP"))
        });
        self.0.lock().expect("not poisoned").extend(both);
        Box::pin(async { Outcome::Accepted })
    }
}

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

/// The one span that `f` records without automatic attributes.
fn one(limits: Limits, f: impl FnOnce()) -> SpanData {
    let mut spans = record(bare().limits(limits), f).spans();
    assert_eq!(spans.len(), 1, "{spans:#?}");
    spans.remove(0)
}

fn keys(attributes: &[KeyValue]) -> Vec<&str> {
    attributes.iter().map(|attribute| attribute.key.as_str()).collect()
}

/// Attributes as a map; panics at a key that is there twice.
fn map(attributes: &[KeyValue]) -> BTreeMap<String, Value> {
    let mut map = BTreeMap::new();
    for KeyValue { key, value } in attributes {
        assert!(map.insert(key.clone(), value.clone()).is_none(), "{key} is there twice: {attributes:?}");
    }
    map
}

fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

// === values ===

#[derive(Debug)]
struct Declined {
    cause: Option<Box<dyn std::error::Error>>,
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the card was declined")
    }
}

impl std::error::Error for Declined {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref()
    }
}

/// An error with two causes.
fn chained() -> Declined {
    let deepest = std::io::Error::other("connection reset");
    let middle = Declined { cause: Some(Box::new(deepest)) };
    Declined { cause: Some(Box::new(middle)) }
}

#[test]
fn every_type_of_value_arrives_as_what_it_was() {
    let bytes: &[u8] = &[0, 1, 255];
    let span = one(Limits::default(), || {
        drop(info_span!(
            "types",
            yes = true,
            negative = -7_i64,
            small = 7_u8,
            fits = i64::MAX as u64,
            too_big = u64::MAX,
            wide_fits = -5_i128,
            wide = i128::MIN,
            unsigned_fits = 5_u128,
            unsigned = u128::MAX,
            double = 1.5,
            nan = f64::NAN,
            infinite = f64::INFINITY,
            lowest = f64::NEG_INFINITY,
            minus_zero = -0.0,
            text = "plain",
            empty = "",
            unicode = "aé漢🦀\0",
            bytes,
            no_bytes = &[][..] as &[u8],
            display = %format_args!("{}-{}", 1, 2),
            debug = ?Some("x"),
            owned = String::from("owned"),
            option = Some(3),
            nothing = None::<i64>,
            never = Empty,
        ));
    });
    let of = map(&span.attributes);
    let expected = [
        ("yes", Value::Bool(true)),
        ("negative", Value::Int(-7)),
        ("small", Value::Int(7)),
        ("fits", Value::Int(i64::MAX)),
        ("too_big", string("18446744073709551615")),
        ("wide_fits", Value::Int(-5)),
        ("wide", string("-170141183460469231731687303715884105728")),
        ("unsigned_fits", Value::Int(5)),
        ("unsigned", string("340282366920938463463374607431768211455")),
        ("double", Value::Double(1.5)),
        ("infinite", Value::Double(f64::INFINITY)),
        ("lowest", Value::Double(f64::NEG_INFINITY)),
        ("text", string("plain")),
        ("empty", string("")),
        ("unicode", string("aé漢🦀\0")),
        ("bytes", Value::Bytes(vec![0, 1, 255])),
        ("no_bytes", Value::Bytes(Vec::new())),
        ("display", string("1-2")),
        ("debug", string("Some(\"x\")")),
        ("owned", string("owned")),
        ("option", Value::Int(3)),
    ];
    for (key, value) in &expected {
        assert_eq!(of.get(*key), Some(value), "{key}");
    }
    assert!(matches!(of["nan"], Value::Double(double) if double.is_nan()));
    assert!(matches!(of["minus_zero"], Value::Double(double) if double == 0.0 && double.is_sign_negative()));
    assert_eq!(of.len(), expected.len() + 2, "what has no value is no attribute");
}

#[test]
fn an_error_tells_its_message_its_type_and_its_causes() {
    let failure = chained();
    let span = one(Limits::default(), || {
        drop(info_span!("failed", failure = &failure as &(dyn std::error::Error + 'static)));
    });
    let of = |key| text(&span.attributes, key);
    assert_eq!(of("failure"), Some("the card was declined"));
    assert_eq!(of("exception.message"), Some("the card was declined"));
    assert_eq!(of("exception.type"), Some("Declined"));
    assert_eq!(
        of("exception.stacktrace"),
        Some("caused by: the card was declined\ncaused by: connection reset")
    );
    assert_eq!(span.attributes.len(), 4);
}

#[test]
fn an_error_of_an_event_is_told_on_its_span_too() {
    let failure = chained();
    let span = one(Limits::default(), || {
        let _in = info_span!("failed", exception.message = Empty).entered();
        warn!(failure = &failure as &(dyn std::error::Error + 'static), "payment failed");
    });
    for attributes in [&span.attributes, &span.events[0].attributes] {
        assert_eq!(text(attributes, "exception.message"), Some("the card was declined"));
        assert_eq!(text(attributes, "exception.type"), Some("Declined"));
        assert!(text(attributes, "exception.stacktrace").is_some_and(|chain| chain.ends_with("reset")));
    }
    assert_eq!(text(&span.events[0].attributes, "failure"), Some("the card was declined"));
    assert_eq!(span.events[0].name, "payment failed");
    assert_eq!(span.status.code, StatusCode::Unset, "a warning is no failure");
}

#[test]
fn keys_stay_unique_when_errors_meet_and_when_the_program_speaks_of_exceptions_itself() {
    let (one_error, two) = (chained(), std::io::Error::other("disk full"));
    let span = one(Limits::default(), || {
        let span = info_span!(
            "failed",
            a = &one_error as &(dyn std::error::Error + 'static),
            b = &two as &(dyn std::error::Error + 'static),
            exception.message = "mine",
        );
        info!(
            parent: &span,
            a = &one_error as &(dyn std::error::Error + 'static),
            b = &two as &(dyn std::error::Error + 'static),
            "both"
        );
        info!(
            parent: &span,
            exception.message = "mine",
            b = &two as &(dyn std::error::Error + 'static),
            "again"
        );
    });
    map(&span.attributes);
    for event in &span.events {
        map(&event.attributes);
    }
    assert_eq!(text(&span.attributes, "exception.message"), Some("disk full"), "the last one recorded");
}

#[test]
fn the_last_value_that_is_recorded_for_a_key_is_the_only_one() {
    let span = one(Limits::default(), || {
        let span = info_span!("s", a = 1, b = "long, to be replaced by something short", c = Empty, d = 4);
        span.record("a", "text now").record("b", true).record("c", 3).record("c", 33);
        span.set_attribute("d", vec!["x", "y"]);
        span.set_attribute("e", 5);
        span.set_attribute("e", 5.5);
        span.set_attribute("a", 1);
        span.record("d", 44);
    });
    let expected = [
        ("a", Value::Int(1)),
        ("b", Value::Bool(true)),
        ("c", Value::Int(33)),
        ("d", Value::Int(44)),
        ("e", Value::Double(5.5)),
    ];
    assert_eq!(map(&span.attributes), expected.map(|(key, value)| (key.to_owned(), value)).into());
    assert_eq!(span.dropped_attributes_count, 0);
}

#[test]
fn a_key_that_is_declared_twice_is_exported_once() {
    let span = one(Limits::default(), || {
        let span = info_span!("s", a = 1, b = 2, a = 3);
        info!(parent: &span, x = 1, y = 2, x = 3, "event");
    });
    assert_eq!(map(&span.attributes)["a"], Value::Int(3));
    assert_eq!(map(&span.attributes).len(), 2);
    assert_eq!(attribute(&span.events[0].attributes, "x"), Some(&Value::Int(3)));
    assert_eq!(attribute(&span.events[0].attributes, "y"), Some(&Value::Int(2)));
}

#[test]
fn fields_past_the_sixty_fourth_are_replaced_as_well() {
    macro_rules! wide {
        ($($field:ident)*) => { info_span!("wide", $($field = 0,)* late = Empty) };
    }
    let span = one(Limits::default(), || {
        let span = wide!(
            f00 f01 f02 f03 f04 f05 f06 f07 f08 f09 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23
            f24 f25 f26 f27 f28 f29 f30 f31 f32 f33 f34 f35 f36 f37 f38 f39 f40 f41 f42 f43 f44 f45 f46 f47
            f48 f49 f50 f51 f52 f53 f54 f55 f56 f57 f58 f59 f60 f61 f62 f63 f64 f65 f66 f67 f68 f69
        );
        for (n, field) in ["f00", "f63", "f64", "f69", "late", "late", "f64"].into_iter().enumerate() {
            span.record(field, n + 1);
        }
    });
    let of = map(&span.attributes);
    assert_eq!(of.len(), 71);
    for (key, value) in [("f00", 1), ("f63", 2), ("f64", 7), ("f69", 4), ("late", 6), ("f01", 0)] {
        assert_eq!(of[key], Value::Int(value), "{key}");
    }
}

#[test]
fn attributes_may_be_lists_maps_and_nothing() {
    let span = one(Limits::default(), || {
        let span = info_span!("s");
        span.set_attribute("texts", vec!["a", "b"]);
        span.set_attribute("numbers", [1, 2, 3]);
        span.set_attribute("none", Vec::<i64>::new());
        span.set_attribute("bytes", &[1_u8, 2][..]);
        span.set_attribute("map", Value::Map(vec![KeyValue::new("k", vec![vec![true]])]));
        span.set_attribute("absent", None::<i64>);
        span.set_attribute("", "the empty key");
        span.set_attribute("", "again");
        span.set_attribute("wide", u128::MAX);
    });
    let of = map(&span.attributes);
    assert_eq!(of["texts"], Value::Array(vec![string("a"), string("b")]));
    assert_eq!(of["numbers"], Value::Array(vec![Value::Int(1), Value::Int(2), Value::Int(3)]));
    assert_eq!(of["none"], Value::Array(Vec::new()));
    assert_eq!(of["bytes"], Value::Bytes(vec![1, 2]));
    let inner = Value::Array(vec![Value::Array(vec![Value::Bool(true)])]);
    assert_eq!(of["map"], Value::Map(vec![KeyValue { key: "k".to_owned(), value: inner }]));
    assert_eq!(of["absent"], Value::Empty);
    assert_eq!(of[""], string("again"));
    assert_eq!(of["wide"], string(&u128::MAX.to_string()));
}

// === automatic attributes ===

#[test]
fn automatic_attributes_tell_where_a_span_comes_from() {
    let all = || throughline::builder().function_attribute(true).level_attribute(true);
    let line = std::sync::atomic::AtomicU32::new(0);
    let recording = record(all(), || {
        let thread = std::thread::current();
        assert!(thread.name().is_some(), "libtest names its threads");
        line.store(line!() + 1, std::sync::atomic::Ordering::Relaxed);
        drop(info_span!(target: "shop", "here", own = 1));
    });
    let span = recording.span("here");
    let line = line.into_inner();
    assert_eq!(attribute(&span.attributes, "code.line.number"), Some(&Value::Int(line.into())));
    assert!(text(&span.attributes, "code.file.path").is_some_and(|path| path.ends_with("recording.rs")));
    assert_eq!(text(&span.attributes, "code.module.name"), Some("recording"));
    assert_eq!(text(&span.attributes, "code.function.name"), Some("here"));
    assert_eq!(text(&span.attributes, "target"), Some("shop"));
    assert_eq!(text(&span.attributes, "level"), Some("INFO"));
    assert_eq!(text(&span.attributes, "thread.name"), std::thread::current().name());
    assert!(matches!(attribute(&span.attributes, "thread.id"), Some(Value::Int(id)) if *id > 0));
    assert_eq!(span.attributes.len(), 9);
    assert_eq!(one(Limits::default(), || drop(info_span!("bare"))).attributes, []);
}

#[test]
fn a_field_of_the_program_wins_over_an_automatic_attribute() {
    let recording = record(throughline::builder(), || {
        drop(info_span!("at the start", target = "mine", thread.id = "t", code.line.number = -1));
        let late = info_span!("late", target = Empty, thread.name = Empty, code.file.path = Empty);
        late.record("target", 1).record("thread.name", 2).record("code.file.path", 3);
        let set = info_span!("set");
        set.set_attribute("target", 1);
        set.set_attribute("thread.name", 2);
        set.set_attribute("code.file.path", 3);
        drop(info_span!("declared only", target = Empty, thread.id = Empty, code.line.number = Empty));
    });
    let of = |name: &str| map(&recording.span(name).attributes);
    let start = of("at the start");
    assert_eq!(start["target"], string("mine"));
    assert_eq!(start["thread.id"], string("t"));
    assert_eq!(start["code.line.number"], Value::Int(-1));
    for name in ["late", "set"] {
        let of = of(name);
        assert_eq!(of["target"], Value::Int(1), "{name}");
        assert_eq!(of["thread.name"], Value::Int(2), "{name}");
        assert_eq!(of["code.file.path"], Value::Int(3), "{name}");
    }
    for name in ["at the start", "late", "set", "declared only"] {
        assert_eq!(of(name).len(), 6, "{name}: {:?}", of(name));
    }
    assert_eq!(of("declared only")["target"], string("recording"));
}

#[test]
fn an_event_has_its_level_and_target_before_its_fields_and_its_place_after_them() {
    let recording = record(throughline::builder(), || {
        let _in = info_span!("s").entered();
        info!(target: "shop", a = 1, "hello");
        warn!(level = "mine", b = 2, code.line.number = 3, "contested");
        info!(c = 1);
    });
    let events = recording.span("s").events;
    let place = ["code.file.path", "code.module.name", "code.line.number"];
    assert_eq!(keys(&events[0].attributes), [&["level", "target", "a"][..], &place].concat());
    assert_eq!(text(&events[0].attributes, "target"), Some("shop"));
    assert_eq!(text(&events[1].attributes, "level"), Some("mine"));
    assert_eq!(attribute(&events[1].attributes, "code.line.number"), Some(&Value::Int(3)));
    map(&events[1].attributes);
    assert!(
        events[2].name.starts_with("event "),
        "without a message the callsite's name: {}",
        events[2].name
    );
}

// === limits ===

#[test]
fn attributes_over_the_limit_are_dropped_and_counted() {
    let span = one(limits(|limits| limits.attributes = 3), || {
        let span = info_span!("s", a = 1, b = 2, c = 3, d = 4, e = Empty);
        span.record("e", 5);
        span.set_attribute("f", 6);
        span.set_attribute("a", 11);
        span.record("b", 22);
    });
    let of = map(&span.attributes);
    assert_eq!(of["a"], Value::Int(11));
    assert_eq!(of["b"], Value::Int(22));
    assert_eq!((of.len(), of["c"].clone()), (3, Value::Int(3)));
    assert_eq!(span.dropped_attributes_count, 3, "d, e and f; replacing is no drop");
}

#[test]
fn automatic_attributes_count_and_the_programs_own_come_first() {
    for (limit, expected) in [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (7, 7), (8, 8), (9, 8)] {
        let builder = throughline::builder().limits(limits(|limits| limits.attributes = limit));
        let span = record(builder, || drop(info_span!("s", a = 1, b = 2))).span("s");
        assert_eq!(map(&span.attributes).len(), expected, "limit {limit}");
        assert_eq!(span.dropped_attributes_count as usize, 8 - expected, "limit {limit}");
    }
}

#[test]
fn long_values_are_cut_between_characters() {
    let long = "aé漢🦀z";
    let span = one(limits(|limits| limits.value_length = 4), || {
        let span = info_span!("a long name", s = long, d = %long, q = ?long, b = &[1_u8, 2, 3, 4, 5][..], n = 123456);
        span.set_attribute("set", long);
        span.set_attribute("list", vec![long, "ok"]);
        span.set_attribute("map", Value::Map(vec![KeyValue::new("a long key", long)]));
        span.set_attribute("bytes", &[1_u8, 2, 3, 4, 5][..]);
        span.add_link_with_attributes(span.context(), vec![KeyValue::new("l", long)]);
        info!(parent: &span, e = long, "a long message");
        error!(parent: &span, error = long);
    });
    let of = map(&span.attributes);
    let cut = string("aé漢🦀");
    for key in ["s", "d", "set"] {
        assert_eq!(of[key], cut, "{key}");
    }
    assert_eq!(of["q"], string("\"aé漢"));
    assert_eq!(of["b"], Value::Bytes(vec![1, 2, 3, 4]));
    assert_eq!(of["bytes"], Value::Bytes(vec![1, 2, 3, 4]));
    assert_eq!(of["n"], Value::Int(123456));
    assert_eq!(of["list"], Value::Array(vec![cut.clone(), string("ok")]));
    assert_eq!(of["map"], Value::Map(vec![KeyValue::new("a long key", "aé漢🦀")]));
    assert_eq!(span.links[0].attributes, [KeyValue::new("l", "aé漢🦀")]);
    assert_eq!(attribute(&span.events[0].attributes, "e"), Some(&cut));
    assert_eq!(attribute(&span.events[1].attributes, "exception.message"), Some(&cut));
    assert_eq!((span.name.as_str(), span.events[0].name.as_str()), ("a long name", "a long message"));
}

#[test]
fn a_value_length_of_zero_leaves_empty_texts() {
    let span = one(limits(|limits| limits.value_length = 0), || {
        drop(info_span!("s", s = "text", d = ?Some(1), b = &[1_u8][..], n = 1));
    });
    let of = map(&span.attributes);
    assert_eq!((&of["s"], &of["d"], &of["b"]), (&string(""), &string(""), &Value::Bytes(Vec::new())));
    assert_eq!(of["n"], Value::Int(1));
}

#[test]
fn events_and_links_over_the_limit_are_dropped_and_counted() {
    let mine = limits(|limits| (limits.events, limits.links, limits.link_attributes) = (2, 1, 1));
    let recording = record(bare().limits(mine), || {
        let (other, span) = (info_span!("other"), info_span!("s"));
        for n in 0..5 {
            info!(parent: &span, n, "event {n}");
        }
        let attributes = (0..3).map(|n| KeyValue::new(format!("k{n}"), n)).collect();
        span.add_link_with_attributes(other.context(), attributes);
        span.add_link(other.context());
        span.follows_from(&other);
    });
    let span = recording.span("s");
    assert_eq!(names(&span.events), ["event 0", "event 1"]);
    assert_eq!((span.dropped_events_count, span.links.len(), span.dropped_links_count), (3, 1, 2));
    assert_eq!(span.links[0].attributes, [KeyValue::new("k0", 0)]);
    assert_eq!(span.links[0].dropped_attributes_count, 2);
}

#[test]
fn attributes_of_an_event_over_the_limit_are_dropped_and_counted() {
    for limit in 0..12_usize {
        let builder = throughline::builder().limits(limits(|limits| limits.event_attributes = limit));
        let recording = record(builder, || {
            let _in = info_span!("s").entered();
            info!(a = 1, b = 2, c = 3, "event");
            info!(a = 1, b = 2, error = "not good");
        });
        for (event, all) in recording.span("s").events.iter().zip([8, 8]) {
            assert_eq!(map(&event.attributes).len(), all.min(limit), "limit {limit}: {event:?}");
            assert_eq!(event.dropped_attributes_count as usize, all.saturating_sub(limit), "limit {limit}");
        }
    }
}

// === errors and status ===

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
    let span = one(Limits::default(), || {
        let _in = info_span!("s").entered();
        info!(error = "out of stock", "trying the other warehouse");
    });
    assert_eq!(names(&span.events), ["trying the other warehouse"]);
    assert_eq!(text(&span.events[0].attributes, "error"), Some("out of stock"));
    assert_eq!(span.status.code, StatusCode::Unset);
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
    let recording = record(bare(), || {
        assert!(by_display().is_err() && by_debug().is_err() && not_this_time().is_ok());
    });
    let span = recording.span("by_display");
    assert_eq!(names(&span.events), ["exception"]);
    assert_eq!(text(&span.events[0].attributes, "exception.message"), Some("the card was declined"));
    assert_eq!(text(&span.events[0].attributes, "level"), Some("ERROR"));
    assert_eq!(span.status.description, "the card was declined");
    let span = recording.span("by_debug");
    assert_eq!(text(&span.events[0].attributes, "exception.message"), Some("Declined { cause: None }"));
    assert_eq!(text(&span.events[0].attributes, "exception.type"), Some("Declined"));
    assert_eq!(recording.span("not_this_time").status.code, StatusCode::Unset);
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

// === name and kind ===

#[test]
fn name_and_kind_may_come_early_late_and_by_debug() {
    #[derive(Debug)]
    enum Kind {
        Server,
    }
    let recording = record(bare(), || {
        drop(info_span!("a", otel.name = "early", otel.kind = "server"));
        let late = info_span!("b", otel.name = Empty, otel.kind = Empty);
        late.in_scope(|| drop(info_span!("child")));
        late.record("otel.kind", "nonsense");
        late.record("otel.kind", "CLIENT").record("otel.name", "first").record("otel.name", "late");
        late.record("otel.kind", "nonsense");
        drop(late);
        drop(info_span!("c", otel.name = %format_args!("by {}", "display"), otel.kind = ?Kind::Server));
        drop(info_span!("d", otel.name = ?"quoted", otel.kind = ?"producer"));
        drop(info_span!("e", otel.kind = %"Consumer"));
        drop(info_span!("f", otel.kind = 3, otel.name = 5));
    });
    let kind = |name: &str| {
        let span = recording.span(name);
        assert!(span.attributes.is_empty(), "{:?}", span.attributes);
        span.kind
    };
    assert_eq!(kind("early"), SpanKind::Server);
    assert_eq!(kind("late"), SpanKind::Client);
    assert_eq!(kind("by display"), SpanKind::Server);
    assert_eq!(kind("\"quoted\""), SpanKind::Producer);
    assert_eq!(kind("e"), SpanKind::Consumer);
    assert_eq!(kind("5"), SpanKind::Internal);
    assert_eq!(kind("child"), SpanKind::Internal);
}

// === values that misbehave ===

struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half a val")?;
        std::panic::resume_unwind(Box::new("no Debug today"))
    }
}

impl fmt::Display for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// An error of which everything panics.
#[derive(Debug)]
struct BadError;

impl fmt::Display for BadError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::panic::resume_unwind(Box::new("no Display today"))
    }
}

impl std::error::Error for BadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::panic::resume_unwind(Box::new("no source today"))
    }
}

#[test]
fn a_debug_that_panics_is_told_in_the_value_and_costs_nothing_else() {
    let recording = record(bare(), || {
        let span = info_span!("s", before = 1, bad = ?Panics, after = 2, late = Empty).entered();
        span.record("late", tracing::field::display(Panics));
        info!(bad = ?Panics, fine = 3, "event");
        info!("{}", Panics);
        drop(info_span!("named", otel.name = ?Panics));
    });
    let span = recording.span("s");
    let told = string("<panicked while it was formatted>");
    let of = map(&span.attributes);
    assert_eq!((&of["before"], &of["after"]), (&Value::Int(1), &Value::Int(2)));
    assert_eq!((&of["bad"], &of["late"]), (&told, &told));
    assert_eq!(attribute(&span.events[0].attributes, "bad"), Some(&told));
    assert_eq!(attribute(&span.events[0].attributes, "fine"), Some(&Value::Int(3)));
    assert_eq!(span.events.len(), 2);
    assert_eq!(recording.spans().len(), 2);
    assert!(recording.guard.stats().is_balanced());
}

#[test]
fn an_error_that_panics_when_it_is_asked_for_its_source_does_no_harm() {
    let recording = record(bare(), || {
        let _in = info_span!("s", bad = &BadError as &(dyn std::error::Error + 'static), after = 1).entered();
        warn!(bad = &BadError as &(dyn std::error::Error + 'static), after = 2, "event");
    });
    let span = recording.span("s");
    assert_eq!(attribute(&span.attributes, "after"), Some(&Value::Int(1)));
    assert_eq!(names(&span.events), ["event"]);
}

/// Waits for another thread that records a span under the one that is being recorded on.
struct Waits(Dispatch, tracing::Span);

impl fmt::Debug for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                with_default(&self.0, || {
                    let _in = info_span!(parent: &self.1, "on another thread", n = 1).entered();
                    self.1.set_attribute("from afar", 1);
                    self.1.in_scope(|| info!("from afar"));
                })
            });
            thread.join().expect("nothing panics there");
        });
        f.write_str("waited")
    }
}

#[test]
fn a_debug_that_waits_for_another_thread_that_records_does_not_deadlock() {
    without_hanging(|| {
        let (layer, recording) = Recording::new(bare());
        let dispatch = Dispatch::new(registry().with(layer));
        with_default(&dispatch, || {
            let outer = info_span!("outer", late = Empty);
            let _in = outer.enter();
            let waits = Waits(dispatch.clone(), outer.clone());
            outer.record("late", tracing::field::debug(&waits));
            info!(value = ?waits, "event");
            drop(info_span!("inner", value = ?waits));
        });
        let outer = recording.span("outer");
        assert_eq!(text(&outer.attributes, "late"), Some("waited"));
        assert_eq!(names(&outer.events), ["from afar", "from afar", "event", "from afar"]);
        assert_eq!(text(&recording.span("inner").attributes, "value"), Some("waited"));
        let spans = recording.spans();
        assert_eq!(spans.iter().filter(|span| span.parent_span_id == outer.span_id).count(), 4);
    });
}

// === much ===

#[test]
fn ten_thousand_attributes_are_kept_up_to_the_limit_and_counted_past_it() {
    let span = one(Limits::default(), || {
        let span = info_span!("s");
        for n in 0..10_000 {
            span.set_attribute(&format!("key {n}"), n);
            span.set_attribute("same", n);
        }
    });
    assert_eq!(map(&span.attributes).len(), 128);
    assert_eq!(attribute(&span.attributes, "same"), Some(&Value::Int(9_999)));
    assert_eq!(attribute(&span.attributes, "key 126"), Some(&Value::Int(126)));
    assert_eq!(span.dropped_attributes_count, 10_000 - 127);
    let span = one(limits(|limits| limits.attributes = usize::MAX), || {
        let span = info_span!("s");
        (0..1_000).for_each(|n| span.set_attribute(&format!("key {n}"), n));
    });
    assert_eq!((map(&span.attributes).len(), span.dropped_attributes_count), (1_000, 0));
}

#[test]
fn a_text_of_a_mebibyte_arrives_whole_by_every_way() {
    let long = "漢字🦀x".repeat((1 << 20) / 11);
    let span = one(Limits::default(), || {
        let span = info_span!("s", text = long, display = %long, late = Empty, otel.name = long);
        span.record("late", &*long);
        span.set_attribute("set", &*long);
        info!(parent: &span, text = long, "{long}");
    });
    for key in ["text", "display", "late", "set"] {
        assert!(text(&span.attributes, key) == Some(&*long), "{key}");
    }
    assert!(span.name == long && span.events[0].name == long);
    assert!(text(&span.events[0].attributes, "text") == Some(&*long));
}

#[test]
fn what_is_too_large_for_the_memory_bound_is_counted_and_the_rest_goes_on() {
    let long = "x".repeat(1 << 20);
    let recording = record(bare().queue_bytes(128 << 10), || {
        drop(info_span!("too large", text = long));
        let late = info_span!("late", text = Empty, small = Empty);
        late.record("text", &*long);
        late.set_attribute("set", &*long);
        info!(parent: &late, "{long}");
        late.record("small", 1);
        drop(late);
        drop(info_span!("fine", a = 1));
    });
    let late = recording.span("late");
    assert_eq!(map(&late.attributes), [("small".to_owned(), Value::Int(1))].into());
    assert_eq!((late.dropped_attributes_count, late.dropped_events_count), (2, 1));
    assert_eq!(recording.span("fine").attributes.len(), 1);
    let stats = recording.guard.stats();
    assert_eq!((stats.started, stats.finished, stats.refused.memory), (3, 2, 1), "{stats}");
    assert!(stats.is_balanced() && stats.bytes <= 128 << 10, "{stats}");
}

// === any recorded span decodes to exactly what was recorded ===

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-2_i64..300).prop_map(Value::Int),
        any::<f64>().prop_map(Value::Double),
        ".{0,150}".prop_map(Value::String),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(Value::Bytes),
        Just(Value::Empty),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec(("[a-z]{0,4}", inner), 0..4).prop_map(|entries| {
                Value::Map(entries.into_iter().map(|(key, value)| KeyValue { key, value }).collect())
            }),
        ]
    })
}

/// Values are compared by their text, since NaN is not equal to itself.
fn shown(attributes: &BTreeMap<String, Value>) -> String {
    format!("{attributes:?}")
}

fn official(value: &Option<opentelemetry_proto::tonic::common::v1::AnyValue>) -> Value {
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
    let Some(any) = value.as_ref().and_then(|value| value.value.as_ref()) else { return Value::Empty };
    match any {
        Any::StringValue(text) => Value::String(text.clone()),
        Any::BoolValue(truth) => Value::Bool(*truth),
        Any::IntValue(number) => Value::Int(*number),
        Any::DoubleValue(number) => Value::Double(*number),
        Any::ArrayValue(list) => {
            Value::Array(list.values.iter().map(|value| official(&Some(value.clone()))).collect())
        }
        Any::KvlistValue(entries) => Value::Map(entries.values.iter().map(entry).collect()),
        Any::BytesValue(bytes) => Value::Bytes(bytes.clone()),
        other => panic!("never written: {other:?}"),
    }
}

fn entry(entry: &opentelemetry_proto::tonic::common::v1::KeyValue) -> KeyValue {
    KeyValue { key: entry.key.clone(), value: official(&entry.value) }
}

fn official_map(attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue]) -> BTreeMap<String, Value> {
    map(&attributes.iter().map(entry).collect::<Vec<_>>())
}

/// Records under an oracle and gives the only span as both readers see it.
fn judged(f: impl FnOnce()) -> (Official, SpanData) {
    let oracle = Oracle::default();
    let (layer, guard) = bare().exporter(oracle.clone()).build().expect("valid settings");
    with_default(&Dispatch::new(registry().with(layer)), f);
    guard.flush(Duration::from_secs(10)).expect("everything is taken");
    let mut spans = std::mem::take(&mut *oracle.0.lock().expect("not poisoned"));
    assert_eq!(spans.len(), 1);
    spans.remove(0)
}

#[derive(Clone, Debug)]
struct Fixed {
    truth: Option<bool>,
    int: Option<i64>,
    unsigned: Option<u64>,
    wide: Option<i128>,
    double: Option<f64>,
    text: Option<String>,
    bytes: Option<Vec<u8>>,
    debug: Option<String>,
}

fn fixed() -> impl Strategy<Value = Fixed> {
    let some = prop::option::of::<BoxedStrategy<String>>;
    (
        any::<Option<bool>>(),
        any::<Option<i64>>(),
        any::<Option<u64>>(),
        any::<Option<i128>>(),
        any::<Option<f64>>(),
        some(".{0,150}".boxed()),
        prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
        some(".{0,100}".boxed()),
    )
        .prop_map(|(truth, int, unsigned, wide, double, text, bytes, debug)| Fixed {
            truth,
            int,
            unsigned,
            wide,
            double,
            text,
            bytes,
            debug,
        })
}

impl Fixed {
    fn put_into(&self, map: &mut BTreeMap<String, Value>) {
        let wide = |value: i128| i64::try_from(value).map_or_else(|_| string(&value.to_string()), Value::Int);
        let values = [
            ("truth", self.truth.map(Value::Bool)),
            ("int", self.int.map(Value::Int)),
            ("unsigned", self.unsigned.map(|value| wide(value.into()))),
            ("wide", self.wide.map(wide)),
            ("double", self.double.map(Value::Double)),
            ("text", self.text.as_deref().map(string)),
            ("bytes", self.bytes.clone().map(Value::Bytes)),
            ("debug", self.debug.as_ref().map(|text| string(&format!("{text:?}")))),
        ];
        for (key, value) in values {
            if let Some(value) = value {
                map.insert(key.to_owned(), value);
            }
        }
    }
}

macro_rules! with_fixed {
    ($make:path, $fixed:expr, $($rest:tt)*) => {{
        let fixed: &Fixed = $fixed;
        $make!(
            $($rest)*
            truth = fixed.truth,
            int = fixed.int,
            unsigned = fixed.unsigned,
            wide = fixed.wide,
            double = fixed.double,
            text = fixed.text.as_deref(),
            bytes = fixed.bytes.as_deref(),
            debug = fixed.debug.as_ref().map(tracing::field::debug),
        )
    }};
}

macro_rules! made_span {
    ($($fields:tt)*) => { info_span!("fixed", $($fields)*) };
}

fn late(span: &tracing::Span, fixed: &Fixed) {
    span.record("truth", fixed.truth).record("int", fixed.int).record("unsigned", fixed.unsigned);
    span.record("wide", fixed.wide).record("double", fixed.double).record("text", fixed.text.as_deref());
    span.record("bytes", fixed.bytes.as_deref());
    span.record("debug", fixed.debug.as_ref().map(tracing::field::debug));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_set_on_a_span_is_what_is_exported(
        set in prop::collection::vec(("[a-e]{0,2}|.{0,40}", value()), 0..60)
    ) {
        let (official, span) = judged(|| {
            let span = info_span!("dynamic");
            set.iter().for_each(|(key, value)| span.set_attribute(key, value.clone()));
        });
        let expected: BTreeMap<_, _> = set.into_iter().collect();
        prop_assert_eq!(shown(&map(&span.attributes)), shown(&expected));
        prop_assert_eq!(shown(&official_map(&official.attributes)), shown(&expected));
        prop_assert_eq!(span.dropped_attributes_count, 0);
    }

    #[test]
    fn whatever_a_callsite_records_is_what_is_exported(
        start in fixed(), then in prop::collection::vec(fixed(), 0..4), event in fixed(), name in ".{0,150}",
        description in ".{1,150}",
    ) {
        let (official, span) = judged(|| {
            let span = with_fixed!(made_span, &start,);
            then.iter().for_each(|fixed| late(&span, fixed));
            span.set_status(StatusCode::Error, &description);
            span.in_scope(|| with_fixed!(info, &event, message = %name,));
        });
        let mut expected = BTreeMap::new();
        start.put_into(&mut expected);
        then.iter().for_each(|fixed| fixed.put_into(&mut expected));
        prop_assert_eq!(shown(&map(&span.attributes)), shown(&expected));
        prop_assert_eq!(shown(&official_map(&official.attributes)), shown(&expected));
        let mut expected = BTreeMap::from([("level".to_owned(), string("INFO"))]);
        event.put_into(&mut expected);
        prop_assert_eq!(official.events.len(), 1);
        prop_assert_eq!(shown(&official_map(&official.events[0].attributes)), shown(&expected));
        prop_assert_eq!(&official.events[0].name, &name);
        prop_assert_eq!(official.events[0].time_unix_nano, span.events[0].time_unix_nanos);
        prop_assert_eq!(official.status.expect("set").message, description);
        prop_assert_eq!(official.name, "fixed");
        prop_assert_eq!(official.trace_id, span.trace_id.to_bytes());
        prop_assert_eq!(official.span_id, span.span_id.to_bytes());
        prop_assert!(official.parent_span_id.is_empty());
        prop_assert_eq!((official.kind, official.flags & 0x301), (1, 0x101));
        prop_assert!(official.start_time_unix_nano <= official.end_time_unix_nano);
        prop_assert_eq!(official.end_time_unix_nano, span.end_unix_nanos);
    }
}

#[test]
fn spans_below_the_level_of_our_filter_are_not_recorded_nor_are_their_events() {
    let recording = record(bare().spans("warn,recording=info"), || {
        let _in = info_span!("mine").entered();
        drop(debug_span!("too fine"));
        drop(info_span!(target: "elsewhere", "not a warning"));
        debug!("too fine");
        info!(target: "elsewhere", "not a warning");
        info!("mine");
    });
    assert_eq!(recording.spans().len(), 1);
    assert_eq!(names(&recording.span("mine").events), ["mine"]);
    assert_eq!(recording.guard.stats().started, 1);
}
