//! `QueryString`: the parameters of a request, decoded. A `+` is a space, as forms and Grafana send it.

/// The parameters of a request, in order.
#[derive(Debug, Default)]
pub(super) struct QueryString {
    pairs: Vec<(String, String)>,
}

// === impl QueryString ===

impl QueryString {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        });
        QueryString { pairs: pairs.collect() }
    }

    /// The first value of a parameter; an empty one counts as absent.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let first = self.pairs.iter().find(|(k, _)| k == key);
        first.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// All values of a parameter.
    pub(super) fn all<'q>(&'q self, key: &'q str) -> impl Iterator<Item = &'q str> {
        self.pairs.iter().filter(move |(k, _)| k == key).map(|(_, value)| value.as_str())
    }
}

/// A path or a parameter with its `%` escapes undone; what is no escape stays, and what is not UTF-8 is replaced.
pub(super) fn decode(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(hex_byte);
        match (escape, bytes[at]) {
            (Some(byte), _) => {
                out.push(byte);
                at += 3;
                continue;
            }
            (None, b'+') if plus_is_space => out.push(b' '),
            (None, byte) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let high = char::from(digits[0]).to_digit(16)?;
    let low = char::from(digits[1]).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_kept_in_order() {
        let query = QueryString::parse("service=a%20b+c&tag=x%3Ay&tag=%C5%81&&flag&empty=&bad=%zz%4");
        assert_eq!(query.get("service"), Some("a b c"));
        assert_eq!(query.all("tag").collect::<Vec<_>>(), ["x:y", "Ł"]);
        assert_eq!(query.get("flag"), None);
        assert_eq!(query.get("empty"), None);
        assert_eq!(query.get("bad"), Some("%zz%4"));
        assert_eq!(decode("a+b%2Fc%ff", false), "a+b/c\u{fffd}");
    }
}
