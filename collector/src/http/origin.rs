//! The checks of `Host` and `Origin`: a page of a foreign site must neither read traces through a name that it
//! points at this machine (DNS rebinding) nor post any (cross-site request).

use hyper::header::{HOST, ORIGIN};
use hyper::{HeaderMap, Method, Request, Version};
use std::net::IpAddr;

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// `Host` is missing, or names something else than this machine's loopback.
    Host,
    /// A request that changes something comes from a page of another site.
    Origin,
}

// === impl Foreign ===

impl Foreign {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Foreign::Host => {
                "the Host header must name this machine's loopback, such as localhost or 127.0.0.1"
            }
            Foreign::Origin => "requests from pages of other sites are refused",
        }
    }
}

/// Refuses requests that a foreign page could have made.
pub(crate) fn check_origin<B>(request: &Request<B>) -> Result<(), Foreign> {
    let host = match single(request.headers(), HOST.as_str()) {
        Some(Ok(host)) => Some(host),
        Some(Err(())) => return Err(Foreign::Host),
        None => None,
    };
    // HTTP/1.0 has no Host, and no browser speaks it.
    let host_is_ours = host.map_or(request.version() < Version::HTTP_11, is_loopback);
    // An absolute request target overrides Host (RFC 9112, section 3.2.2).
    let target_is_ours = request.uri().authority().is_none_or(|a| is_loopback(a.as_str()));
    if !host_is_ours || !target_is_ours {
        return Err(Foreign::Host);
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    match single(request.headers(), ORIGIN.as_str()) {
        None => Ok(()),
        Some(Ok(origin)) if origin.split_once("://").is_some_and(|(_, host)| is_loopback(host)) => Ok(()),
        Some(_) => Err(Foreign::Origin),
    }
}

/// The only value of a header; an error if there are several or it is no text.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Option<Result<&'h str, ()>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    Some(if values.next().is_some() { Err(()) } else { first.to_str().map_err(drop) })
}

/// Whether `host[:port]` is a loopback address, `localhost` or a name under it (RFC 6761, section 6.3).
fn is_loopback(authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    if !port.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return ip.is_loopback();
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, headers: &[(&str, &str)]) -> Result<(), Foreign> {
        let mut request = Request::builder().method(method).uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check_origin(&request.body(()).expect("a valid request"))
    }

    #[test]
    fn only_names_of_this_machine_pass_as_host() {
        for ours in [
            "localhost",
            "LOCALHOST:16686",
            "127.0.0.1:4318",
            "127.8.0.1",
            "[::1]:80",
            "app.localhost:1",
            "localhost.",
        ] {
            assert_eq!(check("GET", &[("host", ours)]), Ok(()), "{ours}");
        }
        for foreign in [
            "evil.example",
            "evil.example:16686",
            "localhost.evil.example",
            "10.0.0.1",
            "",
            "[::2]:80",
            "localhost:x",
        ] {
            assert_eq!(check("GET", &[("host", foreign)]), Err(Foreign::Host), "{foreign}");
        }
        assert_eq!(check("GET", &[]), Err(Foreign::Host));
        assert_eq!(check("GET", &[("host", "localhost"), ("host", "evil.example")]), Err(Foreign::Host));
    }

    #[test]
    fn a_page_of_another_site_may_not_post() {
        let from = |origin| check("POST", &[("host", "localhost"), ("origin", origin)]);
        assert_eq!(from("http://localhost:3000"), Ok(()));
        assert_eq!(from("http://[::1]:3000"), Ok(()));
        assert_eq!(from("https://evil.example"), Err(Foreign::Origin));
        assert_eq!(from("null"), Err(Foreign::Origin));
        assert_eq!(check("POST", &[("host", "localhost")]), Ok(()));
        assert_eq!(check("GET", &[("host", "localhost"), ("origin", "https://evil.example")]), Ok(()));
    }
}
