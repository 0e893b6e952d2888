//! What a contender says of its own losses.

/// The ledger of a contender that keeps one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Spans that were made and, as it says, did not arrive.
    pub lost: u64,
    /// The same in words, with the reasons.
    pub text: String,
}
