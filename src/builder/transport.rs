//! `Transport`: what a program can say of the way to its collector, beside the endpoint.

use super::builder::Builder;
use crate::export::{Compression, HeaderProvider};
use std::path::PathBuf;

/// What code says; the rest is left to the environment.
#[derive(Default)]
pub(super) struct Transport {
    pub(super) ca_certificate: Option<PathBuf>,
    pub(super) client_certificate: Option<(PathBuf, PathBuf)>,
    pub(super) header_provider: Option<HeaderProvider>,
    /// Goes before `Builder::gzip`.
    pub(super) compression: Option<Compression>,
    pub(super) bisect: bool,
    pub(super) no_startup_check: bool,
}

// === impl Builder ===

impl Builder {
    /// A PEM file with the authorities, or the one, that the collector's certificate must be signed by. No others are
    /// trusted then. Default: `OTEL_EXPORTER_OTLP_CERTIFICATE`, else the system's authorities.
    ///
    /// The file is read at the first request, again every 10 seconds while there is something to send, and at once after
    /// TLS was refused: it may be replaced while the program runs. Where a new file cannot be used, the one before stays
    /// in use, and that is told.
    pub fn ca_certificate(mut self, file: impl Into<PathBuf>) -> Self {
        self.transport.ca_certificate = Some(file.into());
        self
    }

    /// PEM files with the certificate that this program shows to the collector (mutual TLS), followed by those between it
    /// and its authority, and with its private key: PKCS #8, PKCS #1 or SEC1, not encrypted. Both may be in one file.
    /// Default: `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `OTEL_EXPORTER_OTLP_CLIENT_KEY`, else none.
    ///
    /// They are read again as [`ca_certificate`](Self::ca_certificate) is.
    pub fn client_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.transport.client_certificate = Some((certificate.into(), key.into()));
        self
    }

    /// Gives headers anew before each request: for credentials that expire. Those of the same names that are set by
    /// [`header`](Self::header) or the environment are replaced.
    ///
    /// It is called on a thread of the worker's, where it may block, one call at a time; what it records itself is not
    /// recorded. Where it panics, gives what is no header, or does not return within the request's
    /// [timeout](Self::timeout), nothing is sent: the batch waits and is sent again like one that found no collector.
    ///
    /// ```
    /// # fn token() -> String { String::new() }
    /// let builder = throughline::builder()
    ///     .header_provider(|| vec![("authorization".to_owned(), format!("Bearer {}", token()))]);
    /// # drop(builder);
    /// ```
    pub fn header_provider(
        mut self,
        give: impl Fn() -> Vec<(String, String)> + Send + Sync + 'static,
    ) -> Self {
        self.transport.header_provider = Some(HeaderProvider::new(give));
        self
    }

    /// Whether a batch that the collector answers with 400 is halved and sent again, until what is bad in it is alone: it
    /// alone is then rejected. Default: no, as the OpenTelemetry protocol wants it, since one bad batch of `n` costs up to
    /// `2 * log2(n)` requests more. After 64 refusals in a row batches are rejected whole until one is taken again.
    pub fn bisect_rejected(mut self, on: bool) -> Self {
        self.transport.bisect = on;
        self
    }

    /// Whether the way to the collector is checked once when the program starts, by a request with nothing in it, in the
    /// background: what is wrong is then told in one line with what to set, before anything is lost. Default: yes.
    /// [`Guard::check`](crate::Guard::check) does the same on demand.
    pub fn startup_check(mut self, on: bool) -> Self {
        self.transport.no_startup_check = !on;
        self
    }
}
