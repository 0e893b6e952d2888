//! Zstandard (RFC 8878), by the reference implementation: a fifth of gzip's time for bodies that are a tenth smaller.

use super::Compression;

/// The level that the reference implementation calls fastest but one: what a request costs matters more than its last byte.
const LEVEL: i32 = 1;

// === impl Compression ===

impl Compression {
    pub(crate) const ZSTD: Compression = Compression::of("zstd", |body| zstd::bulk::compress(body, LEVEL));
}
