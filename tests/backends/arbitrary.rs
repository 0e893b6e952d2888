//! Spans of chance, as the collector wrote them: as many as a property has cases.

use crate::differences::differences;
use crate::expected;
use crate::otelcol::Otelcol;
use crate::support::{Recording, bare};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::HashMap;
use throughline::SpanExt;
use throughline::wire::{KeyValue, StatusCode, Value};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::{prelude::*, registry};

/// What one span is told.
#[derive(Clone, Debug)]
struct Told {
    name: String,
    attributes: Vec<(String, Value)>,
    linked: Vec<(String, Value)>,
    event: (String, f64, i64, Vec<u8>),
    status: (i32, String),
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Double),
        any::<u64>().prop_map(|bits| Value::Double(f64::from_bits(bits))),
        ".{0,40}".prop_map(Value::String),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        Just(Value::Empty),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let pair = (".{0,4}", inner.clone()).prop_map(|(key, value)| KeyValue { key, value });
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::Array),
            prop::collection::vec(pair, 0..4).prop_map(Value::Map),
        ]
    })
}

fn told() -> impl Strategy<Value = Told> {
    let pairs = |most| prop::collection::vec((".{0,12}", value()), 0..most);
    let event = (".{0,40}", any::<f64>(), any::<i64>(), prop::collection::vec(any::<u8>(), 0..20));
    (".{0,40}", pairs(10), pairs(3), event, (0..3, ".{0,40}")).prop_map(
        |(name, attributes, linked, event, status)| Told { name, attributes, linked, event, status },
    )
}

impl Told {
    fn run(&self) {
        let span = info_span!("arbitrary", otel.name = self.name);
        self.attributes.iter().for_each(|(key, value)| span.set_attribute(key, value.clone()));
        let linked =
            self.linked.iter().map(|(key, value)| KeyValue { key: key.clone(), value: value.clone() });
        span.add_link_with_attributes(span.context(), linked.collect());
        let (text, double, int, bytes) = &self.event;
        info!(parent: &span, text, double, int, bytes = &bytes[..], "{text}");
        span.set_status(StatusCode::from_i32(self.status.0), &self.status.1);
    }
}

#[test]
#[ignore = "needs a real server: scripts/backends install otelcol"]
fn whatever_spans_are_told_arrives() {
    let otelcol = Otelcol::start();
    let (layer, recording) = Recording::new(bare().endpoint(otelcol.endpoint()).service_name("arbitrary"));
    let config = ProptestConfig::default();
    let (cases, mut runner) = (config.cases, TestRunner::new(config));
    with_default(&Dispatch::new(registry().with(layer)), || {
        for _ in 0..cases {
            told().new_tree(&mut runner).expect("nothing is filtered").current().run();
        }
    });
    let recorded = recording.shut_down();
    let written = otelcol.written().spans;
    assert_eq!((recorded.len(), written.len()), (cases as usize, cases as usize));
    let arrived: HashMap<_, _> =
        written.iter().map(|item| (item.body["spanId"].to_string(), &item.body)).collect();
    for span in &recorded {
        let found = arrived[&format!("\"{}\"", span.span_id)];
        assert_eq!(differences(&expected::span(span), found), [""; 0], "{span:?}");
    }
}
