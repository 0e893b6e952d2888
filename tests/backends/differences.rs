//! Whether two OTLP JSON messages say the same, field by field.

use serde_json::Value as Json;

/// Where the two differ, a line each: the path of the field, what was expected, what is there.
///
/// A field that is left out has its default, but for the types of a value: no `stringValue` is not an empty one.
/// Doubles, which are texts here, are equal by their bits, in whatever way they are written; order counts in lists.
pub(crate) fn differences(expected: &Json, found: &Json) -> Vec<String> {
    let mut all = Vec::new();
    compare("", expected, found, &mut all);
    all
}

fn compare(path: &str, expected: &Json, found: &Json, all: &mut Vec<String>) {
    match (expected, found) {
        (Json::Object(left), Json::Object(right)) => {
            let only_right = right.keys().filter(|key| !left.contains_key(*key));
            for key in left.keys().chain(only_right) {
                let of = |side: &serde_json::Map<String, Json>| side.get(key).cloned().unwrap_or_default();
                compare_field(&format!("{path}.{key}"), key, &of(left), &of(right), all);
            }
        }
        (Json::Array(left), Json::Array(right)) if left.len() == right.len() => {
            for (n, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{path}[{n}]"), left, right, all);
            }
        }
        _ if expected == found => {}
        _ => all.push(format!("{path}: expected {expected}, found {found}")),
    }
}

fn compare_field(path: &str, key: &str, expected: &Json, found: &Json, all: &mut Vec<String>) {
    let is_type = key.ends_with("Value");
    if let (true, Some(left), Some(right)) = (key == "doubleValue", double(expected), double(found)) {
        if left.to_bits() != right.to_bits() && !(left.is_nan() && right.is_nan()) {
            all.push(format!("{path}: expected {left:?}, found {right:?}"));
        }
    } else if is_type || !(is_default(expected) && is_default(found)) {
        compare(path, expected, found, all);
    }
}

fn double(json: &Json) -> Option<f64> {
    json.as_str()?.parse().ok()
}

fn is_default(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(truth) => !truth,
        Json::Number(number) => number.as_u64() == Some(0),
        Json::String(text) => text.is_empty() || text == "0",
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => {
            fields.iter().all(|(key, value)| !key.ends_with("Value") && is_default(value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_that_is_left_out_has_its_default() {
        let short = json!({"name": "a", "status": {}, "attributes": [{"key": "k", "value": {}}]});
        let long = json!({
            "name": "a", "flags": 0, "startTimeUnixNano": "0", "links": [], "parentSpanId": "",
            "status": {"code": 0, "message": ""}, "attributes": [{"key": "k", "value": {}}],
        });
        assert_eq!(differences(&short, &long), [""; 0]);
        assert_eq!(differences(&long, &short), [""; 0]);
        assert_eq!(differences(&json!({}), &long).len(), 2, "the name and the attribute");
    }

    #[test]
    fn an_empty_value_of_a_type_is_not_no_value() {
        for typed in [json!({"stringValue": ""}), json!({"boolValue": false}), json!({"arrayValue": {}})] {
            assert_eq!(differences(&json!({"value": {}}), &json!({"value": typed})).len(), 1, "{typed}");
        }
        assert!(differences(&json!({"arrayValue": {"values": []}}), &json!({"arrayValue": {}})).is_empty());
        assert_eq!(differences(&json!({"intValue": "0"}), &json!({"doubleValue": "0"})).len(), 2);
    }

    #[test]
    fn doubles_are_equal_by_their_bits() {
        let same = |left, right| differences(&json!({"doubleValue": left}), &json!({"doubleValue": right}));
        for (left, right) in
            [("0", "0e0"), ("-0", "-0.0"), ("1e21", "1e+21"), ("NaN", "NaN"), ("-Infinity", "-Infinity")]
        {
            assert_eq!(same(left, right), [""; 0]);
        }
        for (left, right) in [("-0", "0"), ("2.0235403064553266e20", "202354030645532700000"), ("NaN", "0")] {
            assert_eq!(same(left, right).len(), 1, "{left} and {right}");
        }
    }

    #[test]
    fn what_is_missing_added_or_moved_is_told_with_its_path() {
        let expected = json!({"events": [{"name": "a"}, {"name": "b"}]});
        assert_eq!(
            differences(&expected, &json!({"events": [{"name": "b"}, {"name": "b", "more": 1}]})),
            [".events[0].name: expected \"a\", found \"b\"", ".events[1].more: expected null, found 1"]
        );
        assert_eq!(differences(&expected, &json!({"events": [{"name": "a"}]})).len(), 1);
    }
}
