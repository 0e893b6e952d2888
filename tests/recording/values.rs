//! Every type of value, errors among them, and the last one recorded for a key.

use crate::declined::chained;
use crate::reading::{map, one, string};
use crate::support::{attribute, text};
use throughline::wire::{KeyValue, StatusCode, Value};
use throughline::{Limits, SpanExt};
use tracing::field::Empty;
use tracing::{info, info_span, warn};

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
    assert_eq!(text(&span.attributes, "exception.message"), Some("mine"), "the program's own word counts");
    assert_eq!(text(&span.events[0].attributes, "exception.message"), Some("disk full"), "the last error");
    assert_eq!(text(&span.events[1].attributes, "exception.message"), Some("mine"));
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
