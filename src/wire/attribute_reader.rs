//! Reads `KeyValue` and `AnyValue` messages, which nest. The readers of traces and logs consume this.

use super::cursor::Cursor;
use super::decode_error::{DecodeError, Fault};
use super::message::{KeyValue, Value};

/// How many values may lie within each other: a plain attribute is one deep, the elements of its list two.
///
/// Keeps a hostile body from overflowing the stack; protobuf's own readers stop at 100 *messages*, which is
/// fewer values.
pub(crate) const MAX_VALUE_DEPTH: usize = 64;

/// Reads a `KeyValue`, the cursor being at its first field.
///
/// # Errors
///
/// When it is not well-formed, or holds values more than [`MAX_VALUE_DEPTH`] deep.
pub(crate) fn read_key_value(cursor: Cursor<'_>) -> Result<KeyValue, DecodeError> {
    read_key_value_at(cursor, 1)
}

/// Reads a bare `AnyValue` into `value`, as one that occurs again where it holds something.
///
/// # Errors
///
/// As [`read_key_value`].
pub(crate) fn read_value(value: &mut Value, cursor: Cursor<'_>) -> Result<(), DecodeError> {
    merge_value(value, cursor, 1)
}

fn read_key_value_at(mut cursor: Cursor<'_>, depth: usize) -> Result<KeyValue, DecodeError> {
    let mut attribute = KeyValue::default();
    while let Some(tag) = cursor.tag("KeyValue")? {
        match tag.field {
            1 => attribute.key = cursor.string(tag, "KeyValue.key")?,
            2 => merge_value(&mut attribute.value, cursor.message(tag, "KeyValue.value")?, depth)?,
            _ => cursor.skip(tag, "KeyValue")?,
        }
    }
    Ok(attribute)
}

/// The last member of the oneof wins; a list or map that occurs twice in a row is one.
fn merge_value(value: &mut Value, mut cursor: Cursor<'_>, depth: usize) -> Result<(), DecodeError> {
    if depth > MAX_VALUE_DEPTH {
        return Err(DecodeError::new("AnyValue", Fault::TooDeep(MAX_VALUE_DEPTH), cursor.offset()));
    }
    while let Some(tag) = cursor.tag("AnyValue")? {
        match tag.field {
            1 => *value = Value::String(cursor.string(tag, "AnyValue.string_value")?),
            2 => *value = Value::Bool(cursor.varint(tag, "AnyValue.bool_value")? != 0),
            3 => *value = Value::Int(cursor.varint(tag, "AnyValue.int_value")? as i64),
            4 => *value = Value::Double(cursor.double(tag, "AnyValue.double_value")?),
            5 => append_array(value, cursor.message(tag, "AnyValue.array_value")?, depth)?,
            6 => append_map(value, cursor.message(tag, "AnyValue.kvlist_value")?, depth)?,
            7 => *value = Value::Bytes(cursor.bytes(tag, "AnyValue.bytes_value")?.to_vec()),
            8 => {
                // string_value_strindex is for profiles only; elsewhere the value counts as absent.
                cursor.skip(tag, "AnyValue.string_value_strindex")?;
                *value = Value::Empty;
            }
            _ => cursor.skip(tag, "AnyValue")?,
        }
    }
    Ok(())
}

fn append_array(value: &mut Value, mut cursor: Cursor<'_>, depth: usize) -> Result<(), DecodeError> {
    let mut elements = match std::mem::take(value) {
        Value::Array(elements) => elements,
        _ => Vec::new(),
    };
    while let Some(tag) = cursor.tag("ArrayValue")? {
        match tag.field {
            1 => {
                let mut element = Value::Empty;
                merge_value(&mut element, cursor.message(tag, "ArrayValue.values")?, depth + 1)?;
                elements.push(element);
            }
            _ => cursor.skip(tag, "ArrayValue")?,
        }
    }
    *value = Value::Array(elements);
    Ok(())
}

fn append_map(value: &mut Value, mut cursor: Cursor<'_>, depth: usize) -> Result<(), DecodeError> {
    let mut entries = match std::mem::take(value) {
        Value::Map(entries) => entries,
        _ => Vec::new(),
    };
    while let Some(tag) = cursor.tag("KeyValueList")? {
        match tag.field {
            1 => {
                entries.push(read_key_value_at(cursor.message(tag, "KeyValueList.values")?, depth + 1)?);
            }
            _ => cursor.skip(tag, "KeyValueList")?,
        }
    }
    *value = Value::Map(entries);
    Ok(())
}
