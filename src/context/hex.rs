//! Hex digits of ids: written into a caller's buffer, read strictly.

use std::fmt;

/// Eight bytes are worked on at once, as the bytes of one number: ids are read and written on every request.
const EACH: u64 = 0x0101_0101_0101_0101;

/// The text was not the expected number of hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdError {
    digits: usize,
}

/// Writes `bytes` as lower-case hex into `out`, which must be twice as long, and returns it as text.
#[inline]
pub(crate) fn encode<'a>(bytes: &[u8], out: &'a mut [u8]) -> &'a str {
    encode_into(bytes, out);
    std::str::from_utf8(out).unwrap_or_default()
}

/// As [`encode`], for a part of a text.
#[inline]
pub(crate) fn encode_into(bytes: &[u8], out: &mut [u8]) {
    let (eights, rest) = out.as_chunks_mut::<8>();
    let (fours, last) = bytes.as_chunks::<4>();
    for (eight, four) in eights.iter_mut().zip(fours) {
        *eight = digits_of(u32::from_be_bytes(*four));
    }
    for (pair, byte) in rest.as_chunks_mut::<2>().0.iter_mut().zip(last) {
        let [.., high, low] = digits_of(u32::from(*byte));
        *pair = [high, low];
    }
}

/// Reads exactly `2 * N` hex digits of either case.
pub(crate) fn decode<const N: usize>(text: &[u8]) -> Result<[u8; N], ParseIdError> {
    decode_with::<N, true>(text)
}

/// Reads exactly `2 * N` hex digits without upper-case letters.
#[inline]
pub(crate) fn decode_lower<const N: usize>(text: &[u8]) -> Result<[u8; N], ParseIdError> {
    decode_with::<N, false>(text)
}

#[inline]
fn decode_with<const N: usize, const EITHER_CASE: bool>(text: &[u8]) -> Result<[u8; N], ParseIdError> {
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return Err(ParseIdError { digits: 2 * N });
    }
    // One test at the end instead of one for each digit.
    let mut wrong = 0;
    let (eights, rest) = text.as_chunks::<8>();
    let (fours, last) = bytes.as_chunks_mut::<4>();
    for (four, eight) in fours.iter_mut().zip(eights) {
        let (number, wrong_here) = number_of(u64::from_be_bytes(*eight), EITHER_CASE);
        wrong |= wrong_here;
        *four = number.to_be_bytes();
    }
    for (byte, pair) in last.iter_mut().zip(rest.as_chunks::<2>().0) {
        let [high, low] = *pair;
        let eight = [b'0', b'0', b'0', b'0', b'0', b'0', high, low];
        let (number, wrong_here) = number_of(u64::from_be_bytes(eight), EITHER_CASE);
        wrong |= wrong_here;
        *byte = number as u8;
    }
    if wrong == 0 { Ok(bytes) } else { Err(ParseIdError { digits: 2 * N }) }
}

/// The eight digits of a number.
#[inline]
const fn digits_of(number: u32) -> [u8; 8] {
    let mut spread = number as u64;
    spread = (spread | spread << 16) & 0x0000_ffff_0000_ffff;
    spread = (spread | spread << 8) & 0x00ff_00ff_00ff_00ff;
    spread = (spread | spread << 4) & (0x0f * EACH);
    digits(spread).to_be_bytes()
}

/// The digit of each byte, which is below 25.
#[inline]
const fn digits(values: u64) -> u64 {
    // A letter from ten on: then six more carry into the fifth bit.
    let letters = ((values + 6 * EACH) >> 4) & EACH;
    values + 0x30 * EACH + letters * (b'a' - b'0' - 10) as u64
}

/// The number of eight digits, and something other than zero if one of them is none.
#[inline]
const fn number_of(mut text: u64, either_case: bool) -> (u32, u64) {
    let letters = (text >> 6) & EACH;
    if either_case {
        text |= letters << 5;
    }
    let values = (text & (0x0f * EACH)) + letters * 9;
    // Digits are what comes out again as it went in, of a value that four bits hold.
    let wrong = (digits(values) ^ text) | (values & (0xf0 * EACH));
    let mut packed = values & (0x0f * EACH);
    packed = (packed | packed >> 4) & 0x00ff_00ff_00ff_00ff;
    packed = (packed | packed >> 8) & 0x0000_ffff_0000_ffff;
    packed |= packed >> 16;
    (packed as u32, wrong)
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
