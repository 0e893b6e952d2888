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
    /// Reads a member strictly.
    pub(super) fn read(text: &'a str) -> Result<Self, BaggageError> {
        let member = Member::split(trim(text));
        let pair = member.text.split(';').next().unwrap_or_default();
        if !pair.contains('=') || !is_token(member.name) {
            return Err(BaggageError(Reason::Name));
        }
        if !is_value(member.value) {
            return Err(BaggageError(Reason::Value));
        }
        let has_properties = member.text.contains(';');
        if has_properties && !member.properties.split(';').all(is_property) {
            return Err(BaggageError(Reason::Properties));
        }
        Ok(member)
    }

    /// Checks a name that is to be put before a `=`.
    pub(super) fn check_name(name: &str) -> Result<(), BaggageError> {
        if is_token(name) { Ok(()) } else { Err(BaggageError(Reason::Name)) }
    }

    /// Takes a member apart that was read before.
    pub(super) fn split(text: &'a str) -> Self {
        let (pair, properties) = text.split_once(';').unwrap_or((text, ""));
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Member { text, name: trim(name), value: trim(value), properties: trim(properties) }
    }

    /// The member without optional white space.
    pub(super) fn canonical(&self) -> Cow<'a, str> {
        if !self.text.contains([' ', '\t']) {
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
pub(super) const fn is_value_byte(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'+' | b'-'..=b':' | b'<'..=b'[' | b']'..=b'~')
}

fn is_value(text: &str) -> bool {
    text.bytes().all(is_value_byte)
}

fn is_property(text: &str) -> bool {
    let (key, value) = text.split_once('=').map_or((text, ""), |(key, value)| (key, value));
    is_token(trim(key)) && is_value(trim(value))
}

/// A token of RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    const MARKS: &[u8] = b"!#$%&'*+-.^_`|~";
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || MARKS.contains(&byte))
}

fn trim(text: &str) -> &str {
    // Cutting spaces and tabs leaves UTF-8 whole.
    std::str::from_utf8(trim_ows(text.as_bytes())).unwrap_or_default()
}
