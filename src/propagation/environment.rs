//! `Environment`: environment variables as a carrier: this process's for reading, a child's for writing.
//!
//! A header's name becomes the variable's in upper case, each `-` an `_` (OpenTelemetry, "Environment Variables as
//! Context Propagation Carriers"): `TRACEPARENT`, `TRACESTATE`, `BAGGAGE`.

use super::{Extract, Inject};
use std::ffi::OsString;
use std::process::Command;

/// A copy of environment variables, to extract a context from that a parent process has set.
///
/// ```
/// use throughline::propagation::{self, Environment};
///
/// let parent = propagation::extract(&Environment::of_process());
/// # assert!(!parent.is_valid());
/// ```
///
/// The other way round, a [`Command`] is a carrier to inject into:
///
/// ```
/// let mut child = std::process::Command::new("backup");
/// throughline::propagation::inject(&mut child);
/// ```
#[derive(Clone, Default)]
pub struct Environment(Vec<(String, Vec<u8>)>);

// === impl Environment ===

impl Environment {
    /// The variables that this process has now. Names that are not UTF-8 are left out.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os().collect()
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let text = |(name, value): (K, V)| {
            Some((name.into().into_string().ok()?, value.into().into_encoded_bytes()))
        };
        Environment(variables.into_iter().filter_map(text).collect())
    }
}

impl Extract for Environment {
    fn each_value<'a>(&'a self, key: &str, each: &mut dyn FnMut(&'a [u8])) {
        for (_, value) in self.0.iter().filter(|(name, _)| is_name_of(name, key)) {
            each(value);
        }
    }

    fn each_name<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.0.iter().for_each(|(name, _)| each(name));
    }
}

impl std::fmt::Debug for Environment {
    /// Without names and values: both may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").field("variables", &self.0.len()).finish()
    }
}

impl Inject for Command {
    /// A value with a NUL, which no variable can hold, is dropped.
    fn set(&mut self, key: &str, value: &str) {
        if !value.contains('\0') && is_settable(key) {
            self.env(variable(key), value);
        }
    }

    fn unset(&mut self, key: &str) {
        if is_settable(key) {
            self.env_remove(variable(key));
        }
    }
}

/// The variable that a header becomes.
fn variable(key: &str) -> String {
    key.chars().map(upper).collect()
}

fn is_name_of(variable: &str, key: &str) -> bool {
    variable.len() == key.len() && variable.chars().eq(key.chars().map(upper))
}

fn upper(c: char) -> char {
    if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }
}

/// `Command` panics later, at its start, where a name is empty.
fn is_settable(key: &str) -> bool {
    !key.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_variable_in_upper_case() {
        let environment: Environment =
            [("TRACEPARENT", "1"), ("traceparent", "2"), ("X_B3_SPANID", "3")].into_iter().collect();
        let value = |key| {
            let mut found = Vec::new();
            environment.each_value(key, &mut |value| found.push(value));
            found
        };
        assert_eq!(value("traceparent"), [b"1"], "names differ by case");
        assert_eq!(value("x-b3-spanid"), [b"3"]);
        assert!(value("baggage").is_empty());
        assert_eq!(format!("{environment:?}"), "Environment { variables: 3 }");
    }

    #[test]
    fn a_child_gets_variables_and_loses_stale_ones() {
        let mut child = Command::new("true");
        child.set("traceparent", "1");
        child.set("x-b3-spanid", "2");
        child.set("baggage", "a\0b");
        child.set("", "x");
        child.unset("tracestate");
        let set: Vec<_> =
            child.get_envs().map(|(name, value)| (name.to_str(), value.and_then(|v| v.to_str()))).collect();
        let expected = [("TRACEPARENT", Some("1")), ("TRACESTATE", None), ("X_B3_SPANID", Some("2"))];
        assert_eq!(set, expected.map(|(name, value)| (Some(name), value)));
    }
}
