//! `HashMap<String, String>` as a carrier, its keys compared without regard to case.

use super::{Extract, Inject};
use std::collections::HashMap;
use std::hash::BuildHasher;

impl<S: BuildHasher> Inject for HashMap<String, String, S> {
    fn set(&mut self, key: &str, value: &str) {
        self.unset(key);
        self.insert(key.to_owned(), value.to_owned());
    }

    fn unset(&mut self, key: &str) {
        self.retain(|name, _| !name.eq_ignore_ascii_case(key));
    }
}

impl<S: BuildHasher> Extract for HashMap<String, String, S> {
    fn each_value<'a>(&'a self, key: &str, each: &mut dyn FnMut(&'a [u8])) {
        for (_, value) in self.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key)) {
            each(value.as_bytes());
        }
    }

    fn each_name<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.keys().for_each(|name| each(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values<'a>(map: &'a HashMap<String, String>, key: &str) -> Vec<&'a [u8]> {
        let mut found = Vec::new();
        map.each_value(key, &mut |value| found.push(value));
        found
    }

    #[test]
    fn keys_are_found_and_replaced_in_any_case() {
        let mut map =
            HashMap::from([("TraceParent".to_owned(), "1".to_owned()), ("a".to_owned(), "x".to_owned())]);
        assert_eq!(values(&map, "traceparent"), [b"1"]);
        map.set("traceparent", "2");
        assert_eq!((values(&map, "traceparent"), map.len()), (vec![&b"2"[..]], 2));
        map.unset("A");
        let mut keys = Vec::new();
        map.each_name(&mut |key| keys.push(key));
        assert_eq!(keys, ["traceparent"]);
    }

    #[test]
    fn two_spellings_of_a_key_are_two_values() {
        let map = HashMap::from([("A".to_owned(), "1".to_owned()), ("a".to_owned(), "2".to_owned())]);
        assert_eq!(values(&map, "a").len(), 2);
    }
}
