//! Fields of OTLP JSON objects and the values of attributes. `json` and `json_logs` consume this.

use serde_json::{Map, Value as Json};
use std::str::FromStr;
use throughline::wire::{KeyValue, Value};

/// The fields of an object.
pub(super) struct Fields<'j> {
    map: &'j Map<String, Json>,
}

// === impl Fields ===

impl<'j> Fields<'j> {
    pub(super) fn of(json: &'j Json, what: &str) -> Result<Self, String> {
        json.as_object().map(|map| Fields { map }).ok_or_else(|| format!("{what}: an object is expected"))
    }

    /// The field by its camelCase name, or its snake_case one; `null` counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&'j Json> {
        let found = self.map.get(name).or_else(|| self.map.get(&snake_case(name)));
        found.filter(|json| !json.is_null())
    }

    pub(super) fn string(&self, name: &str) -> Result<String, String> {
        match self.get(name) {
            None => Ok(String::new()),
            Some(Json::String(text)) => Ok(text.clone()),
            Some(_) => Err(format!("{name}: text is expected")),
        }
    }

    pub(super) fn number<N: FromStr + Default>(&self, name: &str) -> Result<N, String> {
        match self.get(name) {
            None => Some(N::default()),
            Some(Json::String(text)) => text.parse().ok(),
            Some(Json::Number(number)) => number.to_string().parse().ok(),
            Some(_) => None,
        }
        .ok_or_else(|| format!("{name}: a whole number in its range is expected"))
    }

    pub(super) fn id<I: FromStr>(&self, name: &str, none: I) -> Result<I, String>
    where
        I::Err: std::fmt::Display,
    {
        match self.get(name) {
            None => Ok(none),
            Some(Json::String(text)) if text.is_empty() => Ok(none),
            Some(Json::String(text)) => text.parse().map_err(|e| format!("{name}: {e}")),
            Some(_) => Err(format!("{name}: text is expected")),
        }
    }

    /// An enum, as its number or as one of `names`.
    pub(super) fn code(&self, name: &str, names: &[&str]) -> Result<i64, String> {
        match self.get(name) {
            None => Some(0),
            Some(Json::String(text)) => names.iter().position(|known| known == text).map(|at| at as i64),
            Some(json) => json.as_i64(),
        }
        .ok_or_else(|| format!("{name}: a number or one of {} is expected", names.join(", ")))
    }
}

fn snake_case(name: &str) -> String {
    name.chars().fold(String::with_capacity(name.len() + 4), |mut out, c| {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
        out
    })
}

/// The elements of a list; none if it is absent.
pub(super) fn list<T>(
    json: Option<&Json>,
    what: &str,
    read: impl Fn(&Json) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    match json {
        None => Ok(Vec::new()),
        Some(Json::Array(elements)) => elements.iter().map(read).collect(),
        Some(_) => Err(format!("{what}: a list is expected")),
    }
}

/// What `read` makes of the object; the default if it is absent.
pub(super) fn object<T: Default>(
    json: Option<&Json>,
    read: impl Fn(&Json) -> Result<T, String>,
) -> Result<T, String> {
    json.map_or_else(|| Ok(T::default()), read)
}

pub(super) fn read_attributes(json: Option<&Json>) -> Result<Vec<KeyValue>, String> {
    list(json, "attributes", |attribute| {
        let fields = Fields::of(attribute, "attributes")?;
        Ok(KeyValue { key: fields.string("key")?, value: object(fields.get("value"), read_value)? })
    })
}

