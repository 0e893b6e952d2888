//! `Exception`: what is said of an error: its message, its type where that can be told, its chain of sources.

use super::caught::caught;
use super::text;
use std::error::Error;
use std::fmt;

/// Sources past this many are not followed: a chain may be a ring.
const MAX_SOURCES: usize = 32;
/// A `Debug` form is looked at this far for a type.
const TYPE_LOOK: usize = 128;

/// The `exception.*` attributes of an error (semantic conventions, "Exceptions").
#[derive(Debug)]
pub(crate) struct Exception {
    message: String,
    kind: Option<String>,
    chain: String,
}

// === impl Exception ===

impl Exception {
    pub(crate) fn of(error: &(dyn Error + 'static), limit: usize) -> Exception {
        let message = text::formatted(limit, &Shown(error));
        let debug = text::formatted(TYPE_LOOK, &error);
        let (mut chain, mut source) = (String::new(), source_of(error));
        for _ in 0..MAX_SOURCES {
            let Some(cause) = source else { break };
            chain.push_str(if chain.is_empty() { "caused by: " } else { "\ncaused by: " });
            chain.push_str(&text::formatted(limit, &Shown(cause)));
            source = source_of(cause);
        }
        let kind = match error.is::<std::io::Error>() {
            // Its Debug form is that of what is inside.
            true => Some("std::io::Error"),
            false => type_of(&debug, &message),
        };
        let kind = kind.map(str::to_owned);
        Exception { message, kind, chain }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Keys and values of those that are known.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let chain = Some(self.chain.as_str()).filter(|chain| !chain.is_empty());
        let all = [
            ("exception.message", Some(self.message.as_str())),
            ("exception.type", self.kind.as_deref()),
            ("exception.stacktrace", chain),
        ];
        all.into_iter().filter_map(|(key, value)| Some((key, value?)))
    }
}

/// The program's own code runs here too: a panic in it ends the chain.
fn source_of(error: &dyn Error) -> Option<&(dyn Error + 'static)> {
    caught(|| error.source()).unwrap_or_default()
}

/// The type that a derived `Debug` form starts with, as in `NotFound`, `Io(..)` or `Parse { .. }`.
///
/// anyhow's and eyre's reports start with the message instead, and some errors print themselves as a quoted
/// string: of those no type is known.
pub(crate) fn type_of<'a>(debug: &'a str, message: &str) -> Option<&'a str> {
    let end = debug.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(debug.len());
    let (name, rest) = debug.split_at(end);
    let last = name.rsplit("::").next().unwrap_or(name);
    let is_type = last.starts_with(|c: char| c.is_ascii_uppercase() || c == '_') && !name.starts_with(':');
    let is_derived = rest.is_empty() || rest.starts_with('(') || rest.starts_with(" {");
    let is_report = message.len() > name.len() && debug.starts_with(message);
    (is_type && is_derived && !is_report && !name.ends_with(':')).then_some(name)
}

/// The `Display` of an error where a `Debug` is asked for.
struct Shown<'a>(&'a dyn Error);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    enum Failure {
        Declined { card: &'static str },
        Ring,
    }

    impl fmt::Display for Failure {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Failure::Declined { card } => write!(f, "card {card} was declined"),
                Failure::Ring => f.write_str("a ring"),
            }
        }
    }

    impl Error for Failure {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            matches!(self, Failure::Ring).then_some(self)
        }
    }

    #[test]
    fn the_type_is_told_only_where_debug_gives_it() {
        assert_eq!(type_of("Declined { card: \"42\" }", "card 42 was declined"), Some("Declined"));
        assert_eq!(type_of("Io(Kind(NotFound))", "not found"), Some("Io"));
        assert_eq!(type_of("NotFound", "NotFound"), Some("NotFound"));
        assert_eq!(type_of("hyper::Error(Connect)", "refused"), Some("hyper::Error"));
        assert_eq!(type_of("note: (see below)", ""), None);
        assert_eq!(type_of("Failed to connect\n\nCaused by:\n    refused", "Failed to connect"), None);
        assert_eq!(type_of("\"quoted\"", "quoted"), None);
        assert_eq!(type_of("", ""), None);
    }

    #[test]
    fn a_chain_of_sources_that_is_a_ring_ends() {
        let exception = Exception::of(&Failure::Ring, usize::MAX);
        assert_eq!(exception.chain.lines().count(), MAX_SOURCES);
        let plain = Exception::of(&Failure::Declined { card: "42" }, usize::MAX);
        let attributes: Vec<_> = plain.attributes().collect();
        assert_eq!(
            attributes,
            [("exception.message", "card 42 was declined"), ("exception.type", "Declined")]
        );
    }
}
