//! Carriers: one that holds any bytes, one that takes nothing but what a header can hold.

use std::collections::BTreeMap;
use throughline::propagation::{Extract, Inject};

/// Headers whose values are any bytes.
pub(crate) struct Raw(Vec<(String, Vec<u8>)>);

/// Headers that were written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Written(BTreeMap<String, String>);

// === impl Raw ===

impl Raw {
    /// A line for each name; more lines begin with the first name again.
    pub(crate) fn new(names: &[&str], bytes: &[u8]) -> Raw {
        let values = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec);
        Raw(names.iter().cycle().map(|name| (*name).to_owned()).zip(values).collect())
    }
}

impl Extract for Raw {
    fn each_value<'a>(&'a self, key: &str, each: &mut dyn FnMut(&'a [u8])) {
        self.0.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key)).for_each(|(_, value)| each(value));
    }

    fn each_name<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.0.iter().for_each(|(name, _)| each(name));
    }
}

// === impl Written ===

impl Inject for Written {
    fn set(&mut self, key: &str, value: &str) {
        assert!(
            !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
        );
        assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{key}: {value:?}");
        assert!(value.len() <= 3 * 8192, "{key}: {}", value.len());
        self.0.insert(key.to_owned(), value.to_owned());
    }

    fn unset(&mut self, key: &str) {
        self.0.remove(key);
    }
}

impl Extract for Written {
    fn each_value<'a>(&'a self, key: &str, each: &mut dyn FnMut(&'a [u8])) {
        self.0.iter().filter(|(name, _)| *name == key).for_each(|(_, value)| each(value.as_bytes()));
    }

    fn each_name<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.0.keys().for_each(|name| each(name));
    }
}
