//! Hex digits of ids: written into a caller's buffer, read strictly.

use std::fmt;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The text was not the expected number of hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdError {
    digits: usize,
}

/// Writes `bytes` as lower-case hex into `out`, which must be twice as long, and returns it as text.
pub(crate) fn encode<'a>(bytes: &[u8], out: &'a mut [u8]) -> &'a str {
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    std::str::from_utf8(out).unwrap_or_default()
}

/// Reads exactly `2 * N` hex digits of either case.
pub(crate) fn decode<const N: usize>(text: &[u8]) -> Result<[u8; N], ParseIdError> {
    let error = ParseIdError { digits: 2 * N };
    if text.len() != 2 * N {
        return Err(error);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let high = digit(pair[0]).ok_or(error)?;
        let low = digit(pair[1]).ok_or(error)?;
        *byte = high << 4 | low;
    }
    Ok(bytes)
}

fn digit(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        b'A'..=b'F' => Some(c - b'A' + 10),
        _ => None,
    }
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
    fn anything_but_the_right_number_of_hex_digits_is_refused() {
        for bad in ["", "0", "00017f80ffaabbccddeef00f1020304", "00017f80ffaabbccddeef00f102030400", "g0017f80ffaabbccddeef00f10203040", "+0017f80ffaabbccddeef00f10203040"] {
            assert_eq!(bad.parse::<TraceId>(), Err(ParseIdError { digits: 32 }), "{bad:?}");
        }
        assert_eq!("00000000000000é".parse::<SpanId>().unwrap_err().to_string(), "an id must be exactly 16 hex digits");
    }
}
