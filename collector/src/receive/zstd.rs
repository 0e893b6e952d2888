//! `ZstdFrames`: a body of Zstandard frames, read one after another (RFC 8878).

use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::StreamingDecoder;
use std::io::{self, Read};

/// A frame that wants more memory behind it is refused: senders over HTTP never need more (RFC 9659).
const MAX_WINDOW: u64 = 8 * 1024 * 1024;

/// The bytes that the frames stand for.
pub(super) struct ZstdFrames<'a> {
    rest: &'a [u8],
    frame: Option<StreamingDecoder<&'a [u8], FrameDecoder>>,
    begun: bool,
}

// === impl ZstdFrames ===

impl<'a> ZstdFrames<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        ZstdFrames { rest: body, frame: None, begun: false }
    }
}

impl Read for ZstdFrames<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(mut frame) = self.frame.take() else {
                // A body of no frame at all is none.
                if self.begun && self.rest.is_empty() {
                    return Ok(0);
                }
                self.begun = true;
                let frame = StreamingDecoder::new_with_max_window_size(self.rest, MAX_WINDOW);
                self.frame = Some(frame.map_err(io::Error::other)?);
                continue;
            };
            match frame.read(out)? {
                0 => self.rest = frame.into_inner(),
                read => {
                    self.frame = Some(frame);
                    return Ok(read);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    fn read(body: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        ZstdFrames::new(body).read_to_end(&mut out)?;
        Ok(out)
    }

    fn frame(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec(bytes, CompressionLevel::Fastest)
    }

    #[test]
    fn frames_are_joined_and_anything_else_is_an_error() {
        let two = [frame(b"one "), frame(b"two")].concat();
        assert_eq!(read(&two).expect("two frames"), b"one two");
        assert_eq!(read(&frame(b"")).expect("a frame of nothing"), b"");
        for bad in [&b""[..], b"garbage", &two[..two.len() - 1], &[&two[..], b"garbage"].concat()] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_frame_that_wants_too_much_memory_is_refused_before_it_gets_it() {
        // The window of the largest exponent: some terabytes.
        let huge = [&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8][..], &frame(b"x")[6..]].concat();
        let error = read(&huge).expect_err("no such memory");
        assert!(error.to_string().contains("window"), "{error}");
    }
}