/// Reads an `AnyValue`. It nests no deeper than the JSON reader allows.
pub(super) fn read_value(json: &Json) -> Result<Value, String> {
    if json.is_null() {
        return Ok(Value::Empty);
    }
    let fields = Fields::of(json, "value")?;
    if fields.get("stringValue").is_some() {
        fields.string("stringValue").map(Value::String)
    } else if let Some(value) = fields.get("boolValue") {
        value.as_bool().map(Value::Bool).ok_or_else(|| "boolValue: true or false is expected".to_owned())
    } else if let Some(value) = fields.get("intValue") {
        read_int(value, &fields)
    } else if let Some(value) = fields.get("doubleValue") {
        read_double(value)
    } else if let Some(value) = fields.get("arrayValue") {
        let elements = Fields::of(value, "arrayValue")?;
        list(elements.get("values"), "values", read_value).map(Value::Array)
    } else if let Some(value) = fields.get("kvlistValue") {
        let entries = Fields::of(value, "kvlistValue")?;
        read_attributes(entries.get("values")).map(Value::Map)
    } else if fields.get("bytesValue").is_some() {
        let text = fields.string("bytesValue")?;
        base64(&text).map(Value::Bytes).ok_or_else(|| "bytesValue: base64 is expected".to_owned())
    } else {
        Ok(Value::Empty)
    }
}

/// The Node SDK writes every whole double as an `intValue`, be it 1e300: past 64 bits it is a double again.
fn read_int(value: &Json, fields: &Fields<'_>) -> Result<Value, String> {
    match fields.number("intValue") {
        Ok(int) => Ok(Value::Int(int)),
        Err(error) => match value.as_f64() {
            Some(double) if double.fract() == 0.0 && double.abs() >= 9.2e18 => Ok(Value::Double(double)),
            _ => Err(error),
        },
    }
}

fn read_double(value: &Json) -> Result<Value, String> {
    match value {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
    .map(Value::Double)
    .ok_or_else(|| "doubleValue: a number is expected".to_owned())
}

/// Standard base64, padding optional (RFC 4648, section 4).
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    if digits.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let mut bits = 0_u32;
        for digit in group {
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        let bytes = (bits << (6 * (4 - group.len()))).to_be_bytes();
        out.extend_from_slice(&bytes[1..group.len()]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Result<Value, String> {
        read_value(&serde_json::from_str(json).expect("JSON"))
    }

    #[test]
    fn every_type_of_value_is_read() {
        assert_eq!(value(r#"{"stringValue":"s"}"#), Ok(Value::String("s".to_owned())));
        assert_eq!(value(r#"{"intValue":"-7"}"#), Ok(Value::Int(-7)));
        assert_eq!(value(r#"{"intValue":1152921504606846976}"#), Ok(Value::Int(1 << 60)));
        assert_eq!(value(r#"{"intValue":1e300}"#), Ok(Value::Double(1e300)));
        assert_eq!(value(r#"{"doubleValue":"Infinity"}"#), Ok(Value::Double(f64::INFINITY)));
        assert_eq!(value(r#"{"doubleValue":null}"#), Ok(Value::Empty));
        assert_eq!(value(r#"{"bytesValue":"AAE="}"#), Ok(Value::Bytes(vec![0, 1])));
        assert_eq!(
            value(r#"{"arrayValue":{"values":[{},null,{"boolValue":true}]}}"#),
            Ok(Value::Array(vec![Value::Empty, Value::Empty, Value::Bool(true)]))
        );
        assert_eq!(value(r#"{"kvlistValue":{}}"#), Ok(Value::Map(vec![])));
        assert_eq!(value("{}"), Ok(Value::Empty));
        for bad in [
            r#"{"intValue":1.5}"#,
            r#"{"intValue":""}"#,
            r#"{"boolValue":"true"}"#,
            r#"{"bytesValue":"?"}"#,
            r#"{"doubleValue":"abc"}"#,
        ] {
            assert!(value(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn base64_is_read_with_and_without_padding() {
        for (text, bytes) in
            [("", &b""[..]), ("Zg==", b"f"), ("Zm8", b"fo"), ("Zm9v", b"foo"), ("Zm9vYg==", b"foob")]
        {
            assert_eq!(base64(text).as_deref(), Some(bytes), "{text}");
        }
        assert_eq!(base64("Z"), None);
        assert_eq!(base64("Zm9-"), None);
    }
}
