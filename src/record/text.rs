//! Text of a value: formatted once, cut at the limit, safe from a `Debug` that panics.

use super::caught::caught;
use std::fmt::{self, Write};

/// What stands for a value whose `Debug` or `Display` panicked.
pub(crate) const PANICKED: &str = "<panicked while it was formatted>";

/// The first `limit` characters of `text`.
#[inline]
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    text.char_indices().nth(limit).map_or(text, |(at, _)| &text[..at])
}

/// Appends the text of `value` to `out`, up to `limit` characters.
///
/// The program's own code runs here: it may log (no lock is held), it may panic (caught, told in the value), and
/// it may produce any amount of text (only what is kept is stored).
pub(crate) fn format(out: &mut Vec<u8>, limit: usize, value: &dyn fmt::Debug) {
    let start = out.len();
    let written = caught(|| match limit {
        usize::MAX => write!(Whole(out), "{value:?}"),
        _ => write!(Bounded { out, left: limit }, "{value:?}"),
    });
    // An error of `fmt` is the value's own doing: what it wrote before stays.
    if written.is_none() {
        out.truncate(start);
        out.extend_from_slice(cut(PANICKED, limit).as_bytes());
    }
}

/// As [`format`], into a string of its own.
pub(crate) fn formatted(limit: usize, value: &dyn fmt::Debug) -> String {
    let mut bytes = Vec::new();
    format(&mut bytes, limit, value);
    // Only whole strings were written.
    String::from_utf8(bytes).unwrap_or_default()
}

struct Whole<'a>(&'a mut Vec<u8>);

impl fmt::Write for Whole<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

struct Bounded<'a> {
    out: &'a mut Vec<u8>,
    left: usize,
}

impl fmt::Write for Bounded<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // No error once it is full: some implementations of Debug unwrap.
        let kept = cut(text, self.left);
        self.left -= kept.chars().count();
        self.out.extend_from_slice(kept.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("aé漢🦀z", 3), "aé漢");
        assert_eq!(cut("aé漢🦀z", 5), "aé漢🦀z");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(formatted(4, &"aé漢🦀z"), "\"aé漢");
        assert_eq!(formatted(usize::MAX, &vec![1, 2]), "[1, 2]");
    }

    #[test]
    fn a_value_that_panics_says_so() {
        struct Bad;
        impl fmt::Debug for Bad {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("half")?;
                panic!("no Debug today")
            }
        }
        assert_eq!(formatted(usize::MAX, &Bad), PANICKED);
        assert_eq!(formatted(9, &Bad), "<panicked");
    }
}
