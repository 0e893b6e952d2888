//! `TraceId`: the 16 bytes that name a trace everywhere.

use super::hex;
use std::fmt;
use std::str::FromStr;

/// The id of a trace: 16 bytes, written as 32 lower-case hex digits (W3C Trace Context, section 3.2.2.3).
///
/// All zero is the invalid id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TraceId(u128);

// === impl TraceId ===

impl TraceId {
    /// The all-zero id, which names no trace.
    pub const INVALID: TraceId = TraceId(0);

    /// The id with these bytes, most significant first.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        TraceId(u128::from_be_bytes(bytes))
    }

    /// The 16 bytes, most significant first.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The id as one number.
    #[must_use]
    pub const fn to_u128(self) -> u128 {
        self.0
    }

    /// The id that is this number.
    #[must_use]
    pub const fn from_u128(number: u128) -> Self {
        TraceId(number)
    }

    /// Whether this is not the all-zero id.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 != 0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(hex::encode(&self.to_bytes(), &mut [0; 32]))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TraceId {
    type Err = hex::ParseIdError;

    /// Reads exactly 32 hex digits of either case; all zero reads as [`TraceId::INVALID`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hex::decode::<16>(text.as_bytes()).map(TraceId::from_bytes)
    }
}
