//! Percent-coding of values in headers (RFC 3986, section 2.1).

use std::borrow::Cow;

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// Appends `text` with every byte coded that is not `plain`, and `%` itself.
pub(crate) fn encode_into(out: &mut String, text: &str, plain: impl Fn(u8) -> bool) {
    let is_plain = |byte: u8| byte.is_ascii() && byte != b'%' && plain(byte);
    // Most values are ids: one copy, not a push for every letter.
    if text.bytes().all(&is_plain) {
        return out.push_str(text);
    }
    for byte in text.bytes() {
        if is_plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// Decodes; what is not UTF-8 then becomes U+FFFD, and a `%` without two digits after it stands for itself.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        match bytes.get(at + 1..at + 3).filter(|_| *byte == b'%').and_then(coded) {
            Some(coded) => {
                decoded.push(coded);
                at += 3;
            }
            None => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    // Valid UTF-8 is not copied again.
    Cow::Owned(
        String::from_utf8(decoded).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
    )
}

fn coded(digits: &[u8]) -> Option<u8> {
    super::hex::decode::<1>(digits).ok().map(|[byte]| byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(text: &str) -> String {
        let mut out = String::new();
        encode_into(&mut out, text, |byte| byte.is_ascii_alphanumeric());
        out
    }

    #[test]
    fn what_is_not_plain_is_coded_and_the_sign_itself_always() {
        assert_eq!(encode("a b%é"), "a%20b%25%C3%A9");
        let mut out = String::new();
        encode_into(&mut out, "50% é", |_| true);
        assert_eq!(out, "50%25 %C3%A9");
    }

    #[test]
    fn what_is_malformed_stands_for_itself_and_what_is_not_text_is_replaced() {
        for (text, decoded) in [
            ("a%20b", "a b"),
            ("%", "%"),
            ("%2", "%2"),
            ("%zz%2c", "%zz,"),
            ("%C4x", "\u{fffd}x"),
            ("%%41", "%A"),
        ] {
            assert_eq!(decode(text), decoded, "{text}");
        }
    }

    proptest! {
        #[test]
        fn decoding_gives_back_what_was_encoded(text in ".*") {
            let encoded = encode(&text);
            prop_assert_eq!(decode(&encoded), text);
        }
    }
}
