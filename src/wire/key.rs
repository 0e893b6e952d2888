//! `Key`: an attribute's key encoded once, for the recorder's hot path.
//!
//! A short key is a template of the whole attribute: one copy of fixed size, in which the few bytes that depend on the
//! value are then set where they lie. Putting an attribute together piece by piece would go through the vector's length
//! for each piece, and putting it together on the stack would have the processor wait for its own stores.

use super::varint::varint_len;
use super::writer;

/// Length of a template: tag and length, the key with its own, tag and length of the value, and 13 bytes of value.
const TEMPLATE: usize = 48;
/// Keys up to this length have a template.
const SHORT_KEY: usize = TEMPLATE - 19;
/// A value up to this length leaves all lengths around it in one byte.
const SHORT_VALUE: usize = 127 - SHORT_KEY - 6;
const STRING: u8 = 1 << 3 | 2;
const BOOL: u8 = 2 << 3;
const INT: u8 = 3 << 3;
const DOUBLE: u8 = 4 << 3 | 1;
const KEY: u8 = 1 << 3 | 2;
const VALUE: u8 = 2 << 3 | 2;

/// The key of an attribute in the field `field` of a message.
#[derive(Debug)]
pub(crate) struct Key {
    name: &'static str,
    field: u32,
    /// Where in the template the value's length is; 0: the key is too long (or empty) to have a template.
    at: usize,
    template: [u8; TEMPLATE],
}

// === impl Key ===

impl Key {
    pub(crate) fn new(field: u32, name: &'static str) -> Key {
        let (mut template, mut at) = ([0; TEMPLATE], 0);
        if !name.is_empty() && name.len() <= SHORT_KEY && field < 16 {
            at = name.len() + 5;
            template[0] = (field << 3 | 2) as u8;
            template[2] = KEY;
            template[3] = name.len() as u8;
            template[4..at - 1].copy_from_slice(name.as_bytes());
            template[at - 1] = VALUE;
        }
        Key { name, field, at, template }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Appends the attribute with a string.
    #[inline]
    pub(crate) fn put_str(&self, out: &mut Vec<u8>, value: &str) {
        if self.at == 0 || value.len() > SHORT_VALUE {
            return writer::put_key_value_str(out, self.field, self.name, value);
        }
        let length = value.len() as u8;
        self.put(out, STRING, u64::from(length), 1, length);
        out.extend_from_slice(value.as_bytes());
    }

    /// Appends the attribute with an integer.
    #[inline]
    pub(crate) fn put_i64(&self, out: &mut Vec<u8>, value: i64) {
        match pack_varint(value as u64) {
            Some((packed, length)) if self.at != 0 => self.put(out, INT, packed, length, 0),
            _ => writer::put_key_value_i64(out, self.field, self.name, value),
        }
    }

    /// Appends the attribute with a double, bit for bit.
    #[inline]
    pub(crate) fn put_f64(&self, out: &mut Vec<u8>, value: f64) {
        if self.at == 0 {
            return writer::put_key_value_f64(out, self.field, self.name, value);
        }
        self.put(out, DOUBLE, value.to_bits(), 8, 0);
    }

    /// Appends the attribute with a truth value.
    #[inline]
    pub(crate) fn put_bool(&self, out: &mut Vec<u8>, value: bool) {
        if self.at == 0 {
            return writer::put_key_value_bool(out, self.field, self.name, value);
        }
        self.put(out, BOOL, u64::from(value), 1, 0);
    }

    /// Appends the attribute with bytes.
    pub(crate) fn put_bytes(&self, out: &mut Vec<u8>, value: &[u8]) {
        writer::put_key_value_bytes(out, self.field, self.name, value);
    }

    /// Appends the attribute whose text `format` appends, without knowing its length beforehand.
    #[inline]
    pub(crate) fn put_text(&self, out: &mut Vec<u8>, format: impl FnOnce(&mut Vec<u8>)) {
        let start = out.len();
        if self.at == 0 {
            format(out);
            return self.put_long_text(out, start, start);
        }
        // Lengths of one byte, put right when the text is there.
        self.put(out, STRING, 0, 1, 0);
        let text = out.len();
        format(out);
        let length = out.len() - text;
        if length > SHORT_VALUE {
            return self.put_long_text(out, start, text);
        }
        out[text - 1] = length as u8;
        out[text - 3] = length as u8 + 2;
        out[start + 1] += length as u8;
    }

    #[cold]
    fn put_long_text(&self, out: &mut Vec<u8>, start: usize, text: usize) {
        let long = out.split_off(text);
        out.truncate(start);
        writer::put_key_value_str(out, self.field, self.name, &String::from_utf8_lossy(&long));
    }

    /// Appends the template with the `length` lowest bytes of `value` as the content of its value, which `more` bytes
    /// will follow.
    #[inline]
    fn put(&self, out: &mut Vec<u8>, tag: u8, value: u64, length: usize, more: u8) {
        let (start, at) = (out.len(), self.at);
        out.extend_from_slice(&self.template);
        let Some(bytes) = out.last_chunk_mut::<TEMPLATE>() else { return };
        let content = length as u8 + 1 + more;
        bytes[1] = at as u8 - 1 + content;
        bytes[at] = content;
        bytes[at + 1] = tag;
        bytes[at + 2..at + 10].copy_from_slice(&value.to_le_bytes());
        out.truncate(start + at + 2 + length);
    }
}

/// A varint of at most 8 bytes as one number.
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
            let (known, mut ours, mut general) = (Key::new(field, key), vec![9], vec![9]);
            known.put_str(&mut ours, &text);
            writer::put_key_value_str(&mut general, field, key, &text);
            known.put_i64(&mut ours, int);
            writer::put_key_value_i64(&mut general, field, key, int);
            known.put_i64(&mut ours, small);
            writer::put_key_value_i64(&mut general, field, key, small);
            known.put_f64(&mut ours, double);
            writer::put_key_value_f64(&mut general, field, key, double);
            known.put_bool(&mut ours, truth);
            writer::put_key_value_bool(&mut general, field, key, truth);
            known.put_text(&mut ours, |out| out.extend_from_slice(text.as_bytes()));
            writer::put_key_value_str(&mut general, field, key, &text);
            prop_assert_eq!(ours, general);
        }
    }
}
