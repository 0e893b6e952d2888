//! `Extract`: something that headers can be read from.

/// A carrier that holds headers which came in.
///
/// Values are bytes as they came, and all of those with one name are visible: a reader has to see what is
/// malformed, or there twice, to refuse it. Implemented for [`http::HeaderMap`] and `HashMap<String, String>`.
pub trait Extract {
    /// Calls `each` with every value of the header `key`, in order.
    ///
    /// `key` is lower-case; names are compared without regard to case.
    fn each_value<'a>(&'a self, key: &str, each: &mut dyn FnMut(&'a [u8]));

    /// Calls `each` with the name of every header, in any order and any case, for formats that know only
    /// how a name begins.
    fn each_name<'a>(&'a self, each: &mut dyn FnMut(&'a str));
}
