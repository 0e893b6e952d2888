//! `Failure`: why a request got no answer.

use std::error::Error;
use std::io;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    /// In one sentence, with the endpoint and with what to set.
    pub(crate) reason: String,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// Nothing was sent: a file or a header cannot be used.
    Setup,
    /// The host's name does not resolve.
    Name,
    /// Nothing listens there, or nothing lets us there.
    Connect,
    /// TLS was refused, by us or by the other side.
    Tls,
    /// Not in time.
    Timeout,
    /// What came back is not HTTP/1.
    NotHttp,
    /// The connection was closed, or broke, without an answer.
    Closed,
}

// === impl Failure ===

impl Failure {
    pub(super) fn setup(reason: impl Into<String>) -> Self {
        Failure { kind: FailureKind::Setup, reason: reason.into() }
    }
}

/// An error and what caused it, the outermost first. An `io::Error` that wraps another is followed into it, which its
/// `source` is not.
pub(super) fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let (mut found, mut next) = (Vec::new(), Some(error));
    while let Some(error) = next {
        found.push(error);
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    found
}

/// The cause of this type, if there is one.
pub(super) fn cause<'a, E: Error + 'static>(causes: &[&'a (dyn Error + 'static)]) -> Option<&'a E> {
    causes.iter().find_map(|error| error.downcast_ref::<E>())
}

/// What kind of failure an error of the HTTP client is, TLS aside. Its types for this are not public; their texts are
/// compared, and what is not known is `Closed`.
pub(super) fn kind_of(error: &reqwest::Error, causes: &[&(dyn Error + 'static)]) -> FailureKind {
    let any = |start: &str| causes.iter().any(|cause| cause.to_string().starts_with(start));
    match () {
        () if error.is_timeout() => FailureKind::Timeout,
        () if error.is_connect() && any("dns error") => FailureKind::Name,
        () if error.is_connect() => FailureKind::Connect,
        () if any("invalid HTTP") => FailureKind::NotHttp,
        () => FailureKind::Closed,
    }
}
