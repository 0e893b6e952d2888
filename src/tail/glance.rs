//! What is read of a span's message: as little as is asked for, and by a reader that knows who has written it.

use crate::wire::{Cursor, Value, read_key_value};

/// Fields of the OTLP `Span`.
const TRACE_STATE: u32 = 3;
const NAME: u32 = 5;
const ATTRIBUTES: u32 = 9;
/// The tag of the key in a `KeyValue`.
const KEY: u8 = 1 << 3 | 2;

/// The fields of a message in their order: number and, where it has a length, content. Ends where it is malformed.
struct Fields<'a>(&'a [u8]);

// === impl Fields ===

impl<'a> Iterator for Fields<'a> {
    type Item = (u32, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<(u32, &'a [u8])> {
        // Nearly all of them: text or an attribute, whose tag and length are a byte each.
        if let [tag @ ..0x80, length @ ..0x80, rest @ ..] = self.0
            && tag & 7 == 2
            && let Some((content, rest)) = rest.split_at_checked(usize::from(*length))
        {
            self.0 = rest;
            return Some((u32::from(tag >> 3), content));
        }
        self.next_of_any()
    }
}

impl<'a> Fields<'a> {
    fn next_of_any(&mut self) -> Option<(u32, &'a [u8])> {
        let tag = varint(&mut self.0)?;
        let length = match tag & 7 {
            0 => varint(&mut self.0).map(|_| 0)?,
            1 => 8,
            2 => usize::try_from(varint(&mut self.0)?).ok()?,
            5 => 4,
            _ => return None,
        };
        let (content, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(((tag >> 3) as u32, if tag & 7 == 2 { content } else { &[] }))
    }
}

#[inline]
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(value);
        }
        shift += 7;
        if shift > 63 {
            return None;
        }
    }
}

/// The name.
pub(super) fn name(message: &[u8]) -> &[u8] {
    let mut fields = Fields(message);
    fields.find(|(field, _)| *field == NAME).map_or(&[], |(_, content)| content)
}

/// The trace state; of several the last counts.
pub(super) fn trace_state(message: &[u8]) -> &str {
    let found = Fields(message).filter(|(field, _)| *field == TRACE_STATE).last();
    found.and_then(|(_, content)| std::str::from_utf8(content).ok()).unwrap_or_default()
}

/// The value of an attribute.
pub(super) fn attribute(message: &[u8], key: &str) -> Option<Value> {
    let found = find(message, key)?;
    read_key_value(Cursor::new(found)).ok().map(|attribute| attribute.value)
}

/// Whether there is an attribute with this key.
pub(super) fn has_attribute(message: &[u8], key: &str) -> bool {
    find(message, key).is_some()
}

/// The `KeyValue` with this key, which is its first field.
fn find<'a>(message: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let is_it = |content: &[u8]| match content {
        [KEY, length @ ..0x80, rest @ ..] => {
            usize::from(*length) == key.len() && rest.starts_with(key.as_bytes())
        }
        _ => Fields(content).next() == Some((1, key.as_bytes())),
    };
    Fields(message)
        .find(|(field, content)| *field == ATTRIBUTES && is_it(content))
        .map(|(_, content)| content)
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
        let long = "k".repeat(200);
        put_key_value_i64(&mut message, ATTRIBUTES, &long, 8);
        put_string_field(&mut message, TRACE_STATE, "a=1");
        put_string_field(&mut message, TRACE_STATE, "a=2");
        assert_eq!((name(&message), trace_state(&message)), (&b"GET /"[..], "a=2"));
        assert_eq!(attribute(&message, "tier"), Some(Value::from("gold")));
        assert_eq!(attribute(&message, "n"), Some(Value::from(7)));
        assert_eq!(attribute(&message, &long), Some(Value::from(8)));
        assert!(!has_attribute(&message, &long[1..]) && !has_attribute(&message, "tie"));
        assert!(has_attribute(&message, "n") && !has_attribute(&message, "m"));
        assert_eq!(attribute(&message, "m"), None);
        for cut in 0..message.len() {
            let _ = (name(&message[..cut]), trace_state(&message[..cut]), attribute(&message[..cut], "n"));
            assert!(!has_attribute(&message[..cut], "m"));
        }
    }
}
