//! `Seen`: a request's headers, their names looked at once. `http` reads from it what every request is asked for.

use super::Extract;
use super::header_map::usual;
use http::HeaderMap;

/// Headers, and which of the usual ones are there: most requests have none or one of them, and a header that is not there is
/// looked for as long as one that is.
pub(crate) struct Seen<'a> {
    headers: &'a HeaderMap,
    /// A bit for each.
    usual: u32,
}

// === impl Seen ===

impl<'a> Seen<'a> {
    pub(crate) fn new(headers: &'a HeaderMap) -> Self {
        let bit = |name: &http::HeaderName| match name.as_str() {
            // How the usual ones begin.
            name if name.starts_with(['b', 't', 'u', 'x']) => usual(name).map_or(0, |(_, bit)| bit),
            _ => 0,
        };
        Seen { headers, usual: headers.keys().fold(0, |bits, name| bits | bit(name)) }
    }
}

impl Extract for Seen<'_> {
    #[inline]
    fn each_value<'a>(&'a self, key: &str, each: &mut dyn FnMut(&'a [u8])) {
        match usual(key) {
            Some((_, bit)) if self.usual & bit == 0 => {}
            Some((name, _)) => self.headers.get_all(name).iter().for_each(|value| each(value.as_bytes())),
            None => self.headers.each_value(key, each),
        }
    }

    fn each_name<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.headers.each_name(each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_found_and_nothing_else() {
        let headers: HeaderMap =
            [("traceparent", "1"), ("x-request-id", "2"), ("x-mine", "3"), ("host", "h")]
                .into_iter()
                .map(|(name, value)| {
                    (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
                })
                .collect();
        let seen = Seen::new(&headers);
        for (key, expected) in [
            ("traceparent", &[&b"1"[..]][..]),
            ("x-request-id", &[b"2"]),
            ("x-mine", &[b"3"]),
            ("host", &[b"h"]),
            ("tracestate", &[]),
            ("baggage", &[]),
            ("x-yours", &[]),
        ] {
            let mut found = Vec::new();
            seen.each_value(key, &mut |value| found.push(value));
            assert_eq!(found, expected, "{key}");
        }
        let mut names = 0;
        seen.each_name(&mut |_| names += 1);
        assert_eq!(names, 4);
    }
}
