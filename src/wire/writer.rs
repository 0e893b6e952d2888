//! Appends protobuf fields to a `Vec<u8>`. The recorder and the encoder consume this.
//!
//! `put_*_field` writes the field whatever its value: a caller that writes proto3 leaves out a zero itself,
//! except where presence has a meaning (members of a oneof).

use super::varint::{put_varint, varint_len};
use super::wire_type::WireType;

// The fields of `AnyValue` and `KeyValue` have numbers below 16: their tags are one byte.
const TAG_LEN: usize = 1;
const KEY: u32 = 1;
const VALUE: u32 = 2;
const STRING_VALUE: u32 = 1;
const BOOL_VALUE: u32 = 2;
const INT_VALUE: u32 = 3;
const DOUBLE_VALUE: u32 = 4;
const BYTES_VALUE: u32 = 7;
/// Below it a number is one byte as a varint, and the tag of a field with such a number.
const ONE_BYTE: usize = 0x80;
const SHORT_FIELD: u32 = 16;

/// Appends the head of a field.
#[inline]
pub(crate) fn put_tag(out: &mut Vec<u8>, field: u32, wire_type: WireType) {
    put_varint(out, u64::from(field) << 3 | wire_type as u64);
}

/// Appends the head of a field of `len` bytes (a string, bytes or message), which must follow.
#[inline]
pub(crate) fn put_len_prefix(out: &mut Vec<u8>, field: u32, len: usize) {
    put_tag(out, field, WireType::Len);
    put_varint(out, len as u64);
}

/// Appends a `bytes` field.
#[inline]
pub(crate) fn put_bytes_field(out: &mut Vec<u8>, field: u32, value: &[u8]) {
    put_len_prefix(out, field, value.len());
    out.extend_from_slice(value);
}

/// Appends a `string` field.
#[inline]
pub(crate) fn put_string_field(out: &mut Vec<u8>, field: u32, value: &str) {
    put_bytes_field(out, field, value.as_bytes());
}

/// Appends a `uint64` field, or (sign-extended to 64 bits) one of `int64`, `int32`, an enum or a `bool`.
#[inline]
pub(crate) fn put_varint_field(out: &mut Vec<u8>, field: u32, value: u64) {
    put_tag(out, field, WireType::Varint);
    put_varint(out, value);
}

/// Appends a `fixed64` field.
#[inline]
pub(crate) fn put_fixed64_field(out: &mut Vec<u8>, field: u32, value: u64) {
    put_tag(out, field, WireType::Fixed64);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a `fixed32` field.
#[inline]
pub(crate) fn put_fixed32_field(out: &mut Vec<u8>, field: u32, value: u32) {
    put_tag(out, field, WireType::Fixed32);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a `double` field, bit for bit.
#[inline]
pub(crate) fn put_double_field(out: &mut Vec<u8>, field: u32, value: f64) {
    put_fixed64_field(out, field, value.to_bits());
}

/// Appends a message field whose content `body` appends, of a length not known before.
///
/// Costs a move of the content by the few bytes of its length; the recorder, which knows its lengths, uses
/// [`put_len_prefix`] instead. `body` must only append.
pub(crate) fn put_message(out: &mut Vec<u8>, field: u32, body: impl FnOnce(&mut Vec<u8>)) {
    put_tag(out, field, WireType::Len);
    let start = out.len();
    body(out);
    let len = out.len() - start;
    put_varint(out, len as u64);
    out[start..].rotate_right(varint_len(len as u64));
}

/// Appends a `KeyValue` with a string as field `field` (`attributes`) of the message around it.
#[inline]
pub(crate) fn put_key_value_str(out: &mut Vec<u8>, field: u32, key: &str, value: &str) {
    put_key_value_text(out, field, key, value.as_bytes());
}

/// As [`put_key_value_str`], with bytes that are known to be UTF-8.
#[inline]
pub(crate) fn put_key_value_text(out: &mut Vec<u8>, field: u32, key: &str, value: &[u8]) {
    let len = key.len() + value.len() + 6;
    if len >= ONE_BYTE || field >= SHORT_FIELD || key.is_empty() {
        put_key_value_head(out, field, key, delimited_len(value.len()));
        return put_bytes_field(out, STRING_VALUE, value);
    }
    // Nearly all of them: each tag and each length is one byte.
    let value_len = value.len() as u8;
    out.reserve(2 + len);
    out.extend_from_slice(&[tag(field), len as u8, tag(KEY), key.len() as u8]);
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(&[tag(VALUE), 2 + value_len, tag(STRING_VALUE), value_len]);
    out.extend_from_slice(value);
}

/// As [`put_key_value_str`], with a truth value.
#[inline]
pub(crate) fn put_key_value_bool(out: &mut Vec<u8>, field: u32, key: &str, value: bool) {
    put_key_value_head(out, field, key, TAG_LEN + 1);
    put_varint_field(out, BOOL_VALUE, u64::from(value));
}

/// As [`put_key_value_str`], with an integer.
#[inline]
pub(crate) fn put_key_value_i64(out: &mut Vec<u8>, field: u32, key: &str, value: i64) {
    put_key_value_head(out, field, key, TAG_LEN + varint_len(value as u64));
    put_varint_field(out, INT_VALUE, value as u64);
}

/// As [`put_key_value_str`], with a double, bit for bit.
#[inline]
pub(crate) fn put_key_value_f64(out: &mut Vec<u8>, field: u32, key: &str, value: f64) {
    put_key_value_head(out, field, key, TAG_LEN + 8);
    put_double_field(out, DOUBLE_VALUE, value);
}

/// As [`put_key_value_str`], with bytes.
#[inline]
pub(crate) fn put_key_value_bytes(out: &mut Vec<u8>, field: u32, key: &str, value: &[u8]) {
    put_key_value_head(out, field, key, delimited_len(value.len()));
    put_bytes_field(out, BYTES_VALUE, value);
}

/// Appends a `KeyValue` up to the content of its `AnyValue`, which must follow in `value_len` bytes, and makes
/// room for that too.
#[inline]
fn put_key_value_head(out: &mut Vec<u8>, field: u32, key: &str, value_len: usize) {
    let key_len = if key.is_empty() { 0 } else { delimited_len(key.len()) };
    let len = key_len + delimited_len(value_len);
    out.reserve(varint_len(u64::from(field) << 3) + varint_len(len as u64) + len);
    put_len_prefix(out, field, len);
    if !key.is_empty() {
        put_string_field(out, KEY, key);
    }
    put_len_prefix(out, VALUE, value_len);
}

/// The tag, of one byte, of a field of a length.
#[inline]
const fn tag(field: u32) -> u8 {
    (field << 3) as u8 | WireType::Len as u8
}

/// How many bytes a field of `len` bytes takes with its one-byte tag and its length.
#[inline]
const fn delimited_len(len: usize) -> usize {
    TAG_LEN + varint_len(len as u64) + len
}
