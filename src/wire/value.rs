//! Conversions into [`Value`], so that an attribute takes what a program has.

use super::{KeyValue, Value};

// === impl Value ===

macro_rules! value_from {
    ($($from:ty => |$value:ident| $to:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $to
            }
        })*
    };
}

value_from! {
    &str => |value| Value::String(value.to_owned());
    String => |value| Value::String(value);
    &String => |value| Value::String(value.clone());
    std::borrow::Cow<'_, str> => |value| Value::String(value.into_owned());
    bool => |value| Value::Bool(value);
    i8 => |value| Value::Int(value.into());
    i16 => |value| Value::Int(value.into());
    i32 => |value| Value::Int(value.into());
    i64 => |value| Value::Int(value);
    u8 => |value| Value::Int(value.into());
    u16 => |value| Value::Int(value.into());
    u32 => |value| Value::Int(value.into());
    u64 => |value| wide(value);
    usize => |value| wide(value);
    isize => |value| wide(value);
    i128 => |value| wide(value);
    u128 => |value| wide(value);
    f32 => |value| Value::Double(value.into());
    f64 => |value| Value::Double(value);
    &[u8] => |value| Value::Bytes(value.to_vec());
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Value::Array(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(items: [T; N]) -> Self {
        Value::Array(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Empty, Into::into)
    }
}

/// An integer if it fits, else its decimal digits.
fn wide<T: Copy + ToString + TryInto<i64>>(value: T) -> Value {
    value.try_into().map_or_else(|_| Value::String(value.to_string()), Value::Int)
}

// === impl KeyValue ===

impl KeyValue {
    /// A key with a value.
    pub fn new(key: impl Into<String>, value: impl Into<Value>) -> Self {
        KeyValue { key: key.into(), value: value.into() }
    }
}
