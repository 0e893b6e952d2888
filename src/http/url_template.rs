//! `UrlTemplate`: what a caller says of a URL, in the request's extensions.

use std::borrow::Cow;

/// The template that a request's URL was made from, such as `/users/{id}`; put into the request's extensions it becomes
/// `url.template` and part of the span's name. There must be few of them.
///
/// ```
/// let mut request = http::Request::get("http://example.com/users/7").body(())?;
/// request.extensions_mut().insert(throughline::http::UrlTemplate::new("/users/{id}"));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UrlTemplate(Cow<'static, str>);

// === impl UrlTemplate ===

impl UrlTemplate {
    /// This template.
    pub fn new(template: impl Into<Cow<'static, str>>) -> Self {
        UrlTemplate(template.into())
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
