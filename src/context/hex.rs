//! Hex digits of ids: written into a caller's buffer, read strictly.

use std::fmt;

const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// The value of a byte that is no digit.
const NO_DIGIT: u8 = 0x80;
static EITHER_CASE: [u8; 256] = values(true);
static LOWER_CASE: [u8; 256] = values(false);

/// The text was not the expected number of hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdError {
    digits: usize,
}

/// Writes `bytes` as lower-case hex into `out`, which must be twice as long, and returns it as text.
#[inline]
pub(crate) fn encode<'a>(bytes: &[u8], out: &'a mut [u8]) -> &'a str {
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    std::str::from_utf8(out).unwrap_or_default()
}

/// Reads exactly `2 * N` hex digits of either case.
pub(crate) fn decode<const N: usize>(text: &[u8]) -> Result<[u8; N], ParseIdError> {
    decode_with(&EITHER_CASE, text)
}

/// Reads exactly `2 * N` hex digits without upper-case letters.
#[inline]
pub(crate) fn decode_lower<const N: usize>(text: &[u8]) -> Result<[u8; N], ParseIdError> {
    decode_with(&LOWER_CASE, text)
}

#[inline]
fn decode_with<const N: usize>(values: &[u8; 256], text: &[u8]) -> Result<[u8; N], ParseIdError> {
    let mut bytes = [0; N];
    // One test at the end instead of two for each byte: ids are read on every request.
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (values[usize::from(pair[0])], values[usize::from(pair[1])]);
        seen |= high | low;
        *byte = high << 4 | low & 15;
    }
    if text.len() == 2 * N && seen < NO_DIGIT { Ok(bytes) } else { Err(ParseIdError { digits: 2 * N }) }
}

const fn values(either_case: bool) -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        let digit = DIGITS[value as usize];
        values[digit as usize] = value;
        if either_case {
            values[digit.to_ascii_uppercase() as usize] = value;
        }
        value += 1;
    }
    values
}

// === impl ParseIdError ===

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id must be exactly {} hex digits", self.digits)
    }
}

impl std::error::Error for ParseIdError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SpanId, TraceId};

    #[test]
    fn ids_read_back_what_they_print() {
        let trace = TraceId::from_bytes(*b"\x00\x01\x7f\x80\xff\xaa\xbb\xcc\xdd\xee\xf0\x0f\x10\x20\x30\x40");
        assert_eq!(trace.to_string(), "00017f80ffaabbccddeef00f10203040");
        assert_eq!("00017F80FFAABBCCDDEEF00F10203040".parse(), Ok(trace));
        let span = SpanId::from_bytes([0, 0, 0, 0, 0, 0, 0, 9]);
        assert_eq!(span.to_string(), "0000000000000009");
        assert_eq!(span.to_string().parse(), Ok(span));
    }

    #[test]
    fn only_digits_are_digits() {
        for c in 0..=u8::MAX {
            let value = char::from(c).to_digit(16).map(|v| [v as u8 * 17]);
            assert_eq!(decode(&[c, c]).ok(), value);
            assert_eq!(decode_lower(&[c, c]).ok(), value.filter(|_| !c.is_ascii_uppercase()));
            assert_eq!(
                (decode::<1>(&[b'0', c]).is_ok(), decode::<1>(&[c, b'0']).is_ok()),
                (value.is_some(), value.is_some())
            );
        }
    }

    #[test]
    fn anything_but_the_right_number_of_hex_digits_is_refused() {
        for bad in [
            "",
            "0",
            "00017f80ffaabbccddeef00f1020304",
            "00017f80ffaabbccddeef00f102030400",
            "g0017f80ffaabbccddeef00f10203040",
            "+0017f80ffaabbccddeef00f10203040",
        ] {
            assert_eq!(bad.parse::<TraceId>(), Err(ParseIdError { digits: 32 }), "{bad:?}");
        }
        assert_eq!(
            "00000000000000é".parse::<SpanId>().expect_err("é is no digit").to_string(),
            "an id must be exactly 16 hex digits"
        );
    }
}
