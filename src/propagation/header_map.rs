//! `http::HeaderMap` as a carrier.

use super::{Extract, Inject};
use http::{HeaderMap, HeaderName, HeaderValue};

/// A name that need not be parsed, nor allocated, at every call; and a bit for it.
macro_rules! usual {
    ($($bit:literal $name:literal)*) => {
        pub(super) fn usual(key: &str) -> Option<(&'static HeaderName, u32)> {
            match key {
                $($name => {
                    static NAME: HeaderName = HeaderName::from_static($name);
                    Some((&NAME, 1 << $bit))
                })*
                _ => None,
            }
        }
    };
}

usual! {
    0 "traceparent" 1 "tracestate" 2 "baggage" 3 "b3"
    4 "x-b3-traceid" 5 "x-b3-spanid" 6 "x-b3-parentspanid" 7 "x-b3-sampled" 8 "x-b3-flags"
    9 "uber-trace-id" 10 "x-amzn-trace-id"
    11 "x-datadog-trace-id" 12 "x-datadog-parent-id" 13 "x-datadog-sampling-priority" 14 "x-datadog-origin"
    15 "x-datadog-tags" 16 "x-correlation-id" 17 "x-request-id"
}

impl Inject for HeaderMap {
    fn set(&mut self, key: &str, value: &str) {
        let name = usual(key).map(|(name, _)| name.clone()).or_else(|| HeaderName::try_from(key).ok());
        if let (Some(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            // Not `insert`, which panics when the map is full.
            let _ = self.try_insert(name, value);
        }
    }

    fn unset(&mut self, key: &str) {
        match usual(key) {
            Some((name, _)) => self.remove(name),
            None => self.remove(key),
        };
    }
}

impl Extract for HeaderMap {
    fn each_value<'a>(&'a self, key: &str, each: &mut dyn FnMut(&'a [u8])) {
        let values = match usual(key) {
            Some((name, _)) => self.get_all(name),
            None => self.get_all(key),
        };
        values.iter().for_each(|value| each(value.as_bytes()));
    }

    fn each_name<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.keys().for_each(|name| each(name.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(map: &HeaderMap, key: &str) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        map.each_value(key, &mut |value| found.push(value.to_vec()));
        found
    }

    #[test]
    fn all_values_are_seen_in_order_even_those_that_are_not_text() {
        let mut map = HeaderMap::new();
        map.append("tracestate", HeaderValue::from_static("a=1"));
        map.append("TraceState", HeaderValue::from_bytes(b"\xff").expect("allowed"));
        map.append("other", HeaderValue::from_static("x"));
        assert_eq!(values(&map, "tracestate"), [b"a=1".to_vec(), b"\xff".to_vec()]);
        let mut keys = Vec::new();
        map.each_name(&mut |key| keys.push(key));
        assert_eq!(keys, ["tracestate", "other"]);
    }

    #[test]
    fn setting_replaces_every_value_and_what_is_no_header_is_dropped() {
        let mut map = HeaderMap::new();
        map.append("traceparent", HeaderValue::from_static("1"));
        map.append("traceparent", HeaderValue::from_static("2"));
        map.set("traceparent", "3");
        map.set("not a name", "x");
        map.set("other", "line\nbreak");
        assert_eq!((values(&map, "traceparent"), map.len()), (vec![b"3".to_vec()], 1));
        assert!(values(&map, "not a name").is_empty());
        map.unset("traceparent");
        map.unset("not a name");
        assert!(map.is_empty());
    }
}
