//! Values that the spans carry, hidden from the optimiser.

use std::fmt;
use std::hint::black_box;

/// An amount of money in cents: the field that is recorded through its `Display`.
pub(super) struct Amount(pub(super) i64);

// === impl Amount ===

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02} EUR", self.0 / 100, self.0 % 100)
    }
}

/// The field that is a string.
pub(super) fn route() -> &'static str {
    black_box("/api/orders/{id}/lines")
}
