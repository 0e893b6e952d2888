//! The values of attributes as text that tells their types apart: `"7"`, `7`, `7.0`, `true`, `["7"]`, `bytes [07]`.

use opentelemetry::{Array, Value as RivalValue};
use throughline::wire::Value;

pub(crate) fn of_ours(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => format!("{number:?}"),
        Value::Bool(truth) => truth.to_string(),
        Value::Bytes(bytes) => {
            let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("bytes [{}]", hex.join(" "))
        }
        Value::Array(items) => list(items.iter().map(of_ours)),
        other => format!("{other:?}"),
    }
}

pub(crate) fn of_rival(value: &RivalValue) -> String {
    match value {
        RivalValue::String(text) => format!("{:?}", text.as_str()),
        RivalValue::I64(number) => number.to_string(),
        RivalValue::F64(number) => format!("{number:?}"),
        RivalValue::Bool(truth) => truth.to_string(),
        RivalValue::Array(Array::String(items)) => {
            list(items.iter().map(|item| format!("{:?}", item.as_str())))
        }
        RivalValue::Array(Array::I64(items)) => list(items.iter().map(i64::to_string)),
        RivalValue::Array(Array::F64(items)) => list(items.iter().map(|item| format!("{item:?}"))),
        RivalValue::Array(Array::Bool(items)) => list(items.iter().map(bool::to_string)),
        other => format!("{other:?}"),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}
