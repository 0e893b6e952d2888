//! The resource: what was given, completed by what can be told without it.

use super::detector::Detectors;
use super::process;
use super::surroundings::Surroundings;
use crate::context::IdRng;
use crate::wire::{KeyValue, Resource, Value};
use std::collections::HashMap;

const SERVICE_NAME: &str = "service.name";

/// The resource: the given attributes (later ones win), completed by what is detected. A given attribute without a value
/// leaves its key out, detected or not.
pub(crate) fn resource(given: Vec<KeyValue>, detectors: &Detectors) -> Resource {
    let mut kept = Kept::default();
    given
        .into_iter()
        .filter(|it| !it.key.is_empty() && names_something(it))
        .for_each(|it| kept.put(it, true));
    detected(detectors).into_iter().for_each(|it| kept.put(it, false));
    kept.attributes.retain(|it| it.value != Value::Empty);
    Resource { attributes: kept.attributes, dropped_attributes_count: 0 }
}

/// Attributes with keys that are there once.
#[derive(Default)]
struct Kept {
    attributes: Vec<KeyValue>,
    places: HashMap<String, usize>,
}

// === impl Kept ===

impl Kept {
    fn put(&mut self, attribute: KeyValue, wins: bool) {
        match self.places.get(&attribute.key) {
            Some(place) if wins => self.attributes[*place] = attribute,
            Some(_) => {}
            None => {
                self.places.insert(attribute.key.clone(), self.attributes.len());
                self.attributes.push(attribute);
            }
        }
    }
}

/// A service must have a name: one that says nothing is as good as none.
fn names_something(attribute: &KeyValue) -> bool {
    attribute.key != SERVICE_NAME
        || match &attribute.value {
            Value::String(name) => !name.trim().is_empty(),
            value => *value != Value::Empty,
        }
}

fn detected(detectors: &Detectors) -> Vec<KeyValue> {
    let executable = process::executable_name().map_or_else(String::new, |name| format!(":{name}"));
    let mut found = vec![
        KeyValue::new(SERVICE_NAME, format!("unknown_service{executable}")),
        KeyValue::new("service.instance.id", instance_id()),
        KeyValue::new("telemetry.sdk.name", "throughline"),
        KeyValue::new("telemetry.sdk.language", "rust"),
        KeyValue::new("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
    ];
    found.extend(detectors.find(&Surroundings::of_process()));
    found
}

/// A random UUID (RFC 9562, version 4).
pub(super) fn instance_id() -> String {
    let mut bytes = IdRng::unseeded().trace_id().to_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = crate::TraceId::from_bytes(bytes).to_string();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn of(given: Vec<KeyValue>) -> Resource {
        resource(given, &Detectors::default())
    }

    fn value<'a>(resource: &'a Resource, key: &str) -> Option<&'a Value> {
        let mut found = resource.attributes.iter().filter(|it| it.key == key);
        let first = found.next();
        assert!(found.next().is_none(), "{key} is there twice");
        first.map(|it| &it.value)
    }

    #[test]
    fn given_attributes_win_and_the_last_of_a_key_counts() {
        let given = vec![
            KeyValue::new("service.name", "env"),
            KeyValue::new("os.type", "mine"),
            KeyValue::new("service.name", "code"),
        ];
        let resource = of(given);
        assert_eq!(value(&resource, "service.name"), Some(&"code".into()));
        assert_eq!(value(&resource, "os.type"), Some(&"mine".into()));
        assert_eq!(value(&resource, "telemetry.sdk.name"), Some(&"throughline".into()));
    }

    #[test]
    fn an_attribute_without_a_value_leaves_its_key_out_but_a_service_has_a_name() {
        let none = Value::Empty;
        let given = vec![
            KeyValue::new("process.pid", none.clone()),
            KeyValue::new("", "no key"),
            KeyValue::new("service.name", "first"),
            KeyValue::new("service.name", none.clone()),
            KeyValue::new("service.name", " "),
        ];
        let resource = of(given);
        assert_eq!((value(&resource, "process.pid"), value(&resource, "")), (None, None));
        assert_eq!(value(&resource, "service.name"), Some(&"first".into()));
        let name = |given| format!("{:?}", value(&of(given), "service.name"));
        assert!(name(vec![KeyValue::new("service.name", none)]).contains("unknown_service:"));
    }

    #[test]
    fn detection_takes_less_than_5_ms() {
        let time = |_| {
            let begun = Instant::now();
            assert!(of(Vec::new()).attributes.len() > 10);
            begun.elapsed()
        };
        let least = (0..20).map(time).min().expect("some runs");
        assert!(least < Duration::from_millis(5), "{least:?}");
        println!("detected in {least:?}");
    }

    #[test]
    fn many_attributes_are_put_together_in_no_time() {
        let keys = (0..10_000).chain(5_000..10_000);
        let given: Vec<_> = keys.map(|n| KeyValue::new(format!("key.{n}"), n)).collect();
        let begun = Instant::now();
        let resource = of(given);
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        assert!(resource.attributes.len() > 10_000);
        assert_eq!(value(&resource, "key.9999"), Some(&9_999.into()));
    }

    #[test]
    fn an_instance_id_is_a_version_4_uuid() {
        let id = instance_id();
        assert_eq!((id.len(), &id[14..15]), (36, "4"), "{id}");
        assert!("89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, instance_id());
    }
}
