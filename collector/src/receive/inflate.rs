//! Inflates bodies, counting while it does, so that a small body that stands for a huge one costs no memory.

use super::encoding::Compression;
use super::reason::Reason;
use super::zstd::ZstdFrames;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::io::Read;

/// Bytes inflated at a time, and asked for before they are kept.
const STEP: usize = 64 * 1024;

/// The body as it was before it was compressed; `reserve` is asked for room before each step is kept.
pub(crate) fn inflate(
    body: Vec<u8>,
    compression: Compression,
    limit: usize,
    reserve: impl FnMut(usize) -> bool,
) -> Result<Vec<u8>, Reason> {
    match compression {
        Compression::Identity => Ok(body),
        Compression::Gzip => read_all(MultiGzDecoder::new(body.as_slice()), "gzip", limit, reserve),
        Compression::Zlib => read_all(ZlibDecoder::new(body.as_slice()), "zlib", limit, reserve),
        Compression::Zstd => read_all(ZstdFrames::new(body.as_slice()), "zstd", limit, reserve),
    }
}

fn read_all(
    mut from: impl Read,
    name: &'static str,
    limit: usize,
    mut reserve: impl FnMut(usize) -> bool,
) -> Result<Vec<u8>, Reason> {
    let mut out = Vec::new();
    let mut step = vec![0; STEP];
    loop {
        let read = from.read(&mut step).map_err(|e| Reason::Undecodable(format!("{name}: {e}")))?;
        if read == 0 {
            return Ok(out);
        }
        if out.len() + read > limit {
            return Err(Reason::TooLarge(format!("the {name} body inflates to more than {limit} bytes")));
        }
        if !reserve(read) {
            return Err(Reason::Busy);
        }
        out.extend_from_slice(&step[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression as Level;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
        encoder.write_all(bytes).expect("in memory");
        encoder.finish().expect("in memory")
    }

    #[test]
    fn members_are_joined_and_anything_else_after_them_is_an_error() {
        let two = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(inflate(two.clone(), Compression::Gzip, 7, |_| true), Ok(b"one two".to_vec()));
        let garbage = [two, b"garbage".to_vec()].concat();
        assert!(matches!(inflate(garbage, Compression::Gzip, 99, |_| true), Err(Reason::Undecodable(_))));
        let cut = gzip(b"cut short")[..12].to_vec();
        assert!(matches!(inflate(cut, Compression::Gzip, 99, |_| true), Err(Reason::Undecodable(_))));
        assert!(matches!(inflate(Vec::new(), Compression::Gzip, 99, |_| true), Err(Reason::Undecodable(_))));
    }

    #[test]
    fn zlib_is_read() {
        let mut encoder = ZlibEncoder::new(Vec::new(), Level::fast());
        encoder.write_all(b"text").expect("in memory");
        let body = encoder.finish().expect("in memory");
        assert_eq!(inflate(body, Compression::Zlib, 4, |_| true), Ok(b"text".to_vec()));
    }

    #[test]
    fn a_bomb_is_refused_before_its_bytes_are_kept() {
        let bomb = gzip(&vec![0; 10 << 20]);
        let mut kept = 0;
        let refused = inflate(bomb.clone(), Compression::Gzip, 1 << 20, |bytes| {
            kept += bytes;
            true
        });
        assert!(matches!(refused, Err(Reason::TooLarge(_))));
        assert!(kept <= 1 << 20);
        assert_eq!(inflate(bomb, Compression::Gzip, 99 << 20, |_| false), Err(Reason::Busy));
    }
}
