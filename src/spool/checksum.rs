//! The checksum of a frame: tells a frame that was written whole from anything else that may stand in its place.
//!
//! It is made on the request's thread, over some hundred bytes, so it takes 32 of them at a time, by multiplications of
//! 64 bits whose halves are folded together. It is no cryptographic hash, and only this version of the format reads it.

/// Odd, and with as many ones as zeros.
const KEYS: [u64; 4] =
    [0x9ae1_6a3b_2f90_404f, 0xc949_d7c7_509e_6557, 0x8ebc_6af0_9c88_c6e3, 0x5897_89e6_d6ae_2f4d];

/// Of a frame's bytes, without its first word and the place of the checksum. `seed` is of this use of the slot: frames
/// of an earlier use are no frames of this one.
#[inline]
pub(super) fn checksum(seed: u64, frame: &[u8]) -> u32 {
    let (head, rest) = frame.split_at_checked(12).unwrap_or((frame, &[]));
    let mut words = [0; 8];
    for (to, from) in words.iter_mut().zip(head.iter().skip(4).take(4)) {
        *to = *from;
    }
    let length = frame.len() as u64;
    let (mut a, mut b) = (seed ^ KEYS[0], u64::from_le_bytes(words) ^ length.wrapping_mul(KEYS[1]));
    let mut blocks = rest.chunks_exact(32);
    for block in &mut blocks {
        a = fold(word(block, 0) ^ KEYS[0] ^ a, word(block, 8) ^ KEYS[1]);
        b = fold(word(block, 16) ^ KEYS[2] ^ b, word(block, 24) ^ KEYS[3]);
    }
    let mut last = [0; 32];
    last[..blocks.remainder().len()].copy_from_slice(blocks.remainder());
    a = fold(word(&last, 0) ^ KEYS[0] ^ a, word(&last, 8) ^ KEYS[1]);
    b = fold(word(&last, 16) ^ KEYS[2] ^ b, word(&last, 24) ^ KEYS[3]);
    let sum = fold(a ^ KEYS[3], b ^ KEYS[2]);
    (sum ^ (sum >> 32)) as u32
}

/// The two halves of a product, one over the other.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_of_the_frame_its_length_and_the_seed_count() {
        let frame: Vec<u8> = (0..150_u8).map(|byte| byte.wrapping_mul(37)).collect();
        let whole = checksum(7, &frame);
        assert_ne!(checksum(8, &frame), whole);
        for bit in 0..frame.len() * 8 {
            let mut other = frame.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let counts = !(0..4).contains(&(bit / 8)) && !(8..12).contains(&(bit / 8));
            assert_eq!(checksum(7, &other) != whole, counts, "bit {bit}");
        }
        for length in 12..frame.len() {
            assert_ne!(checksum(7, &frame[..length]), whole, "length {length}");
        }
    }

    #[test]
    fn zeros_of_different_lengths_differ() {
        let mut sums: Vec<_> = (12..300).map(|length| checksum(1, &vec![0; length])).collect();
        sums.sort_unstable();
        sums.dedup();
        assert_eq!(sums.len(), 300 - 12);
    }
}
