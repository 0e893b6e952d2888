//! Side by side with rival crates.
