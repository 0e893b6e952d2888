//! `Compression`: how the bodies of requests are made smaller.

use flate2::write::GzEncoder;
use std::fmt;
use std::io::{self, Write};

/// A way to compress bodies.
#[derive(Clone, Copy, Default)]
pub(crate) struct Compression(Option<Encoding>);

/// A content encoding and what makes it.
#[derive(Clone, Copy)]
struct Encoding {
    name: &'static str,
    compress: fn(&[u8]) -> io::Result<Vec<u8>>,
}

// === impl Compression ===

impl Compression {
    pub(crate) const NONE: Compression = Compression(None);
    pub(crate) const GZIP: Compression = Compression::of("gzip", gzip);

    pub(super) const fn of(name: &'static str, compress: fn(&[u8]) -> io::Result<Vec<u8>>) -> Self {
        Compression(Some(Encoding { name, compress }))
    }

    /// The body as it is sent, and its `Content-Encoding`.
    pub(super) fn apply(self, body: Vec<u8>) -> io::Result<(Vec<u8>, Option<&'static str>)> {
        match self.0 {
            None => Ok((body, None)),
            Some(encoding) => Ok(((encoding.compress)(&body)?, Some(encoding.name))),
        }
    }

    /// The `Content-Encoding`, or "none".
    pub(crate) fn name(self) -> &'static str {
        self.0.map_or("none", |encoding| encoding.name)
    }
}

impl fmt::Debug for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), flate2::Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}
