//! What variables hold: numbers, times, switches, names, lists, pairs (OpenTelemetry specification, "Configuration
//! types").

use super::Env;
use crate::error::Error;
use crate::resource::parse_pairs;
use std::time::Duration;

/// No list has a use for more names.
const MOST_ITEMS: usize = 100;

// === impl Env ===

impl Env {
    /// A whole number.
    pub(crate) fn number(&mut self, names: &[&'static str], default: &str) -> Option<usize> {
        self.read(names, default, whole)
    }

    /// A whole number of at least 1.
    pub(crate) fn positive(&mut self, name: &'static str, default: &str) -> Option<usize> {
        let parse = |text: &str| match whole(text)? {
            0 => Err("it must be at least 1".to_owned()),
            number => Ok(number),
        };
        self.read(&[name], default, parse)
    }

    /// A time in whole milliseconds.
    pub(crate) fn millis(&mut self, names: &[&'static str], default: Duration) -> Option<Duration> {
        let parse = |text: &str| {
            let wrong = |_| "it is not a whole number of milliseconds".to_owned();
            text.parse().map(Duration::from_millis).map_err(wrong)
        };
        self.read(names, &default.as_millis().to_string(), parse)
    }

    /// `true` in any case; anything else is false.
    pub(crate) fn truth(&mut self, names: &[&'static str]) -> bool {
        let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("it is neither true nor false".to_owned()),
        };
        let Some((name, value)) = self.first(names) else { return false };
        parse(&value).unwrap_or_else(|reason| {
            self.warn(name, &value, reason, "false");
            false
        })
    }

    /// The names of a comma-separated list in lower case, each once, of the first 100; `None` if there are none.
    pub(crate) fn list(&mut self, name: &'static str) -> Option<Vec<String>> {
        let mut list: Vec<String> = Vec::new();
        let text = self.text(name)?;
        for item in text.split(',').take(MOST_ITEMS).map(|item| item.trim().to_ascii_lowercase()) {
            if !item.is_empty() && !list.contains(&item) {
                list.push(item);
            }
        }
        (!list.is_empty()).then_some(list)
    }

    /// `name=value,...`, percent-coded, of the first variable that is set. Of a name that is there twice the last value
    /// counts.
    ///
    /// # Errors
    /// One bad pair: a request without its API key would only be refused.
    pub(crate) fn headers(&mut self, names: &[&'static str]) -> Result<Vec<(String, String)>, Error> {
        let Some((name, value)) = self.first(names) else { return Ok(Vec::new()) };
        // The reason would quote the bad pair, which may be a secret.
        let wrong = |reason| Error::config(name, "(not shown)", reason);
        let pairs = parse_pairs(&value).map_err(|_| wrong("a pair is not a percent-coded key=value"))?;
        if !pairs.iter().all(is_header) {
            return Err(wrong("a pair is not a header's name and value"));
        }
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value) in pairs {
            headers.retain(|(before, _)| !before.eq_ignore_ascii_case(&name));
            headers.push((name, value));
        }
        Ok(headers)
    }

    /// `key=value,...`, percent-coded. One bad pair discards all.
    pub(crate) fn pairs(&mut self, name: &'static str) -> Vec<(String, String)> {
        self.read(&[name], "none of it", parse_pairs).unwrap_or_default()
    }

    /// Warns if a variable is set that means nothing here yet.
    pub(crate) fn not_built(&mut self, name: &'static str, reason: &str, instead: &str) {
        if let Some(value) = self.text(name) {
            self.warn(name, &value, reason, instead);
        }
    }
}

fn whole(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "it is not a whole number of the right size".to_owned())
}

fn is_header((name, value): &(String, String)) -> bool {
    http::HeaderName::try_from(name).is_ok() && http::HeaderValue::try_from(value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_values_are_told_with_what_is_used_instead() {
        let mut env = Env::with(&[("N", "10s"), ("T", "yes"), ("U", "TRUE"), ("M", "250"), ("Z", "0")]);
        let second = Duration::from_secs(1);
        assert_eq!(env.millis(&["N"], second), None);
        assert_eq!(env.millis(&["M"], second), Some(Duration::from_millis(250)));
        assert_eq!(env.positive("Z", "512"), None);
        assert_eq!((env.truth(&["T"]), env.truth(&["U"]), env.truth(&["V"])), (false, true, false));
        assert_eq!(
            env.warnings,
            [
                "N=\"10s\" is ignored: it is not a whole number of milliseconds; 1000 is used instead",
                "Z=\"0\" is ignored: it must be at least 1; 512 is used instead",
                "T=\"yes\" is ignored: it is neither true nor false; false is used instead",
            ]
        );
    }

    #[test]
    fn a_list_has_each_name_once() {
        let mut env = Env::with(&[("L", " A, b ,,a"), ("E", " , ")]);
        assert_eq!(env.list("L"), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(env.list("E"), None);
    }

    #[test]
    fn secrets_are_not_shown() {
        let mut env = Env::with(&[("X_HEADERS", "api-key:hunter2")]);
        let error = env.headers(&["X_HEADERS"]).expect_err("no =");
        assert!(error.to_string().contains("X_HEADERS") && !error.to_string().contains("hunter2"), "{error}");
        assert_eq!(env.taken, ["X_HEADERS=..."]);
    }

    #[test]
    fn headers_are_decoded_and_each_name_is_there_once() {
        let list = " x-a = 1 ,,X-Key=first,b=a%2Cb%3D%25%20c,x-key=last==, empty= ,é=1";
        let mut env = Env::with(&[("X_HEADERS", list.trim_end_matches(",é=1")), ("Y_HEADERS", list)]);
        let headers = env.headers(&["X_HEADERS"]).expect("valid");
        let expected = [("x-a", "1"), ("b", "a,b=% c"), ("x-key", "last=="), ("empty", "")];
        assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(env.headers(&["Y_HEADERS"]).is_err(), "no header has such a name");
    }

    #[test]
    fn one_bad_pair_discards_all_of_them() {
        let mut env = Env::with(&[("P", "a=1,b")]);
        assert!(env.pairs("P").is_empty());
        assert_eq!(env.warnings, ["P=\"a=1,b\" is ignored: \"b\" has no \"=\"; none of it is used instead"]);
    }
}
