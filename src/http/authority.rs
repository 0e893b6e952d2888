//! `Authority`: where a request is addressed to, taken apart.

/// `host`, `host:port`, `[v6]:port`; a user and password before an `@` are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Authority<'a> {
    /// Without the brackets of an IPv6 address.
    pub(super) host: &'a str,
    pub(super) port: Option<u16>,
}

// === impl Authority ===

impl<'a> Authority<'a> {
    /// `None` if there is no host.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let text = text.rsplit_once('@').map_or(text, |(_, after)| after).trim();
        let (host, port) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            None => match text.rsplit_once(':') {
                // More than one colon and no brackets: an IPv6 address alone.
                Some((host, _)) if host.contains(':') => (text, None),
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        (!host.is_empty()).then(|| Authority { host, port: port.and_then(|port| port.parse().ok()) })
    }
}

/// The port of a scheme.
pub(super) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        for (text, host, port) in [
            ("example.com", "example.com", None),
            ("example.com:8080", "example.com", Some(8080)),
            ("[2001:db8::1]:443", "2001:db8::1", Some(443)),
            ("[2001:db8::1]", "2001:db8::1", None),
            ("2001:db8::1", "2001:db8::1", None),
            ("user:secret@example.com:1", "example.com", Some(1)),
            ("example.com:", "example.com", None),
            ("example.com:99999", "example.com", None),
        ] {
            assert_eq!(Authority::read(text), Some(Authority { host, port }), "{text}");
        }
        for none in ["", ":80", "[]:80", "user@"] {
            assert_eq!(Authority::read(none), None, "{none}");
        }
    }
}
