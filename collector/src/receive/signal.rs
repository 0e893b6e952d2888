//! `Signal`: what a request brings, spans or log records, and how each is read.

use super::encoding::Encoding;
use super::reason::Reason;
use crate::ingest::{self, Ingest, Received};
use throughline::wire::{self, LogsRequest, TracesRequest};

/// What a request brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Spans, on `/v1/traces`.
    Traces,
    /// Log records, on `/v1/logs`.
    Logs,
}

/// A request, decoded.
#[derive(Debug)]
pub(super) enum Decoded {
    Traces(TracesRequest),
    Logs(LogsRequest),
}

// === impl Signal ===

impl Signal {
    /// The signal that is received at `path`.
    pub(super) fn at(path: &str) -> Option<Self> {
        match path {
            "/v1/traces" => Some(Signal::Traces),
            "/v1/logs" => Some(Signal::Logs),
            _ => None,
        }
    }

    /// The field of a JSON answer that says how many were refused.
    pub(super) fn rejected_name(self) -> &'static str {
        match self {
            Signal::Traces => "rejectedSpans",
            Signal::Logs => "rejectedLogRecords",
        }
    }

    /// The memory that the body takes once it is decoded.
    pub(super) fn decoded_bytes(self, body: &[u8], encoding: Encoding) -> usize {
        match (self, encoding) {
            (_, Encoding::Json) => ingest::json_bytes(body),
            (Signal::Traces, Encoding::Protobuf) => ingest::decoded_bytes(body),
            (Signal::Logs, Encoding::Protobuf) => ingest::decoded_log_bytes(body),
        }
    }

    pub(super) fn decode(self, body: &[u8], encoding: Encoding) -> Result<Decoded, Reason> {
        match (self, encoding) {
            (Signal::Traces, Encoding::Protobuf) => {
                wire::read_traces(body).map(Decoded::Traces).map_err(|e| Reason::Undecodable(e.to_string()))
            }
            (Signal::Logs, Encoding::Protobuf) => {
                wire::read_logs(body).map(Decoded::Logs).map_err(|e| Reason::Undecodable(e.to_string()))
            }
            (Signal::Traces, Encoding::Json) => {
                ingest::read_json(body).map(Decoded::Traces).map_err(Reason::Undecodable)
            }
            (Signal::Logs, Encoding::Json) => {
                ingest::read_json_logs(body).map(Decoded::Logs).map_err(Reason::Undecodable)
            }
        }
    }
}

// === impl Decoded ===

impl Decoded {
    /// Stores the request.
    pub(super) fn store(self, ingest: &Ingest) -> Received {
        match self {
            Decoded::Traces(request) => ingest.take(request),
            Decoded::Logs(request) => ingest.take_logs(request),
        }
    }
}
