//! `Env`: the environment variables, read with the specification's rules.
//!
//! An empty variable is unset. A bad number or name is told in a warning and ignored; a bad endpoint, header list or
//! resource list is an error, since what it stands for cannot be guessed.

use crate::error::Error;
use crate::export::without_secrets;
use crate::resource::parse_pairs;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

type LookUp = Box<dyn Fn(&str) -> Option<String>>;

/// A view of the environment that remembers what was read, and what was wrong with it.
pub(crate) struct Env {
    look_up: LookUp,
    pub(crate) warnings: Vec<String>,
    /// `VARIABLE=value` for all that was taken, secrets left out.
    pub(crate) taken: Vec<String>,
}

// === impl Env ===

impl Env {
    /// The process's own environment.
    pub(crate) fn of_process() -> Self {
        Env::new(|name| std::env::var(name).ok())
    }

    pub(crate) fn new(look_up: impl Fn(&str) -> Option<String> + 'static) -> Self {
        Env { look_up: Box::new(look_up), warnings: Vec::new(), taken: Vec::new() }
    }

    /// The value of the first of these variables that is set and not empty, with its name.
    pub(crate) fn first(&mut self, names: &[&'static str]) -> Option<(&'static str, String)> {
        let found = names.iter().find_map(|name| {
            let value = (self.look_up)(name)?;
            let trimmed = value.trim();
            (!trimmed.is_empty()).then(|| (*name, trimmed.to_owned()))
        })?;
        let shown = match found.0 {
            name if name.ends_with("HEADERS") => "...".to_owned(),
            name if name.ends_with("ENDPOINT") => without_secrets(&found.1),
            _ => found.1.clone(),
        };
        self.taken.push(format!("{}={shown}", found.0));
        Some(found)
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        self.first(&[name]).map(|(_, value)| value)
    }

    /// A whole number.
    pub(crate) fn number<T: FromStr>(&mut self, names: &[&'static str]) -> Option<T> {
        let (name, value) = self.first(names)?;
        let number = value.parse().ok();
        if number.is_none() {
            self.ignore(name, &value, "it is not a whole number of the right size");
        }
        number
    }

    /// A time in whole milliseconds.
    pub(crate) fn millis(&mut self, names: &[&'static str]) -> Option<Duration> {
        self.number(names).map(Duration::from_millis)
    }

    /// `true` in any case; anything else is false.
    pub(crate) fn truth(&mut self, name: &'static str) -> bool {
        let Some(value) = self.text(name) else { return false };
        let truth = value.eq_ignore_ascii_case("true");
        if !truth && !value.eq_ignore_ascii_case("false") {
            self.warn(name, &value, "it is neither true nor false", "false");
        }
        truth
    }

    /// `key=value,...` pairs.
    pub(crate) fn pairs(&mut self, names: &[&'static str]) -> Result<Vec<(String, String)>, Error> {
        let Some((name, value)) = self.first(names) else { return Ok(Vec::new()) };
        let shown = if name.ends_with("HEADERS") { "(not shown)" } else { value.as_str() };
        parse_pairs(&value)
            .map_err(|reason| {
                // The reason quotes the bad pair, which in headers may be a secret.
                let reason = if name.ends_with("HEADERS") {
                    "a pair is not a percent-coded key=value".into()
                } else {
                    reason
                };
                Error::config(name, shown, reason)
            })
            .and_then(|pairs| match name.ends_with("HEADERS") && !pairs.iter().all(is_header) {
                true => Err(Error::config(name, shown, "a pair is not a header's name and value")),
                false => Ok(pairs),
            })
    }

    /// Warns that a value is not used, and that it is as if the variable were unset.
    pub(crate) fn ignore(&mut self, name: &str, value: &str, reason: impl Display) {
        self.warn(name, value, reason, "the default");
    }

    pub(crate) fn warn(&mut self, name: &str, value: &str, reason: impl Display, instead: &str) {
        self.warnings.push(format!("{name}={value:?} is ignored: {reason}; {instead} is used instead"));
    }
}

fn is_header((name, value): &(String, String)) -> bool {
    http::HeaderName::try_from(name).is_ok() && http::HeaderValue::try_from(value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &'static [(&str, &str)]) -> Env {
        Env::new(move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn empty_is_unset_and_the_first_that_is_set_counts() {
        let mut env = env(&[("A", " "), ("B", " b ")]);
        assert_eq!(env.first(&["A", "B"]), Some(("B", "b".to_owned())));
        assert_eq!(env.text("A"), None);
        assert_eq!(env.taken, ["B=b"]);
    }

    #[test]
    fn bad_values_are_told_and_ignored() {
        let mut env = env(&[("N", "10s"), ("T", "yes"), ("U", "TRUE"), ("M", "250")]);
        assert_eq!(env.millis(&["N"]), None);
        assert_eq!(env.millis(&["M"]), Some(Duration::from_millis(250)));
        assert!(!env.truth("T"));
        assert!(env.truth("U"));
        assert_eq!(
            env.warnings,
            [
                "N=\"10s\" is ignored: it is not a whole number of the right size; the default is used instead",
                "T=\"yes\" is ignored: it is neither true nor false; false is used instead",
            ]
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let mut env = env(&[("X_HEADERS", "api-key:hunter2")]);
        let error = env.pairs(&["X_HEADERS"]).expect_err("no =");
        assert!(error.to_string().contains("X_HEADERS") && !error.to_string().contains("hunter2"), "{error}");
        assert_eq!(env.taken, ["X_HEADERS=..."]);
    }
}
