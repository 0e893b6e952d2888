//! Any recorded span decodes to exactly what was recorded.

use crate::oracle::{judged, official_map};
use crate::reading::{map, string};
use proptest::prelude::*;
use std::collections::BTreeMap;
use throughline::SpanExt;
use throughline::wire::{KeyValue, StatusCode, Value};
use tracing::{info, info_span};

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-2_i64..300).prop_map(Value::Int),
        any::<f64>().prop_map(Value::Double),
        ".{0,150}".prop_map(Value::String),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(Value::Bytes),
        Just(Value::Empty),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec(("[a-z]{0,4}", inner), 0..4).prop_map(|entries| {
                Value::Map(entries.into_iter().map(|(key, value)| KeyValue { key, value }).collect())
            }),
        ]
    })
}

/// Values are compared by their text, since NaN is not equal to itself.
fn shown(attributes: &BTreeMap<String, Value>) -> String {
    format!("{attributes:?}")
}

#[derive(Clone, Debug)]
struct Fixed {
    truth: Option<bool>,
    int: Option<i64>,
    unsigned: Option<u64>,
    wide: Option<i128>,
    double: Option<f64>,
    text: Option<String>,
    bytes: Option<Vec<u8>>,
    debug: Option<String>,
}

fn fixed() -> impl Strategy<Value = Fixed> {
    let some = prop::option::of::<BoxedStrategy<String>>;
    (
        any::<Option<bool>>(),
        any::<Option<i64>>(),
        any::<Option<u64>>(),
        any::<Option<i128>>(),
        any::<Option<f64>>(),
        some(".{0,150}".boxed()),
        prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
        some(".{0,100}".boxed()),
    )
        .prop_map(|(truth, int, unsigned, wide, double, text, bytes, debug)| Fixed {
            truth,
            int,
            unsigned,
            wide,
            double,
            text,
            bytes,
            debug,
        })
}

impl Fixed {
    fn put_into(&self, map: &mut BTreeMap<String, Value>) {
        let wide = |value: i128| i64::try_from(value).map_or_else(|_| string(&value.to_string()), Value::Int);
        let values = [
            ("truth", self.truth.map(Value::Bool)),
            ("int", self.int.map(Value::Int)),
            ("unsigned", self.unsigned.map(|value| wide(value.into()))),
            ("wide", self.wide.map(wide)),
            ("double", self.double.map(Value::Double)),
            ("text", self.text.as_deref().map(string)),
            ("bytes", self.bytes.clone().map(Value::Bytes)),
            ("debug", self.debug.as_ref().map(|text| string(&format!("{text:?}")))),
        ];
        for (key, value) in values {
            if let Some(value) = value {
                map.insert(key.to_owned(), value);
            }
        }
    }
}

macro_rules! with_fixed {
    ($make:path, $fixed:expr, $($rest:tt)*) => {{
        let fixed: &Fixed = $fixed;
        $make!(
            $($rest)*
            truth = fixed.truth,
            int = fixed.int,
            unsigned = fixed.unsigned,
            wide = fixed.wide,
            double = fixed.double,
            text = fixed.text.as_deref(),
            bytes = fixed.bytes.as_deref(),
            debug = fixed.debug.as_ref().map(tracing::field::debug),
        )
    }};
}

macro_rules! made_span {
    ($($fields:tt)*) => { info_span!("fixed", $($fields)*) };
}

fn late(span: &tracing::Span, fixed: &Fixed) {
    span.record("truth", fixed.truth).record("int", fixed.int).record("unsigned", fixed.unsigned);
    span.record("wide", fixed.wide).record("double", fixed.double).record("text", fixed.text.as_deref());
    span.record("bytes", fixed.bytes.as_deref());
    span.record("debug", fixed.debug.as_ref().map(tracing::field::debug));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_set_on_a_span_is_what_is_exported(
        set in prop::collection::vec(("[a-e]{0,2}|.{0,40}", value()), 0..60)
    ) {
        let (official, span) = judged(|| {
            let span = info_span!("dynamic");
            set.iter().for_each(|(key, value)| span.set_attribute(key, value.clone()));
        });
        let expected: BTreeMap<_, _> = set.into_iter().collect();
        prop_assert_eq!(shown(&map(&span.attributes)), shown(&expected));
        prop_assert_eq!(shown(&official_map(&official.attributes)), shown(&expected));
        prop_assert_eq!(span.dropped_attributes_count, 0);
    }

    #[test]
    fn whatever_a_callsite_records_is_what_is_exported(
        start in fixed(), then in prop::collection::vec(fixed(), 0..4), event in fixed(), name in ".{0,150}",
        description in ".{1,150}",
    ) {
        let (official, span) = judged(|| {
            let span = with_fixed!(made_span, &start,);
            then.iter().for_each(|fixed| late(&span, fixed));
            span.set_status(StatusCode::Error, &description);
            span.in_scope(|| with_fixed!(info, &event, message = %name,));
        });
        let mut expected = BTreeMap::new();
        start.put_into(&mut expected);
        then.iter().for_each(|fixed| fixed.put_into(&mut expected));
        prop_assert_eq!(shown(&map(&span.attributes)), shown(&expected));
        prop_assert_eq!(shown(&official_map(&official.attributes)), shown(&expected));
        let mut expected = BTreeMap::from([("level".to_owned(), string("INFO"))]);
        event.put_into(&mut expected);
        prop_assert_eq!(official.events.len(), 1);
        prop_assert_eq!(shown(&official_map(&official.events[0].attributes)), shown(&expected));
        match name.is_empty() {
            true => prop_assert!(official.events[0].name.starts_with("event "), "an empty message is none"),
            false => prop_assert_eq!(&official.events[0].name, &name),
        }
        prop_assert_eq!(official.events[0].time_unix_nano, span.events[0].time_unix_nanos);
        prop_assert_eq!(official.status.expect("set").message, description);
        prop_assert_eq!(official.name, "fixed");
        prop_assert_eq!(official.trace_id, span.trace_id.to_bytes());
        prop_assert_eq!(official.span_id, span.span_id.to_bytes());
        prop_assert!(official.parent_span_id.is_empty());
        prop_assert_eq!((official.kind, official.flags & 0x301), (1, 0x101));
        prop_assert!(official.start_time_unix_nano <= official.end_time_unix_nano);
        prop_assert_eq!(official.end_time_unix_nano, span.end_unix_nanos);
    }
}
