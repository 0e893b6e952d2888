//! Lists of `key=value` pairs in environment variables.
//!
//! ```text
//! pairs = pair *( "," pair )        blanks around keys, values and pairs do not count; empty pairs neither
//! pair  = key "=" value             percent-coded (W3C Baggage, section 3.3.1, without properties)
//! ```

/// Reads a list of pairs. One bad pair discards the whole value (OpenTelemetry specification, "Resource SDK").
pub(crate) fn parse_pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs.map(parse_pair).collect()
}

fn parse_pair(pair: &str) -> Result<(String, String), String> {
    let (key, value) = pair.split_once('=').ok_or_else(|| format!("{pair:?} has no \"=\""))?;
    let key = percent_decode(key.trim()).filter(|key| !key.is_empty());
    let value = percent_decode(value.trim());
    key.zip(value).ok_or_else(|| format!("{pair:?} is not a percent-coded key=value"))
}

/// Undoes percent-coding; `None` if it is not UTF-8 afterwards, or a `%` is not followed by two hex digits.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.bytes());
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |c: Option<u8>| char::from(c?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push((high << 4 | low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_and_decoded() {
        let pairs = parse_pairs(" a = 1,b=x%20y%2Cz , ,c=d=e,d=").expect("valid");
        let expected = [("a", "1"), ("b", "x y,z"), ("c", "d=e"), ("d", "")];
        assert_eq!(pairs, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert!(parse_pairs("").expect("empty is valid").is_empty());
    }

    #[test]
    fn one_bad_pair_is_told_and_discards_all() {
        assert_eq!(parse_pairs("a=1,b").expect_err("no ="), "\"b\" has no \"=\"");
        for bad in ["=1", "a=%", "a=%4", "a=%zz", "a=%ff", "%80=1"] {
            assert!(parse_pairs(bad).is_err(), "{bad:?}");
        }
    }
}
