//! `Env`: what is set, what of it was taken, and what was wrong with it.

use super::known;
use crate::export::without_secrets;
use std::ffi::OsString;
use std::fmt::Display;

/// Of a value so much is shown.
const SHOWN: usize = 200;
/// And of a warning so much, whatever it quotes.
const LONGEST: usize = 1000;
/// So many warnings are kept.
const MOST: usize = 100;
/// So many names are looked at for near misses.
const MOST_NAMES: usize = 200;

type LookUp = Box<dyn Fn(&str) -> Option<OsString>>;

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
        let mut env = Env::new(|name| std::env::var_os(name));
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        env.tell_near_misses(names);
        env
    }

    pub(crate) fn new(look_up: impl Fn(&str) -> Option<OsString> + 'static) -> Self {
        Env { look_up: Box::new(look_up), warnings: Vec::new(), taken: Vec::new() }
    }

    /// Only these variables are set.
    #[cfg(test)]
    pub(crate) fn with(pairs: &[(&str, &str)]) -> Self {
        let pairs: Vec<(String, OsString)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let mut env = Env::new(|_| None);
        env.tell_near_misses(pairs.iter().map(|(name, _)| name.clone()));
        let of = move |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        env.look_up = Box::new(of);
        env
    }

    /// The value of a variable that is set and not empty.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        let text = match (self.look_up)(name)?.into_string() {
            Ok(text) => text,
            Err(bytes) => {
                let shown = shown(name, &bytes.to_string_lossy());
                self.tell(format!(
                    "{name}={shown:?} is ignored: it is not valid UTF-8; it counts as not set"
                ));
                return None;
            }
        };
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let taken = format!("{name}={}", shown(name, text));
        if !self.taken.contains(&taken) {
            self.taken.push(taken);
        }
        Some(text.to_owned())
    }

    /// The value of the first of these variables that is set and not empty, with its name.
    pub(crate) fn first(&mut self, names: &[&'static str]) -> Option<(&'static str, String)> {
        names.iter().find_map(|name| Some((*name, self.text(name)?)))
    }

    /// What the first of these variables says that is set and can be read. The others that are set before it are
    /// told, with what is used instead: a later one, or `default`.
    pub(crate) fn read<T>(
        &mut self,
        names: &[&'static str],
        default: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (mut bad, mut instead, mut found) = (Vec::new(), default.to_owned(), None);
        for name in names {
            let Some(value) = self.text(name) else { continue };
            match parse(&value) {
                Ok(read) => {
                    instead = format!("{name}={}", shown(name, &value));
                    found = Some(read);
                    break;
                }
                Err(reason) => bad.push((*name, value, reason)),
            }
        }
        bad.into_iter().for_each(|(name, value, reason)| self.warn(name, &value, reason, &instead));
        found
    }

    /// Warns that a value is not used, and of what is used instead.
    pub(crate) fn warn(&mut self, name: &str, value: &str, reason: impl Display, instead: &str) {
        let shown = shown(name, value);
        let not_taken = format!("{name}={shown}");
        self.taken.retain(|taken| *taken != not_taken);
        self.tell(format!("{name}={shown:?} is ignored: {reason}; {instead} is used instead"));
    }

    /// Warns once: a general variable is read for each signal and limit that has none of its own.
    pub(crate) fn tell(&mut self, warning: String) {
        let warning = cut(&warning, LONGEST);
        if self.warnings.len() < MOST && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    fn tell_near_misses(&mut self, names: impl Iterator<Item = String>) {
        let ours = names.filter(|name| name.starts_with("OTEL_") || name.starts_with("THROUGHLINE_"));
        for name in ours.take(MOST_NAMES) {
            if let Some(meant) = known::meant_by(&name) {
                self.tell(format!("{name} is ignored: there is no such variable; did you mean {meant}?"));
            }
        }
    }
}

/// A value as it may stand in a log line.
fn shown(name: &str, value: &str) -> String {
    match name {
        _ if name.ends_with("HEADERS") => "...".to_owned(),
        _ if name.ends_with("ENDPOINT") || name.ends_with("SAMPLER_ARG") => {
            cut(&without_secrets(value), SHOWN)
        }
        _ => cut(value, SHOWN),
    }
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_is_unset_and_the_first_that_is_set_counts() {
        let mut env = Env::with(&[("A", " "), ("B", " b ")]);
        assert_eq!(env.first(&["A", "B"]), Some(("B", "b".to_owned())));
        assert_eq!(env.text("A"), None);
        assert_eq!(env.taken, ["B=b"]);
    }

    #[test]
    fn what_cannot_be_read_gives_way_to_the_next_and_is_told_once() {
        let number = |text: &str| text.parse::<u32>().map_err(|_| "no number".to_owned());
        let mut env = Env::with(&[("OWN", "many"), ("GENERAL", "5")]);
        assert_eq!(env.read(&["OWN", "GENERAL"], "128", number), Some(5));
        assert_eq!(env.read(&["OWN", "GENERAL"], "128", number), Some(5));
        assert_eq!(env.warnings, ["OWN=\"many\" is ignored: no number; GENERAL=5 is used instead"]);
        assert_eq!(env.taken, ["GENERAL=5"]);
        let mut env = Env::with(&[("OWN", "many")]);
        assert_eq!(env.read(&["OWN", "GENERAL"], "128", number), None);
        assert_eq!(env.warnings, ["OWN=\"many\" is ignored: no number; 128 is used instead"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_utf_8_is_told_and_secrets_are_not() {
        use std::os::unix::ffi::OsStringExt;
        let mut env = Env::new(|_| Some(OsString::from_vec(b"hunter2\xff".to_vec())));
        assert_eq!((env.text("X_HEADERS"), env.text("OTHER")), (None, None));
        let told = |shown: &str| format!("{shown} is ignored: it is not valid UTF-8; it counts as not set");
        assert_eq!(env.warnings, [told("X_HEADERS=\"...\""), told("OTHER=\"hunter2\u{fffd}\"")]);
    }

    #[test]
    fn credentials_in_a_url_are_not_shown() {
        let mut env = Env::with(&[
            ("X_ENDPOINT", "http://a:hunter2@h"),
            ("X_SAMPLER_ARG", "endpoint=http://a:hunter2@h/s,b=1"),
        ]);
        let _ = (env.text("X_ENDPOINT"), env.text("X_SAMPLER_ARG"));
        assert_eq!(env.taken, ["X_ENDPOINT=http://h", "X_SAMPLER_ARG=endpoint=http://h/s,b=1"]);
    }

    #[test]
    fn a_value_of_any_length_makes_a_line_of_bounded_length() {
        let long = "é".repeat(100_000);
        let mut env = Env::with(&[("A", &long), ("B_ENDPOINT", &long)]);
        for name in ["A", "B_ENDPOINT"] {
            let value = env.text(name).expect("it is set");
            env.warn(name, &value, "too long", "nothing");
        }
        assert!(env.taken.iter().chain(&env.warnings).all(|line| line.chars().count() < 300));
    }

    #[test]
    fn warnings_are_bounded_in_number_and_length() {
        let mut env = Env::with(&[]);
        (0..10_000).for_each(|n| env.tell(format!("{n} {}", "x".repeat(5000))));
        assert_eq!(env.warnings.len(), MOST);
        assert!(env.warnings.iter().all(|warning| warning.len() <= LONGEST + 3));
    }

    #[test]
    fn a_near_miss_is_told() {
        let env =
            Env::with(&[("OTEL_EXPORTER_OTLP_ENDPONT", "http://x"), ("OTEL_JAVAAGENT_ENABLED", "true")]);
        let told = "OTEL_EXPORTER_OTLP_ENDPONT is ignored: there is no such variable; did you mean \
                    OTEL_EXPORTER_OTLP_ENDPOINT?";
        assert_eq!(env.warnings, [told]);
    }
}
