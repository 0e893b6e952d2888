//! `CorrelationId`: the user's own name for a request, on every span and line of its trace.

use super::hex;
use crate::record::local;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

/// The key of the baggage member and of the attribute of spans and log records.
pub(crate) const KEY: &str = "correlation.id";
/// The name on log lines.
pub(crate) const LINE_KEY: &str = "correlation_id";
/// The longest that is taken, in bytes.
const MAX_LEN: usize = 128;
/// The longest that is kept in place: with its length and its kind 41 bytes.
const MAX_SHORT: usize = 39;

/// An id that follows a request through all services: 1 to 128 visible ASCII characters (no space, no control
/// character), so that it can stand in any header and on any line as it is.
///
/// It comes from the edge ([`from_headers`](crate::propagation::correlation::from_headers)) or is made by
/// [`new`](Self::new). Neither making nor cloning one of up to 39 characters allocates; a UUID has 36.
#[derive(Clone)]
pub struct CorrelationId(Text);

/// Every request of a server has an id: the usual ones are no memory of their own.
#[derive(Clone)]
enum Text {
    /// The first so many bytes, which are ASCII.
    Short([u8; MAX_SHORT], u8),
    Long(Arc<str>),
}

/// The text was not 1 to 128 visible ASCII characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseCorrelationIdError(());

// === impl CorrelationId ===

impl CorrelationId {
    /// A new one: a UUID of version 7 (RFC 9562, section 5.7), so that ids sort by the time they were made at.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "every one is another")]
    pub fn new() -> Self {
        let (unix_millis, random) = local::time_and_random_bits();
        Self::at(unix_millis, random)
    }

    /// The UUID of this time and these random bits.
    fn at(unix_millis: u64, random: u128) -> Self {
        const VERSION: u128 = 7 << 76;
        const VARIANT: u128 = 2 << 62;
        let time = u128::from(unix_millis) << 80;
        let bits = random & !(0xf << 76) & !(3 << 62) & ((1 << 80) - 1);
        let mut digits = [0; 32];
        hex::encode_into(&(time | bits | VERSION | VARIANT).to_be_bytes(), &mut digits);
        let mut text = [b'-'; MAX_SHORT];
        text[..8].copy_from_slice(&digits[..8]);
        text[9..13].copy_from_slice(&digits[8..12]);
        text[14..18].copy_from_slice(&digits[12..16]);
        text[19..23].copy_from_slice(&digits[16..20]);
        text[24..36].copy_from_slice(&digits[20..]);
        CorrelationId(Text::Short(text, 36))
    }

    /// The id as text.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Short(..) => std::str::from_utf8(self.as_bytes()).expect("ASCII was put there"),
            Text::Long(text) => text,
        }
    }

    /// The text, which is ASCII: nothing is looked at.
    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Text::Short(bytes, length) => &bytes[..usize::from(*length)],
            Text::Long(text) => text.as_bytes(),
        }
    }
}

impl PartialEq for CorrelationId {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for CorrelationId {}

impl Hash for CorrelationId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl FromStr for CorrelationId {
    type Err = ParseCorrelationIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !(1..=MAX_LEN).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ParseCorrelationIdError(()));
        }
        let mut short = [0; MAX_SHORT];
        Ok(CorrelationId(match short.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(text.as_bytes());
                Text::Short(short, text.len() as u8)
            }
            None => Text::Long(text.into()),
        }))
    }
}

impl AsRef<str> for CorrelationId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for CorrelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CorrelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

// === impl ParseCorrelationIdError ===

impl fmt::Display for ParseCorrelationIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a correlation id must be 1 to 128 visible ASCII characters")
    }
}

impl std::error::Error for ParseCorrelationIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_id_is_a_uuid_of_version_7_with_its_time_first() {
        let id = CorrelationId::at(0x0123_4567_89ab, u128::MAX);
        assert_eq!(id.as_str(), "01234567-89ab-7fff-bfff-ffffffffffff");
        assert_eq!(CorrelationId::at(0, 0).as_str(), "00000000-0000-7000-8000-000000000000");
        let (first, second) = (CorrelationId::new(), CorrelationId::new());
        assert_ne!(first, second);
        assert!(first.as_str()[..10] <= second.as_str()[..10]);
        assert_eq!(first.as_str().parse(), Ok(first.clone()));
    }

    #[test]
    fn only_visible_ascii_of_up_to_128_characters_is_an_id() {
        for good in ["a", "~!\"#%;,\\", &"x".repeat(39), &"x".repeat(40), &"x".repeat(128)] {
            assert_eq!(good.parse::<CorrelationId>().expect("valid").as_str(), good);
        }
        for bad in ["", "a b", "a\n", "\ta", "é", "\u{7f}", "a\0", &"x".repeat(129)] {
            assert_eq!(bad.parse::<CorrelationId>(), Err(ParseCorrelationIdError(())), "{bad:?}");
        }
    }
}
