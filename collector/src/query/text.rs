//! Values of attributes as text, the way that Jaeger writes them and searches for them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use throughline::wire::{KeyValue, Value};

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A value as text: text as it is, numbers and truth values as JSON writes them, bytes in base64, lists and maps
/// as JSON.
pub(crate) fn value_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Empty => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Int(int) => Cow::Owned(int.to_string()),
        Value::Double(double) => Cow::Owned(double_text(*double)),
        Value::Bytes(bytes) => Cow::Owned(base64(bytes)),
        Value::Array(_) | Value::Map(_) => {
            let mut out = String::new();
            put_json(&mut out, value);
            Cow::Owned(out)
        }
    }
}

/// A double as Go's JSON writes it: the shortest digits that read back, an exponent below 1e-6 and from 1e21 on.
fn double_text(double: f64) -> String {
    let size = double.abs();
    if double.is_finite() && size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{double:e}");
        return if text.contains("e-") { text } else { text.replace('e', "e+") };
    }
    match double {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ => double.to_string(),
    }
}

/// Standard base64 with padding (RFC 4648, section 4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) as usize & 63;
            out.push(if digit <= group.len() { char::from(BASE64[value]) } else { '=' });
        }
    }
    out
}

/// Text as a JSON string, with what HTML would take for markup escaped, as Go does.
pub(crate) fn put_json_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string never fails.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// Recursion is bounded by the readers, which refuse deep values.
fn put_json(out: &mut String, value: &Value) {
    match value {
        Value::Empty => out.push_str("null"),
        Value::String(text) => put_json_string(out, text),
        Value::Double(double) if !double.is_finite() => put_json_string(out, &double_text(*double)),
        Value::Bool(_) | Value::Int(_) | Value::Double(_) => out.push_str(&value_text(value)),
        Value::Bytes(bytes) => put_json_string(out, &base64(bytes)),
        Value::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                put_json(out, element);
            }
            out.push(']');
        }
        Value::Map(entries) => put_map(out, entries),
    }
}

fn put_map(out: &mut String, entries: &[KeyValue]) {
    let sorted: BTreeMap<&str, &Value> =
        entries.iter().map(|entry| (entry.key.as_str(), &entry.value)).collect();
    out.push('{');
    for (at, (key, value)) in sorted.into_iter().enumerate() {
        out.push_str(if at > 0 { "," } else { "" });
        put_json_string(out, key);
        out.push(':');
        put_json(out, value);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_go_writes_them() {
        for (double, text) in [
            (3.0, "3"),
            (0.1, "0.1"),
            (-2.5, "-2.5"),
            (1e300, "1e+300"),
            (5e-324, "5e-324"),
            (1e-7, "1e-7"),
            (1e21, "1e+21"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (1_234_567.891, "1234567.891"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(double_text(double), text);
        }
    }

    #[test]
    fn bytes_are_written_in_base64() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"\xff\xfe\xfd\xfc", "//79/A=="),
        ] {
            assert_eq!(base64(bytes), text);
        }
    }

    #[test]
    fn lists_and_maps_are_json_with_sorted_keys() {
        let entry = |key: &str, value| KeyValue { key: key.to_owned(), value };
        let map = Value::Map(vec![
            entry("b", Value::Array(vec![Value::Empty, Value::Bool(true), Value::Bytes(vec![0, 1])])),
            entry("a", Value::Int(1)),
            entry("a", Value::String("<\"\n>".to_owned())),
        ]);
        assert_eq!(value_text(&map), r#"{"a":"\u003c\"\n\u003e","b":[null,true,"AAE="]}"#);
        assert_eq!(value_text(&Value::Map(vec![])), "{}");
    }
}
