//! Names, keys and values as the picture shows them: quoted only where they could be misread.

use crate::wire::{KeyValue, Value};
use std::borrow::Cow;
use std::fmt::Write;

/// What stands for something else as a value, or as the target of a link.
const RESERVED_VALUES: [&str; 8] = ["true", "false", "null", "NaN", "inf", "_", "remote", "other"];
/// What a span's line says of itself.
const RESERVED_KEYS: [&str; 7] =
    ["kind", "status", "parent", "link", "dropped_attributes", "dropped_events", "dropped_links"];

/// The name of a span or an event, which may have blanks inside.
pub(crate) fn name(text: &str) -> Cow<'_, str> {
    let bare = is_plain(text)
        && !text.is_empty()
        && text.trim() == text
        && !text.contains('=')
        && !text.starts_with('*')
        && !text.ends_with("(unfinished)");
    quoted_unless(bare, text)
}

/// The name of an event; of one without a message, whose name is `event src/main.rs:7`, only what does not change with
/// every edit.
pub(super) fn event_name(text: &str) -> &str {
    let place = text.strip_prefix("event ").and_then(|place| place.rsplit_once(".rs:"));
    match place {
        Some((_, line)) if line.bytes().all(|digit| digit.is_ascii_digit()) => "event",
        _ => text,
    }
}

/// The key of an attribute.
pub(crate) fn attribute_key(text: &str) -> Cow<'_, str> {
    quoted_unless(is_word(text) && !RESERVED_KEYS.contains(&text), text)
}

/// A text as a value.
pub(super) fn word(text: &str) -> Cow<'_, str> {
    let begins = text.starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '/');
    quoted_unless(begins && is_word(text) && !RESERVED_VALUES.contains(&text), text)
}

/// The value of an attribute.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Empty => "null".to_owned(),
        Value::String(text) => word(text).into_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => format!("{number:?}"),
        Value::Array(items) => format!("[{}]", list(items, self::value)),
        Value::Map(entries) => format!("{{{}}}", list(entries, entry)),
        Value::Bytes(bytes) => bytes.iter().fold("0x".to_owned(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }),
    }
}

fn entry(entry: &KeyValue) -> String {
    format!("{}={}", word(&entry.key), value(&entry.value))
}

fn list<T>(items: &[T], shown: fn(&T) -> String) -> String {
    items.iter().map(shown).collect::<Vec<_>>().join(", ")
}

fn is_word(text: &str) -> bool {
    let parts = |c: char| c.is_whitespace() || "=,()[]{}".contains(c);
    !text.is_empty() && is_plain(text) && !text.contains(parts)
}

/// Whether a Rust literal needs no escape for it.
fn is_plain(text: &str) -> bool {
    let literal = format!("{text:?}");
    literal.len() == text.len() + 2 && literal[1..=text.len()] == *text
}

fn quoted_unless(bare: bool, text: &str) -> Cow<'_, str> {
    if bare { Cow::Borrowed(text) } else { Cow::Owned(format!("{text:?}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_could_be_misread() {
        for bare in ["checkout", "GET /orders/{id}", "charging (again)", "über 3", "it's"] {
            assert_eq!(name(bare), bare);
        }
        for quoted in ["", " x", "x ", "a=1", "* x", "a \"b\"", "a\nb", "x (unfinished)", "a\\b", "\u{200b}"]
        {
            assert_eq!(name(quoted), format!("{quoted:?}"));
        }
    }

    #[test]
    fn an_event_without_a_message_has_a_name_without_its_place() {
        assert_eq!(event_name("event src/main.rs:7"), "event");
        for message in ["event", "event at 10:30", "event src/main.rs:7 again", "main.rs:7"] {
            assert_eq!(event_name(message), message);
        }
    }

    #[test]
    fn texts_that_look_like_other_values_are_quoted() {
        for bare in ["EUR", "/orders/7", "a-b_c.d:e", "größe", "_x"] {
            assert_eq!(value(&bare.into()), bare);
        }
        for quoted in
            ["", "7", "7.5", "-inf", "true", "null", "NaN", "_", "two words", "a,b", "f(x)", "k=v", "2h"]
        {
            assert_eq!(value(&quoted.into()), format!("{quoted:?}"));
        }
    }

    #[test]
    fn values_show_their_type() {
        let map = Value::Map(vec![KeyValue::new("k", 1), KeyValue::new("two words", "v")]);
        for (shown, expected) in [
            (value(&Value::Empty), "null"),
            (value(&7.into()), "7"),
            (value(&7.0.into()), "7.0"),
            (value(&f64::NAN.into()), "NaN"),
            (value(&f64::NEG_INFINITY.into()), "-inf"),
            (value(&true.into()), "true"),
            (value(&(&[1_u8, 255][..]).into()), "0x01ff"),
            (value(&Value::from([Value::from("a"), Value::from(2)])), "[a, 2]"),
            (value(&map), "{k=1, \"two words\"=v}"),
        ] {
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn keys_that_a_line_needs_for_itself_are_quoted() {
        assert_eq!(attribute_key("http.route"), "http.route");
        assert_eq!(attribute_key("kind"), "\"kind\"");
        assert_eq!(attribute_key("two words"), "\"two words\"");
    }
}
