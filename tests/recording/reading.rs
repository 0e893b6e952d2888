//! One recorded span, and its attributes as the tests compare them.

use crate::support::{bare, record};
use std::collections::BTreeMap;
use throughline::wire::{KeyValue, Value};
use throughline::{Limits, SpanData};

pub(crate) fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

/// The one span that `f` records without automatic attributes.
pub(crate) fn one(limits: Limits, f: impl FnOnce()) -> SpanData {
    let mut spans = record(bare().limits(limits), f).spans();
    assert_eq!(spans.len(), 1, "{spans:#?}");
    spans.remove(0)
}

pub(crate) fn keys(attributes: &[KeyValue]) -> Vec<&str> {
    attributes.iter().map(|attribute| attribute.key.as_str()).collect()
}

/// Attributes as a map; panics at a key that is there twice.
pub(crate) fn map(attributes: &[KeyValue]) -> BTreeMap<String, Value> {
    let mut map = BTreeMap::new();
    for KeyValue { key, value } in attributes {
        assert!(map.insert(key.clone(), value.clone()).is_none(), "{key} is there twice: {attributes:?}");
    }
    map
}

pub(crate) fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}
