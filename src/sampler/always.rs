//! `Always`: the same answer for every trace.

use super::{Decision, ot_member};
use crate::Context;

/// Samples everything, or nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Always {
    pub(super) sampled: bool,
}

// === impl Always ===

impl Always {
    /// An inherited `th` told the probability of a decision that is not followed here: it is erased.
    #[inline]
    pub(super) fn decide(self, parent: Option<&Context>) -> Decision {
        Decision { sampled: self.sampled, carried: ot_member::without_threshold(parent) }
    }
}
