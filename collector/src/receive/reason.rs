//! `Reason`: why a request is refused, as a status and as the `google.rpc.Status` that OTLP wants for a body
//! (<https://opentelemetry.io/docs/specs/otlp/#failures>).

use super::encoding::Encoding;
use crate::http::{Answer, answer, with_header};
use hyper::StatusCode;
use hyper::header::{ALLOW, RETRY_AFTER};

/// Seconds that a client is asked to wait when there is no room.
const RETRY_SECONDS: &str = "1";

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Not a POST.
    Method,
    /// No such path.
    Path,
    /// Neither protobuf nor JSON.
    ContentType,
    /// From a foreign page, or for a foreign host.
    Foreign(&'static str),
    /// Over a limit.
    TooLarge(String),
    /// The body is not what its headers say.
    Undecodable(String),
    /// No room at present.
    Busy,
}

// === impl Reason ===

impl Reason {
    /// The HTTP status, and the code of `google.rpc.Code`.
    fn codes(&self) -> (StatusCode, u32) {
        match self {
            Reason::Method => (StatusCode::METHOD_NOT_ALLOWED, 12),
            Reason::Path => (StatusCode::NOT_FOUND, 5),
            Reason::ContentType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, 3),
            Reason::Foreign(_) => (StatusCode::FORBIDDEN, 7),
            Reason::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, 8),
            Reason::Undecodable(_) => (StatusCode::BAD_REQUEST, 3),
            Reason::Busy => (StatusCode::SERVICE_UNAVAILABLE, 14),
        }
    }

    fn message(&self) -> &str {
        match self {
            Reason::Method => "only POST is served here",
            Reason::Path => "no such path; traces go to /v1/traces, log records to /v1/logs",
            Reason::ContentType => "the content type must be application/x-protobuf or application/json",
            Reason::Foreign(message) => message,
            Reason::TooLarge(message) | Reason::Undecodable(message) => message,
            Reason::Busy => "too much is being received at once; try again shortly",
        }
    }

    /// The answer, in the request's encoding; plain text if it has none that we know.
    pub(crate) fn answer(&self, encoding: Option<Encoding>) -> Answer {
        let (status, code) = self.codes();
        let refusal = match encoding {
            Some(Encoding::Protobuf) => {
                answer(status, Encoding::Protobuf.content_type(), protobuf_status(code, self.message()))
            }
            Some(Encoding::Json) => {
                let body = serde_json::json!({"code": code, "message": self.message()});
                answer(status, Encoding::Json.content_type(), body.to_string())
            }
            None => answer(status, "text/plain; charset=utf-8", format!("{}\n", self.message())),
        };
        match self {
            Reason::Method => with_header(refusal, ALLOW, "POST"),
            Reason::Busy => with_header(refusal, RETRY_AFTER, RETRY_SECONDS),
            _ => refusal,
        }
    }
}

/// A `google.rpc.Status`: `int32 code = 1; string message = 2;`.
fn protobuf_status(code: u32, message: &str) -> Vec<u8> {
    let mut out = vec![0x08];
    put_varint(&mut out, u64::from(code));
    out.push(0x12);
    put_varint(&mut out, message.len() as u64);
    out.extend_from_slice(message.as_bytes());
    out
}

fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_written_as_protobuf() {
        assert_eq!(protobuf_status(3, "unexpected EOF"), b"\x08\x03\x12\x0eunexpected EOF");
        let long = protobuf_status(3, &"x".repeat(300));
        assert_eq!(&long[..5], b"\x08\x03\x12\xac\x02");
        assert_eq!(long.len(), 305);
    }
}
