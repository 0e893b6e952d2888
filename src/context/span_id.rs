//! `SpanId`: the 8 bytes that name a span within its trace.

use super::hex;
use std::fmt;
use std::str::FromStr;

/// The id of a span: 8 bytes, written as 16 lower-case hex digits (W3C Trace Context, section 3.2.2.4).
///
/// All zero is the invalid id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SpanId(u64);

// === impl SpanId ===

impl SpanId {
    /// The all-zero id, which names no span.
    pub const INVALID: SpanId = SpanId(0);

    /// The id with these bytes, most significant first.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        SpanId(u64::from_be_bytes(bytes))
    }

    /// The 8 bytes, most significant first.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// The id as one number.
    #[must_use]
    pub const fn to_u64(self) -> u64 {
        self.0
    }

    /// The id that is this number.
    #[must_use]
    pub const fn from_u64(number: u64) -> Self {
        SpanId(number)
    }

    /// Whether this is not the all-zero id.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 != 0
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(hex::encode(&self.to_bytes(), &mut [0; 16]))
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SpanId {
    type Err = hex::ParseIdError;

    /// Reads exactly 16 hex digits of either case; all zero reads as [`SpanId::INVALID`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hex::decode::<8>(text.as_bytes()).map(SpanId::from_bytes)
    }
}
