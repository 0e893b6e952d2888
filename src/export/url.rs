//! Endpoints: what can be one, and how one may be shown.

use crate::error::Error;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

/// The URL, if something can be posted to it.
pub(super) fn parse_url(origin: &str, text: &str) -> Result<Url, Error> {
    let wrong = |reason: String| Error::config(origin, &without_secrets(text), reason);
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        scheme => Err(wrong(format!("the scheme must be http or https, not {scheme}"))),
    }
}

/// A URL, be it a bad one, as it may be shown: without user, password and query.
pub(crate) fn without_secrets(url: &str) -> String {
    let (plain, query) = url.split_once('?').map_or((url, ""), |(plain, _)| (plain, "?..."));
    let start = plain.find("//").map_or(0, |at| at + 2);
    let end = plain[start..].find('/').map_or(plain.len(), |at| start + at);
    let host = plain[start..end].rfind('@').map_or(start, |at| start + at + 1);
    [&plain[..start], &plain[host..], query].concat()
}

/// Whether it is an address of this machine's own, which a proxy cannot reach.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = bare_host(url);
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// The host, an IPv6 address without its brackets.
pub(crate) fn bare_host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_matches(['[', ']'])
}

/// The proxy that requests go through, by `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` as the HTTP client reads
/// them.
pub(super) fn proxy(url: &Url) -> Option<Url> {
    if is_loopback(url) {
        return None;
    }
    let taken = Matcher::from_env().intercept(&url.as_str().parse().ok()?)?;
    Url::parse(&taken.uri().to_string()).ok()
}
