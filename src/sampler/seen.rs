//! `Seen`: what of a span a sampler can look at: where it lies, and as the bytes that it already is.

use super::pattern::Pattern;
use crate::record::find_attribute;
use crate::wire::{Cursor, KeyValue, SpanKind, Value, read_key_value};
use std::io::Write;

/// The `attributes` field of the OTLP `Span`.
const ATTRIBUTES: u32 = 9;
/// Of `KeyValue`, and of `AnyValue`.
const VALUE: u32 = 2;
const STRING: u32 = 1;
const BOOL: u32 = 2;
const INT: u32 = 3;
const DOUBLE: u32 = 4;
/// The longest number or truth as text: a double has up to 17 digits, or over 300 zeros.
const LONGEST_NUMBER: usize = 352;

/// A span, borrowed.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) name: &'a str,
    pub(crate) target: &'a str,
    pub(crate) kind: SpanKind,
    /// Fields of an OTLP `Span`, its attributes among them.
    pub(crate) body: &'a [u8],
}

// === impl Seen ===

impl<'a> Seen<'a> {
    /// Of a span of which nothing is known.
    #[cfg(test)]
    pub(crate) const NOTHING: Seen<'static> =
        Seen { name: "", target: "", kind: SpanKind::Internal, body: &[] };

    pub(super) fn attribute(&self, key: &str) -> Option<Value> {
        self.with_key(key).and_then(|cursor| read_key_value(cursor).ok()).map(|pair| pair.value)
    }

    pub(super) fn attributes(&self) -> Vec<KeyValue> {
        self.pairs().filter_map(|cursor| read_key_value(cursor).ok()).collect()
    }

    /// Whether an attribute has a value that the pattern fits; numbers and truths as they are written. Allocates nothing.
    pub(super) fn fits(&self, key: &str, pattern: &Pattern) -> bool {
        self.with_key(key).is_some_and(|pair| value_fits(pair, pattern).unwrap_or(false))
    }

    /// The attribute with this key.
    fn with_key(&self, key: &str) -> Option<Cursor<'a>> {
        let (start, end) = find_attribute(self.body, 0, ATTRIBUTES, key)?;
        let mut cursor = Cursor::new(&self.body[start..end]);
        let tag = cursor.tag("Span").ok()??;
        cursor.message(tag, "Span.attributes").ok()
    }

    fn pairs(&self) -> impl Iterator<Item = Cursor<'a>> + use<'a> {
        let mut cursor = Cursor::new(self.body);
        std::iter::from_fn(move || {
            // The bytes are our own: what cannot be read ends them.
            loop {
                let tag = cursor.tag("Span").ok()??;
                if tag.field == ATTRIBUTES {
                    return cursor.message(tag, "Span.attributes").ok();
                }
                cursor.skip(tag, "Span").ok()?;
            }
        })
    }
}

fn value_fits(mut pair: Cursor<'_>, pattern: &Pattern) -> Option<bool> {
    while let Some(tag) = pair.tag("KeyValue").ok()? {
        if tag.field != VALUE {
            pair.skip(tag, "KeyValue").ok()?;
            continue;
        }
        let mut value = pair.message(tag, "KeyValue.value").ok()?;
        let tag = value.tag("AnyValue").ok()??;
        let what = "AnyValue";
        return match tag.field {
            STRING => Some(pattern.fits_bytes(value.bytes(tag, what).ok()?)),
            BOOL => shown_fits(pattern, &(value.varint(tag, what).ok()? != 0)),
            INT => shown_fits(pattern, &(value.varint(tag, what).ok()? as i64)),
            DOUBLE => shown_fits(pattern, &value.double(tag, what).ok()?),
            _ => Some(false),
        };
    }
    None
}

/// Numbers and truths in digits and words, on the stack.
fn shown_fits(pattern: &Pattern, value: &dyn std::fmt::Display) -> Option<bool> {
    let mut buffer = [0; LONGEST_NUMBER];
    let mut rest = &mut buffer[..];
    write!(rest, "{value}").ok()?;
    let left = rest.len();
    Some(pattern.fits_bytes(&buffer[..LONGEST_NUMBER - left]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::put_key_value;

    fn body(pairs: &[(&str, Value)]) -> Vec<u8> {
        let mut body = Vec::new();
        for (key, value) in pairs {
            put_key_value(&mut body, ATTRIBUTES, &KeyValue::new(*key, value.clone()));
            // An event in between.
            body.extend_from_slice(&[11 << 3 | 2, 2, 0x12, 0]);
        }
        body
    }

    #[test]
    fn attributes_are_read_back_from_a_body_between_events() {
        let body = body(&[("a", Value::Int(-7)), ("b", Value::String("x y".to_owned())), ("", Value::Empty)]);
        let seen = Seen { body: &body, ..Seen::NOTHING };
        assert_eq!(seen.attribute("a"), Some(Value::Int(-7)));
        assert_eq!(seen.attribute("b"), Some(Value::String("x y".to_owned())));
        assert_eq!(seen.attribute("c"), None);
        assert_eq!(seen.attributes().len(), 3);
    }

    #[test]
    fn values_fit_patterns_as_they_are_written() {
        let body = body(&[
            ("int", Value::Int(-7)),
            ("true", Value::Bool(true)),
            ("half", Value::Double(0.5)),
            ("huge", Value::Double(f64::MIN)),
            ("tiny", Value::Double(-f64::from_bits(1))),
            ("text", Value::String("GET /a".to_owned())),
            ("list", Value::Array(vec![Value::Int(1)])),
        ]);
        let seen = Seen { body: &body, ..Seen::NOTHING };
        let fits = |key, pattern| seen.fits(key, &Pattern::new(pattern).expect("a pattern"));
        for (key, pattern) in [
            ("int", "-7"),
            ("true", "true"),
            ("half", "0.5"),
            ("huge", "-17976931348623157*"),
            ("tiny", "-0.000*5"),
            ("text", "GET *"),
        ] {
            assert!(fits(key, pattern), "{key} {pattern}");
        }
        assert!(!fits("int", "7") && !fits("list", "*") && !fits("missing", "*"));
    }
}
