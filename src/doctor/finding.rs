//! `Finding`: one thing that is wrong, and what to set.

use std::fmt;

/// Something that is wrong on the way to a collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    problem: Problem,
    message: String,
    advice: String,
}

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Problem {
    /// A file or a header that was set cannot be used; nothing was sent.
    Setup,
    /// The host's name does not resolve.
    NameNotFound,
    /// The host refuses connections at this port.
    NothingListens,
    /// Nothing answers at all, neither yes nor no.
    Unreachable,
    /// It accepts connections and does not answer requests.
    NoAnswer,
    /// It is a port for OTLP over gRPC.
    GrpcPort,
    /// `https` to a port without TLS.
    NoTls,
    /// `http` to a port with TLS.
    TlsExpected,
    /// TLS was refused by one of the two sides.
    TlsRefused,
    /// 401 or 403.
    Credentials,
    /// The path has `/v1/...` twice.
    PathDoubled,
    /// The path lacks `/v1/...`, or has that of another signal.
    PathMissing,
    /// 404, and the path looks right.
    NotFound,
    /// 405: it takes no POST.
    MethodRefused,
    /// 415: it does not take protobuf, or the compression.
    EncodingRefused,
    /// It sends us elsewhere, which is not followed.
    Redirected,
    /// A proxy stands between and does not let us through.
    Proxy,
    /// What answers is no receiver of OTLP.
    NotOtlp,
    /// It takes nothing at present.
    Busy,
    /// Another answer that is no success.
    Refused,
    /// This machine's clock and the other's differ by minutes. What is sent arrives all the same.
    Clock,
}

// === impl Finding ===

impl Finding {
    pub(super) fn new(problem: Problem, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Finding { problem, message: message.into(), advice: advice.into() }
    }

    /// What kind of trouble it is.
    #[must_use]
    pub fn problem(&self) -> Problem {
        self.problem
    }

    /// What is wrong, in plain words.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to set or start.
    #[must_use]
    pub fn advice(&self) -> &str {
        &self.advice
    }

    /// Whether spans arrive all the same, now or later.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        matches!(self.problem, Problem::Clock | Problem::Busy)
    }

    /// Whether nobody was reached: what is to be sent then waits, and is sent again.
    pub(super) fn is_absence(&self) -> bool {
        !matches!(
            self.problem,
            Problem::Credentials
                | Problem::PathDoubled
                | Problem::PathMissing
                | Problem::NotFound
                | Problem::MethodRefused
                | Problem::EncodingRefused
                | Problem::Redirected
                | Problem::NotOtlp
                | Problem::Refused
                | Problem::Clock
        )
    }
}

/// In one line.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.advice.is_empty() {
            write!(f, ": {}", self.advice)?;
        }
        Ok(())
    }
}

/// What to set in order to change what came from there, in words that suit code and environment.
pub(super) fn setting(origin: &str) -> &str {
    match origin {
        "default" => "OTEL_EXPORTER_OTLP_ENDPOINT",
        "endpoint" => "the endpoint",
        "traces_endpoint" => "the endpoint of traces",
        "logs_endpoint" => "the endpoint of logs",
        variable => variable,
    }
}
