//! Varints: seven bits a byte, the lowest first, the top bit set on all but the last
//! (<https://protobuf.dev/programming-guides/encoding/#varints>). The writer and the cursor consume this.

use super::decode_error::Fault;

/// Appends `value` in 1 to 10 bytes.
#[inline]
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// How many bytes [`put_varint`] appends: 1 to 10.
#[inline]
pub(crate) const fn varint_len(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// Reads the varint at `*at` and moves `*at` behind it.
///
/// # Errors
///
/// [`Fault::PastEnd`] when `bytes` end inside it, [`Fault::VarintTooLong`] past 64 bits.
#[inline]
pub(super) fn read_varint(bytes: &[u8], at: &mut usize) -> Result<u64, Fault> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at).ok_or(Fault::PastEnd)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            // The tenth byte has room for a single bit.
            return if shift == 63 && byte > 1 { Err(Fault::VarintTooLong) } else { Ok(value) };
        }
    }
    Err(Fault::VarintTooLong)
}
