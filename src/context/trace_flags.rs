//! `TraceFlags`: the byte of flags that travels with a trace.

use std::fmt;

/// The flags of a trace (W3C Trace Context level 2, section 3.2.2.5): bit 0 sampled, bit 1 random.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TraceFlags(u8);

// === impl TraceFlags ===

impl TraceFlags {
    /// No flag set.
    pub const NONE: TraceFlags = TraceFlags(0);
    /// The caller may have recorded the trace.
    pub const SAMPLED: TraceFlags = TraceFlags(1);
    /// At least the right-most 7 bytes of the trace id are random.
    pub const RANDOM: TraceFlags = TraceFlags(2);

    /// The flags in this byte, unknown bits included.
    #[must_use]
    pub const fn from_u8(byte: u8) -> Self {
        TraceFlags(byte)
    }

    /// The byte.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        self.0
    }

    /// Whether bit 0 is set.
    #[must_use]
    pub const fn is_sampled(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether bit 1 is set.
    #[must_use]
    pub const fn is_random(self) -> bool {
        self.0 & 2 != 0
    }

    /// The same flags with bit 0 as given.
    #[must_use]
    pub const fn with_sampled(self, sampled: bool) -> Self {
        TraceFlags(self.0 & !1 | sampled as u8)
    }

    /// The same flags with bit 1 as given.
    #[must_use]
    pub const fn with_random(self, random: bool) -> Self {
        TraceFlags(self.0 & !2 | (random as u8) << 1)
    }
}

impl fmt::Display for TraceFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}", self.0)
    }
}

impl fmt::Debug for TraceFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
