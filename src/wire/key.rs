//! `Key`: an attribute's key encoded once, for the recorder's hot path.
//!
//! What is short and of a known shape is put together on the stack and appended with one copy of fixed size, which
//! the compiler turns into a few moves; a copy of variable length is a call.

use super::varint::varint_len;
use super::writer;

/// Keys up to this length, with their own tag and length and the tag of the value, are appended by fixed copies.
const SHORT: usize = 32;
/// A value up to this length leaves all lengths around it in one byte.
const SHORT_VALUE: usize = 127 - SHORT - 4;
const STRING: u8 = 1 << 3 | 2;
const BOOL: u8 = 2 << 3;
const INT: u8 = 3 << 3;
const DOUBLE: u8 = 4 << 3 | 1;
const KEY: u8 = 1 << 3 | 2;
const VALUE: u8 = 2 << 3 | 2;

/// A key, and the bytes that it becomes: the `key` field of a `KeyValue`, then the tag of its `value`.
#[derive(Debug)]
pub(crate) struct Key {
    name: &'static str,
    /// Length of the encoded key; 0: it is too long (or empty) for the short way.
    len: usize,
    short: [u8; SHORT],
}

// === impl Key ===

impl Key {
    pub(crate) fn new(name: &'static str) -> Key {
        let (mut short, mut len) = ([0; SHORT], 0);
        if !name.is_empty() && name.len() + 3 <= SHORT {
            len = name.len() + 3;
            short[0] = KEY;
            short[1] = name.len() as u8;
            short[2..len - 1].copy_from_slice(name.as_bytes());
            short[len - 1] = VALUE;
        }
        Key { name, len, short }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Appends an attribute with a string.
    #[inline]
    pub(crate) fn put_str(&self, out: &mut Vec<u8>, field: u32, value: &str) {
        if self.len == 0 || value.len() > SHORT_VALUE {
            return writer::put_key_value_str(out, field, self.name, value);
        }
        let length = value.len() as u8;
        self.put_head(out, field, 2 + value.len());
        out.extend_from_slice(&[length + 2, STRING, length]);
        out.extend_from_slice(value.as_bytes());
    }

    /// Appends an attribute with an integer.
    #[inline]
    pub(crate) fn put_i64(&self, out: &mut Vec<u8>, field: u32, value: i64) {
        if self.len == 0 {
            return writer::put_key_value_i64(out, field, self.name, value);
        }
        let Some((packed, length)) = pack_varint(value as u64) else {
            return writer::put_key_value_i64(out, field, self.name, value);
        };
        self.put_head(out, field, 1 + length);
        out.extend_from_slice(&[length as u8 + 1, INT]);
        put_some(out, &packed.to_le_bytes(), length);
    }

    /// Appends an attribute with a double, bit for bit.
    #[inline]
    pub(crate) fn put_f64(&self, out: &mut Vec<u8>, field: u32, value: f64) {
        if self.len == 0 {
            return writer::put_key_value_f64(out, field, self.name, value);
        }
        self.put_head(out, field, 9);
        out.extend_from_slice(&[9, DOUBLE]);
        out.extend_from_slice(&value.to_le_bytes());
    }

    /// Appends an attribute with a truth value.
    #[inline]
    pub(crate) fn put_bool(&self, out: &mut Vec<u8>, field: u32, value: bool) {
        if self.len == 0 {
            return writer::put_key_value_bool(out, field, self.name, value);
        }
        self.put_head(out, field, 2);
        out.extend_from_slice(&[2, BOOL, u8::from(value)]);
    }

    /// Appends an attribute with bytes.
    pub(crate) fn put_bytes(&self, out: &mut Vec<u8>, field: u32, value: &[u8]) {
        writer::put_key_value_bytes(out, field, self.name, value);
    }

    /// Appends an attribute whose text `format` appends, without knowing its length beforehand.
    pub(crate) fn put_text(&self, out: &mut Vec<u8>, field: u32, format: impl FnOnce(&mut Vec<u8>)) {
        let start = out.len();
        // Lengths of one byte, put right when the text is there.
        self.put_head(out, field, 2);
        out.extend_from_slice(&[2, STRING, 0]);
        let text = out.len();
        format(out);
        let length = out.len() - text;
        if self.len == 0 || length > SHORT_VALUE {
            let long = out.split_off(text);
            out.truncate(start);
            return writer::put_key_value_str(out, field, self.name, &String::from_utf8_lossy(&long));
        }
        out[text - 1] += length as u8;
        out[text - 3] += length as u8;
        out[start + 1] += length as u8;
    }

    /// Appends everything before the value's own length, for a value whose content has `content` bytes.
    #[inline]
    fn put_head(&self, out: &mut Vec<u8>, field: u32, content: usize) {
        out.extend_from_slice(&[(field << 3 | 2) as u8, (self.len + 1 + content) as u8]);
        put_some(out, &self.short, self.len);
    }
}

/// A varint of at most 8 bytes as one number, put together in a register: bytes that are stored one by one and loaded
/// as a whole at once would stall the processor.
#[inline]
fn pack_varint(value: u64) -> Option<(u64, usize)> {
    if value < 1 << 7 {
        return Some((value, 1));
    }
    let length = varint_len(value);
    if length > 8 {
        return None;
    }
    let (mut packed, mut shift) = (0, 0);
    for at in 0..length {
        packed |= (value >> shift & 0x7f) << (8 * at);
        shift += 7;
    }
    let continued = 0x0080_8080_8080_8080 >> (8 * (8 - length));
    Some((packed | continued, length))
}

/// Appends the first `length` bytes of an array, by copying all of it.
#[inline]
pub(crate) fn put_some<const N: usize>(out: &mut Vec<u8>, bytes: &[u8; N], length: usize) {
    let end = out.len() + length;
    out.extend_from_slice(bytes);
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LONG: &str = "a.key.that.is.longer.than.thirty.two.bytes";
    const KEYS: [&str; 6] = [
        "",
        "k",
        "http.request.method",
        "exactly.twenty.nine.bytes.ok.",
        "thirty.bytes.long.key.........",
        LONG,
    ];

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![".{0,40}", "[a-z]{80,100}", ".{120,300}"]
    }

    proptest! {
        #[test]
        fn it_writes_what_the_general_writer_writes(
            key in prop::sample::select(KEYS.to_vec()), text in text(), int in any::<i64>(), small in -2..300_i64,
            double in any::<f64>(), truth in any::<bool>(), field in 1..16_u32,
        ) {
            let (known, mut ours, mut general) = (Key::new(key), vec![9], vec![9]);
            known.put_str(&mut ours, field, &text);
            writer::put_key_value_str(&mut general, field, key, &text);
            known.put_i64(&mut ours, field, int);
            writer::put_key_value_i64(&mut general, field, key, int);
            known.put_i64(&mut ours, field, small);
            writer::put_key_value_i64(&mut general, field, key, small);
            known.put_f64(&mut ours, field, double);
            writer::put_key_value_f64(&mut general, field, key, double);
            known.put_bool(&mut ours, field, truth);
            writer::put_key_value_bool(&mut general, field, key, truth);
            known.put_text(&mut ours, field, |out| out.extend_from_slice(text.as_bytes()));
            writer::put_key_value_str(&mut general, field, key, &text);
            prop_assert_eq!(ours, general);
        }
    }
}
