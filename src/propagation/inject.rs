//! `Inject`: something that headers can be written into.

/// A carrier that takes headers on their way out.
///
/// Implemented for [`http::HeaderMap`] and `HashMap<String, String>`.
pub trait Inject {
    /// Sets a header in place of all that have this name, in any case of letters.
    ///
    /// `key` is lower-case. A header that the carrier cannot hold is dropped.
    fn set(&mut self, key: &str, value: &str);

    /// Removes every header of this name, so that none from another trace stays behind.
    ///
    /// Does nothing unless overridden, for carriers that can only append.
    fn unset(&mut self, key: &str) {
        let _ = key;
    }
}
