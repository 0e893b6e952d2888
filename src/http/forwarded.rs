//! `Forwarded`: what proxies say of the request as the client sent it.
//!
//! ```text
//! Forwarded         = element *( "," element )        RFC 7239, section 4; the first element is of the first proxy
//! element           = pair *( ";" pair )
//! pair              = token "=" ( token | quoted-string )
//! X-Forwarded-For   = address *( "," address )        by custom, as Proto and Host
//! ```

use super::authority::Authority;
use http::HeaderMap;
use std::net::IpAddr;

/// The side of the client, as told by the proxy that is nearest to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Forwarded<'a> {
    /// `http` or `https`; anything else is not believed.
    pub(super) scheme: Option<&'static str>,
    pub(super) host: Option<&'a str>,
    /// An address; hidden (`_name`) and unknown ones are left out.
    pub(super) client: Option<IpAddr>,
}

// === impl Forwarded ===

impl<'a> Forwarded<'a> {
    /// What `Forwarded` says, and for what it does not, the `X-Forwarded-*` headers.
    pub(super) fn read(headers: &'a HeaderMap) -> Self {
        let standard = first(headers, "forwarded").map(Forwarded::of_element).unwrap_or_default();
        let custom = |name| first(headers, name).filter(|value| !value.is_empty());
        Forwarded {
            scheme: standard.scheme.or_else(|| scheme(custom("x-forwarded-proto")?)),
            host: standard.host.or_else(|| custom("x-forwarded-host")),
            client: standard.client.or_else(|| address(custom("x-forwarded-for")?)),
        }
    }

    fn of_element(element: &'a str) -> Self {
        let mut found = Forwarded::default();
        for pair in split(element, b';') {
            let Some((name, value)) = pair.split_once('=') else { continue };
            let value = value.trim();
            // What is quoted and has an escape in it is none of the values that are understood here.
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
            match name.trim() {
                name if name.eq_ignore_ascii_case("proto") => found.scheme = scheme(value),
                name if name.eq_ignore_ascii_case("host") => {
                    found.host = Some(value).filter(|value| !value.is_empty() && !value.contains('\\'));
                }
                name if name.eq_ignore_ascii_case("for") => found.client = address(value),
                _ => {}
            }
        }
        found
    }
}

/// The first element of the first header of this name.
fn first<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    split(headers.get(name)?.to_str().ok()?, b',').next()
}

/// The parts between separators that are not in quotes.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut quoted, mut escaped) = (false, false);
        let end = text.bytes().position(|byte| {
            let ends = byte == separator && !quoted;
            quoted ^= byte == b'"' && !escaped;
            escaped = quoted && byte == b'\\' && !escaped;
            ends
        });
        rest = end.map(|end| &text[end + 1..]);
        Some(text[..end.unwrap_or(text.len())].trim())
    })
}

fn scheme(text: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|scheme| scheme.eq_ignore_ascii_case(text))
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| Authority::read(text)?.host.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&'static str, &str)]) -> (Option<&'static str>, Option<String>, Option<String>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a header value"));
        }
        let Forwarded { scheme, host, client } = Forwarded::read(&map);
        (scheme, host.map(str::to_owned), client.map(|client| client.to_string()))
    }

    fn expected(
        scheme: &'static str,
        host: &str,
        client: &str,
    ) -> (Option<&'static str>, Option<String>, Option<String>) {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ((!scheme.is_empty()).then_some(scheme), some(host), some(client))
    }

    #[test]
    fn the_first_proxy_counts_in_both_spellings() {
        let standard =
            r#"for="[2001:db8:cafe::17]:4711";Proto=HTTPS; host=a.example, for=10.0.0.1;proto=http"#;
        assert_eq!(read(&[("forwarded", standard)]), expected("https", "a.example", "2001:db8:cafe::17"));
        let custom = [
            ("x-forwarded-for", "203.0.113.9, 10.0.0.1"),
            ("x-forwarded-proto", "https,http"),
            ("x-forwarded-host", "a.example:8443, inner"),
        ];
        assert_eq!(read(&custom), expected("https", "a.example:8443", "203.0.113.9"));
        assert_eq!(read(&[("forwarded", "for=192.0.2.60"), custom[1]]), expected("https", "", "192.0.2.60"));
    }

    #[test]
    fn what_is_no_address_no_scheme_and_no_host_is_left_out() {
        for nothing in
            ["", ";,;", "for=unknown", "for=_hidden", "proto=javascript", "host=", "for", r#"host="a\"b""#]
        {
            assert_eq!(read(&[("forwarded", nothing)]), expected("", "", ""), "{nothing}");
        }
        assert_eq!(read(&[("x-forwarded-for", "<script>")]), expected("", "", ""));
        assert_eq!(read(&[("x-forwarded-for", "203.0.113.9:5000")]), expected("", "", "203.0.113.9"));
    }

    #[test]
    fn separators_in_quotes_separate_nothing() {
        let parts: Vec<_> = split(r#"a="x,y\",z";b, c"#, b',').collect();
        assert_eq!(parts, [r#"a="x,y\",z";b"#, "c"]);
    }
}
