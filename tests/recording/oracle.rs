//! The official types read what our own reader reads too.

use crate::reading::map;
use crate::support::bare;
use prost::Message;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use throughline::wire::{KeyValue, Value};
use throughline::{Batch, BoxFuture, Exporter, Outcome, SpanData};
use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::{prelude::*, registry};

pub(crate) type Official = opentelemetry_proto::tonic::trace::v1::Span;

/// Decodes with the official types what our own reader decodes too.
#[derive(Clone, Default)]
struct Oracle(Arc<Mutex<Vec<(Official, SpanData)>>>);

impl Exporter for Oracle {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let both = batch.spans().map(|span| {
            let official = Official::decode(span.message()).expect("valid protobuf");
            (official, span.to_data().expect("valid OTLP"))
        });
        self.0.lock().expect("not poisoned").extend(both);
        Box::pin(async { Outcome::Accepted })
    }
}

fn official(value: &Option<opentelemetry_proto::tonic::common::v1::AnyValue>) -> Value {
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
    let Some(any) = value.as_ref().and_then(|value| value.value.as_ref()) else { return Value::Empty };
    match any {
        Any::StringValue(text) => Value::String(text.clone()),
        Any::BoolValue(truth) => Value::Bool(*truth),
        Any::IntValue(number) => Value::Int(*number),
        Any::DoubleValue(number) => Value::Double(*number),
        Any::ArrayValue(list) => {
            Value::Array(list.values.iter().map(|value| official(&Some(value.clone()))).collect())
        }
        Any::KvlistValue(entries) => Value::Map(entries.values.iter().map(entry).collect()),
        Any::BytesValue(bytes) => Value::Bytes(bytes.clone()),
        other => panic!("never written: {other:?}"),
    }
}

fn entry(entry: &opentelemetry_proto::tonic::common::v1::KeyValue) -> KeyValue {
    KeyValue { key: entry.key.clone(), value: official(&entry.value) }
}

pub(crate) fn official_map(
    attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue],
) -> BTreeMap<String, Value> {
    map(&attributes.iter().map(entry).collect::<Vec<_>>())
}

/// Records under an oracle and gives the only span as both readers see it.
pub(crate) fn judged(f: impl FnOnce()) -> (Official, SpanData) {
    let oracle = Oracle::default();
    let (layer, guard) = bare().exporter(oracle.clone()).build().expect("valid settings");
    with_default(&Dispatch::new(registry().with(layer)), f);
    guard.flush(Duration::from_secs(10)).expect("everything is taken");
    let mut spans = std::mem::take(&mut *oracle.0.lock().expect("not poisoned"));
    assert_eq!(spans.len(), 1);
    spans.remove(0)
}
