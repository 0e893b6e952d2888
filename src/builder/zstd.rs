//! `Builder::zstd`, under the feature of that name.

use super::builder::Builder;
use crate::export::Compression;

// === impl Builder ===

impl Builder {
    /// Compresses requests with Zstandard instead of gzip: smaller, in less time. Default: no. The OpenTelemetry collector
    /// and ours read it; other receivers may answer 400 or 415, which [`Guard::check`](crate::Guard::check) tells.
    pub fn zstd(mut self, on: bool) -> Self {
        self.transport.compression = on.then_some(Compression::ZSTD);
        self
    }
}
