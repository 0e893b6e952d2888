//! A recorded [`Value`] compared with what a test expects of it.

use crate::wire::Value;

macro_rules! compares_with {
    ($($number:ty)*) => {
        $(
            /// As the value would be recorded.
            impl PartialEq<$number> for Value {
                fn eq(&self, other: &$number) -> bool {
                    let recorded: Value = (*other).into();
                    *self == recorded
                }
            }

            /// As the value would be recorded.
            impl PartialEq<$number> for &Value {
                fn eq(&self, other: &$number) -> bool {
                    **self == *other
                }
            }
        )*
    };
}

compares_with! { bool i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 }

impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        matches!(self, Value::String(text) if text == other)
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl PartialEq<String> for Value {
    fn eq(&self, other: &String) -> bool {
        *self == **other
    }
}

impl PartialEq<String> for &Value {
    fn eq(&self, other: &String) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_equals_what_it_was_recorded_from() {
        let value = &Value::from(7);
        assert_eq!(value, 7);
        assert_eq!(value, 7_u64);
        assert_eq!(*value, 7_usize);
        assert_ne!(value, 7.0);
        assert_ne!(value, "7");
        assert_eq!(&Value::from(12.5), 12.5);
        assert_eq!(Value::from(0.1_f32), 0.1_f32);
        assert_eq!(&Value::from(true), true);
        assert_eq!(&Value::from(u64::MAX), u64::MAX);
        assert_eq!(&Value::from("text"), "text");
        assert_eq!(Value::from("text"), "text");
        assert_eq!(&Value::from("text"), "text".to_owned());
        assert_ne!(&Value::from(f64::NAN), f64::NAN);
    }
}
