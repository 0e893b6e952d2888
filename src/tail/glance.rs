//! What is read of a span's message: as little as is asked for.

use crate::wire::{Cursor, Value, read_key_value};

/// Fields of the OTLP `Span`.
const TRACE_STATE: u32 = 3;
const NAME: u32 = 5;
const ATTRIBUTES: u32 = 9;

/// The name.
pub(super) fn name(message: &[u8]) -> &[u8] {
    last(message, NAME).unwrap_or_default()
}

/// The trace state; of several the last counts.
pub(super) fn trace_state(message: &[u8]) -> &str {
    last(message, TRACE_STATE).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// The value of an attribute.
pub(super) fn attribute(message: &[u8], key: &str) -> Option<Value> {
    let mut cursor = Cursor::new(message);
    while let Some(tag) = cursor.tag("Span").ok()? {
        if tag.field != ATTRIBUTES {
            cursor.skip(tag, "Span").ok()?;
            continue;
        }
        let attribute = cursor.message(tag, "Span.attributes").ok()?;
        if is_key(attribute, key) {
            return Some(read_key_value(attribute).ok()?.value);
        }
    }
    None
}

/// Whether there is an attribute with this key.
pub(super) fn has_attribute(message: &[u8], key: &str) -> bool {
    let mut cursor = Cursor::new(message);
    while let Ok(Some(tag)) = cursor.tag("Span") {
        let passed = match tag.field {
            ATTRIBUTES => match cursor.message(tag, "Span.attributes") {
                Ok(attribute) if is_key(attribute, key) => return true,
                other => other.map(drop),
            },
            _ => cursor.skip(tag, "Span"),
        };
        if passed.is_err() {
            return false;
        }
    }
    false
}

/// The recorder writes the key first.
fn is_key(mut attribute: Cursor<'_>, key: &str) -> bool {
    let tag = attribute.tag("KeyValue").ok().flatten();
    tag.is_some_and(|tag| {
        tag.field == 1 && attribute.bytes(tag, "KeyValue.key").is_ok_and(|found| found == key.as_bytes())
    })
}

fn last(message: &[u8], field: u32) -> Option<&[u8]> {
    let (mut cursor, mut found) = (Cursor::new(message), None);
    while let Some(tag) = cursor.tag("Span").ok()? {
        match tag.field == field {
            true => found = Some(cursor.bytes(tag, "Span").ok()?),
            false => cursor.skip(tag, "Span").ok()?,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{put_fixed64_field, put_key_value_i64, put_key_value_str, put_string_field};

    #[test]
    fn it_finds_what_is_there_and_nothing_in_what_is_broken() {
        let mut message = Vec::new();
        put_string_field(&mut message, NAME, "GET /");
        put_fixed64_field(&mut message, 7, 1);
        put_key_value_str(&mut message, ATTRIBUTES, "tier", "gold");
        put_key_value_i64(&mut message, ATTRIBUTES, "n", 7);
        put_string_field(&mut message, TRACE_STATE, "a=1");
        put_string_field(&mut message, TRACE_STATE, "a=2");
        assert_eq!((name(&message), trace_state(&message)), (&b"GET /"[..], "a=2"));
        assert_eq!(attribute(&message, "tier"), Some(Value::from("gold")));
        assert_eq!(attribute(&message, "n"), Some(Value::from(7)));
        assert!(has_attribute(&message, "n") && !has_attribute(&message, "m"));
        assert_eq!(attribute(&message, "m"), None);
        for cut in 0..message.len() {
            let _ = (name(&message[..cut]), trace_state(&message[..cut]), attribute(&message[..cut], "m"));
            assert!(!has_attribute(&message[..cut], "m"));
        }
    }
}
