//! `ResendCount`: what a caller says of an attempt, in the request's extensions.

/// How often a request was sent before; put into its extensions it becomes `http.request.resend_count`.
///
/// ```
/// let mut request = http::Request::get("http://example.com/").body(())?;
/// request.extensions_mut().insert(throughline::http::ResendCount(1)); // the second attempt
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResendCount(pub u32);
