//! `Pattern`: a text, or a glob.
//!
//! ```text
//! pattern = 1*( "*" / "?" / "\" ANY / other )
//! ```
//!
//! `*` fits any run of characters, none and slashes among them; `?` any one character; `\` takes the next character as it
//! is. Without these a pattern fits itself only. Case counts.

use std::fmt;

/// What a text is compared with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    text: String,
    /// What a text has to begin with: most are refused there.
    prefix: Vec<u8>,
    rest: Vec<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Byte(u8),
    One,
    Any,
}

// === impl Pattern ===

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, for the user.
    pub(crate) fn new(text: &str) -> Result<Pattern, String> {
        if text.is_empty() {
            return Err("an empty pattern fits nothing".to_owned());
        }
        let (mut prefix, mut rest, mut bytes) = (Vec::new(), Vec::new(), text.bytes());
        while let Some(byte) = bytes.next() {
            let part = match byte {
                b'*' => Part::Any,
                b'?' => Part::One,
                b'\\' => Part::Byte(bytes.next().ok_or_else(|| {
                    format!("the pattern {text:?} ends in \\, which takes the next character as it is")
                })?),
                other => Part::Byte(other),
            };
            match part {
                Part::Byte(byte) if rest.is_empty() => prefix.push(byte),
                // A second one adds nothing but time.
                Part::Any if rest.last() == Some(&Part::Any) => {}
                part => rest.push(part),
            }
        }
        Ok(Pattern { text: text.to_owned(), prefix, rest })
    }

    #[inline]
    pub(crate) fn fits(&self, text: &str) -> bool {
        self.fits_bytes(text.as_bytes())
    }

    #[inline]
    pub(crate) fn fits_bytes(&self, text: &[u8]) -> bool {
        match text.strip_prefix(&self.prefix[..]) {
            None => false,
            Some(text) if self.rest.is_empty() => text.is_empty(),
            Some(text) => fits_rest(&self.rest, text),
        }
    }
}

/// Of the places where a `*` may end only the last that was tried is kept: going back further would find nothing more. So
/// the time is bounded by the product of the lengths.
fn fits_rest(parts: &[Part], text: &[u8]) -> bool {
    let (mut part, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let step = match (parts.get(part), text.get(at)) {
            (None, None) => return true,
            (Some(Part::Any), _) => {
                part += 1;
                if part == parts.len() {
                    return true;
                }
                retry = Some((part, at));
                continue;
            }
            (Some(Part::Byte(wanted)), Some(byte)) if wanted == byte => 1,
            (Some(Part::One), Some(_)) => length_of_character(&text[at..]),
            _ => 0,
        };
        if step > 0 {
            (part, at) = (part + 1, at + step);
            continue;
        }
        match &mut retry {
            Some((after, from)) if *from < text.len() => {
                *from += 1;
                (part, at) = (*after, *from);
            }
            _ => return false,
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// Of the first character of a text in UTF-8: it and the bytes that continue it.
fn length_of_character(text: &[u8]) -> usize {
    1 + text[1..].iter().take_while(|byte| **byte & 0xc0 == 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pattern_fits_what_it_says() {
        for (pattern, fits, not) in [
            ("GET /a", &["GET /a"][..], &["get /a", "GET /a/", "GET /"][..]),
            ("GET *", &["GET ", "GET /a/b"], &["GET", "PUT /a"]),
            ("*health*", &["health", "/healthz", "a/health"], &["heal"]),
            ("/v?/x", &["/v1/x", "/vé/x"], &["/v/x", "/v12/x"]),
            ("a*b*c", &["abc", "abbc", "aXbYbc", "abcabc"], &["ab", "acb", "abcd"]),
            ("***", &["", "a"], &[]),
            (r"\*\?\\a", &[r"*?\a"], &["xya", r"*?\"]),
            ("/{*path}", &["/{*path}", "/{xpath}"], &["/path"]),
            ("é", &["é"], &["è"]),
        ] {
            let read = Pattern::new(pattern).expect("a pattern");
            fits.iter().for_each(|text| assert!(read.fits(text), "{pattern} {text}"));
            not.iter().for_each(|text| assert!(!read.fits(text), "{pattern} {text}"));
        }
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        assert_eq!(Pattern::new("").expect_err("empty"), "an empty pattern fits nothing");
        let told = Pattern::new("a\\").expect_err("it ends too early");
        assert!(told.starts_with("the pattern \"a\\\\\" ends in \\"), "{told}");
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = Pattern::new(&"*a".repeat(100)).expect("a pattern");
        assert!(!pattern.fits(&format!("{}b", "a".repeat(10_000))));
    }

    /// The plain definition.
    fn fits(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|at| fits(rest, &text[at..])),
            Some(('?', rest)) => text.split_first().is_some_and(|(_, text)| fits(rest, text)),
            Some((c, rest)) => text.split_first().is_some_and(|(d, text)| c == d && fits(rest, text)),
        }
    }

    proptest! {
        #[test]
        fn it_fits_what_the_plain_definition_fits(pattern in "[ab*?é]{1,8}", text in "[abé]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = fits(&chars(&pattern), &chars(&text));
            prop_assert_eq!(Pattern::new(&pattern).expect("no escapes").fits(&text), expected);
        }
    }
}
