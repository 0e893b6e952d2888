//! `Member`: one member of a `baggage` header.
//!
//! The grammar (W3C Baggage, section 3.3.1; `token` and `OWS` are those of RFC 9110):
//!
//! ```abnf
//! list-member   = name OWS "=" OWS value *( OWS ";" OWS property )
//! name          = token
//! value         = *baggage-octet                 ; percent-coded
//! property      = token [ OWS "=" OWS value ]
//! baggage-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
//!                                                ; visible ASCII without `"`, `,`, `;` and `\`
//! ```

use super::ows::trim_ows;
use std::borrow::Cow;
use std::fmt;

/// A member whose parts are valid, borrowed from a header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'a> {
    /// All of it.
    pub(super) text: &'a str,
    pub(super) name: &'a str,
    /// Still percent-coded.
    pub(super) value: &'a str,
    /// Without the `;` before them.
    pub(super) properties: &'a str,
    /// Whether there may be white space in it.
    spaced: bool,
}

/// A member could not be put into baggage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BaggageError(Reason);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Name,
    Value,
    Properties,
    Full,
    CorrelationId,
    NoSpan,
}

// === impl Member ===

impl<'a> Member<'a> {
    /// Reads a member strictly, in one go over its bytes.
    pub(super) fn read(text: &'a [u8]) -> Result<Self, BaggageError> {
        let text = trim_ows(text);
        let name_end = run(text, 0, TOKEN);
        let equals = skip_ows(text, name_end);
        if name_end == 0 || text.get(equals) != Some(&b'=') {
            return Err(BaggageError(Reason::Name));
        }
        let value = skip_ows(text, equals + 1);
        let value_end = run(text, value, VALUE);
        let after = skip_ows(text, value_end);
        let properties = match text.get(after) {
            None => text.len(),
            Some(b';') if text[after + 1..].split(|byte| *byte == b';').all(is_property) => after + 1,
            Some(b';') => return Err(BaggageError(Reason::Properties)),
            Some(_) => return Err(BaggageError(Reason::Value)),
        };
        // What stands between the parts has been looked at: all of it is ASCII.
        let text = std::str::from_utf8(text).map_err(|_| BaggageError(Reason::Value))?;
        let spaced = name_end < equals || equals + 1 < value || value_end < after || properties < text.len();
        let (name, value) = (&text[..name_end], &text[value..value_end]);
        Ok(Member { text, name, value, properties: trim(&text[properties..]), spaced })
    }

    /// Checks a name that is to be put before a `=`.
    pub(super) fn check_name(name: &str) -> Result<(), BaggageError> {
        if is_token(name) { Ok(()) } else { Err(BaggageError(Reason::Name)) }
    }

    /// Takes a member apart that was read before and has no white space.
    pub(super) fn split(text: &'a str) -> Self {
        let (pair, properties) = text.split_once(';').unwrap_or((text, ""));
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Member { text, name, value, properties, spaced: false }
    }

    /// The member without optional white space.
    pub(super) fn canonical(&self) -> Cow<'a, str> {
        if !self.spaced {
            return Cow::Borrowed(self.text);
        }
        // White space is legal only where it is optional.
        Cow::Owned(self.text.replace([' ', '\t'], ""))
    }
}

// === impl BaggageError ===

impl BaggageError {
    pub(crate) const fn full() -> Self {
        BaggageError(Reason::Full)
    }

    pub(crate) const fn no_span() -> Self {
        BaggageError(Reason::NoSpan)
    }

    pub(crate) const fn correlation_id() -> Self {
        BaggageError(Reason::CorrelationId)
    }

    /// There is no room: 64 members, or 8,192 bytes.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0 == Reason::Full
    }

    /// There is no recorded span to put it on.
    #[must_use]
    pub fn is_no_span(&self) -> bool {
        self.0 == Reason::NoSpan
    }
}

impl fmt::Display for BaggageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Reason::Name => "a name of baggage must be a token: letters, digits and !#$%&'*+-.^_`|~",
            Reason::Value => "a coded value of baggage must be visible ASCII without \", `,`, `;` and \\",
            Reason::Properties => "a property of baggage must be `key` or `key=value`",
            Reason::Full => "baggage has at most 64 members and 8,192 bytes",
            Reason::CorrelationId => "a correlation id must be 1 to 128 visible ASCII characters",
            Reason::NoSpan => "baggage belongs to a span, and the thread is in none that is recorded",
        })
    }
}

impl std::error::Error for BaggageError {}

/// Whether a byte stands for itself in a value; `%` begins a coded one.
const fn is_value_byte(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'+' | b'-'..=b':' | b'<'..=b'[' | b']'..=b'~')
}

/// Whether we write a byte as it is. A `+` would be legal, but neighbours that decode as forms do take it for a blank.
pub(super) const fn is_plain(byte: u8) -> bool {
    is_value_byte(byte) && byte != b'+'
}

fn is_property(text: &[u8]) -> bool {
    let text = trim_ows(text);
    let key = run(text, 0, TOKEN);
    let equals = skip_ows(text, key);
    if key == 0 || !matches!(text.get(equals), None | Some(b'=')) {
        return false;
    }
    equals == text.len() || run(text, skip_ows(text, equals + 1), VALUE) == text.len()
}

/// Whether it is a token of RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && run(text.as_bytes(), 0, TOKEN) == text.len()
}

/// Where the bytes of this class that start at `start` end.
#[inline]
fn run(text: &[u8], start: usize, class: u8) -> usize {
    let mut at = start;
    while text.get(at).is_some_and(|byte| CLASSES[usize::from(*byte)] & class != 0) {
        at += 1;
    }
    at
}

#[inline]
fn skip_ows(text: &[u8], start: usize) -> usize {
    run(text, start, OWS)
}

/// Classes of bytes.
const TOKEN: u8 = 1;
const VALUE: u8 = 2;
const OWS: u8 = 4;

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let c = byte as u8;
        let mark = matches!(c, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        classes[byte] = if c.is_ascii_alphanumeric() || mark { TOKEN } else { 0 }
            | if is_value_byte(c) { VALUE } else { 0 }
            | if matches!(c, b' ' | b'\t') { OWS } else { 0 };
        byte += 1;
    }
    classes
};

fn trim(text: &str) -> &str {
    // Cutting spaces and tabs leaves UTF-8 whole.
    std::str::from_utf8(trim_ows(text.as_bytes())).unwrap_or_default()
}
