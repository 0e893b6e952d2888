//! Attributes of every type.

use throughline::SpanExt;
use throughline::wire::{KeyValue, Value};
use tracing::field::Empty;
use tracing::info_span;

pub(super) fn numbers_and_texts() {
    let span = info_span!(
        "numbers and texts",
        yes = true,
        no = false,
        zero = 0,
        negative = -7_i64,
        lowest = i64::MIN,
        highest = i64::MAX,
        fits = i64::MAX as u64,
        too_big = u64::MAX,
        wide = i128::MIN,
        unsigned = u128::MAX,
        text = "plain",
        empty = "",
        display = %format_args!("{}-{}", 1, 2),
        debug = ?Some("x"),
        option = Some(3),
        absent = None::<i64>,
        never = Empty,
    );
    span.set_attribute("a key that is not declared", 7);
    span.set_attribute("", "the empty key");
}

pub(super) fn doubles() {
    let values = [
        0.0,
        -0.0,
        1.0,
        0.1,
        -2.5,
        1e21,
        1e-7,
        123_456_789.125,
        9_007_199_254_740_993.0,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        f64::EPSILON,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    let span = info_span!("doubles", nan = f64::NAN, single = 0.1_f32, tenth = 0.1);
    for (n, value) in values.into_iter().enumerate() {
        span.set_attribute(&format!("double.{n}"), value);
    }
    span.set_attribute("all", values.to_vec());
}

pub(super) fn lists_maps_bytes_nothing() {
    let all: Vec<u8> = (0..=255).collect();
    let bytes: &[u8] = &all;
    let span = info_span!("lists", bytes, no_bytes = &[][..] as &[u8]);
    for length in 1..5 {
        span.set_attribute(&format!("bytes.{length}"), &all[256 - length..]);
    }
    span.set_attribute("texts", vec!["a", "", "c"]);
    span.set_attribute("numbers", [1, 2, i64::MAX]);
    span.set_attribute("truths", [true, false]);
    span.set_attribute("empty list", Vec::<i64>::new());
    span.set_attribute("absent", None::<i64>);
    let mixed = vec![Value::Empty, 1.into(), "two".into(), 3.5.into(), bytes.into(), [true].into()];
    span.set_attribute("mixed", Value::Array(mixed.clone()));
    let inner =
        Value::Map(vec![KeyValue::new("list", Value::Array(mixed)), KeyValue::new("none", Value::Empty)]);
    span.set_attribute("map", Value::Map(vec![KeyValue::new("inner", inner), KeyValue::new("", "")]));
    span.set_attribute("empty map", Value::Map(Vec::new()));
}

pub(super) fn unicode() {
    let odd =
        "aé漢🦀 <&> \"quoted\" \\ / \t\r\n \u{0} \u{1b}[31m \u{7f} \u{85} \u{2028} \u{feff} e\u{301} שלום";
    let span = info_span!("ünïcödé 漢 🦀", odd, debug = ?odd, schlüssel = "wert");
    span.set_attribute("ключ 🗝 \"<&>\"\n", odd);
    span.in_scope(|| tracing::info!(odd, "сообщение 🦀 {odd}"));
    drop(info_span!(parent: &span, "renamed", otel.name = odd, otel.status_description = odd));
}

pub(super) fn replaced() {
    let span = info_span!("replaced", a = 1, b = "long, to be replaced by something short", c = Empty, d = 4);
    span.record("a", "text now").record("b", true).record("c", 3).record("c", 33);
    span.set_attribute("d", vec!["x", "y"]);
    span.set_attribute("e", 5);
    span.set_attribute("e", 5.5);
    span.set_attribute("target", "mine");
}

pub(super) fn large() {
    let text = "0123456789abcdé".repeat(20_000);
    let bytes = vec![0xa5_u8; 100_000];
    let span = info_span!("large", text = text.as_str(), bytes = &bytes[..]);
    for n in 0..100 {
        span.set_attribute(&format!("attribute number {n}"), n);
    }
    info_span!(parent: &span, "small").in_scope(|| tracing::info!(text = &text[..70_000], "large as well"));
}
