//! OTLP over HTTP: `POST /v1/traces` and `/v1/logs` (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>).

use super::budget::{Budget, Reservation};
use super::encoding::{Compression, Encoding};
use super::inflate::inflate;
use super::reason::Reason;
use super::signal::{Decoded, Signal};
use crate::http::{Answer, BodyError, answer, check_origin, collect, drain};
use crate::ingest::{Ingest, MAX_DECODED_BYTES, Received};
use hyper::body::Incoming;
use hyper::header::EXPECT;
use hyper::{HeaderMap, Method, Request, StatusCode};
use throughline::wire::{self, ExportResponse};

/// The longest body on the wire.
const MAX_WIRE_BYTES: usize = 64 * 1024 * 1024;
/// The longest body once inflated.
const MAX_INFLATED_BYTES: usize = 64 * 1024 * 1024;
/// What all requests in progress may take together, decoded spans and log records included.
const MAX_BYTES_IN_PROGRESS: usize = 512 * 1024 * 1024;

/// The receiver.
#[derive(Clone, Debug)]
pub(crate) struct OtlpHttp {
    ingest: Ingest,
    budget: Budget,
}

// === impl OtlpHttp ===

impl OtlpHttp {
    pub(crate) fn new(ingest: Ingest) -> Self {
        OtlpHttp { ingest, budget: Budget::new(MAX_BYTES_IN_PROGRESS) }
    }

    /// Answers one request; whatever it holds, the connection and the store stay whole.
    pub(crate) async fn handle(self, request: Request<Incoming>) -> Answer {
        let encoding = Encoding::of(request.headers());
        match self.receive(request, encoding).await {
            Ok(answer) => answer,
            Err(reason) => reason.answer(encoding),
        }
    }

    async fn receive(self, request: Request<Incoming>, encoding: Option<Encoding>) -> Result<Answer, Reason> {
        let checked = check_request(&request, encoding);
        let expects_continue = expects_continue(request.headers());
        let (signal, encoding, compression) = match checked {
            Ok(how) => how,
            Err(reason) => {
                if !expects_continue {
                    drain(request.into_body()).await;
                }
                return Err(reason);
            }
        };
        let mut room = self.budget.reservation();
        let body = collect(request.into_body(), MAX_WIRE_BYTES, expects_continue, |bytes| room.grow(bytes))
            .await
            .map_err(body_reason)?;
        // Inflating and decoding may take a while: other connections go on meanwhile.
        let stored = tokio::task::spawn_blocking(move || {
            let decoded = decode(body, signal, encoding, compression, &mut room)?;
            Ok(decoded.store(&self.ingest))
        });
        let received = stored.await.map_err(|_| Reason::Busy)??;
        Ok(success(received, signal, encoding))
    }
}

/// Everything that the headers alone can tell.
fn check_request(
    request: &Request<Incoming>,
    encoding: Option<Encoding>,
) -> Result<(Signal, Encoding, Compression), Reason> {
    check_origin(request).map_err(|foreign| Reason::Foreign(foreign.message()))?;
    let signal = Signal::at(request.uri().path()).ok_or(Reason::Path)?;
    if request.method() != Method::POST {
        return Err(Reason::Method);
    }
    let encoding = encoding.ok_or(Reason::ContentType)?;
    let compression = Compression::of(request.headers()).map_err(|name| {
        Reason::Undecodable(format!("content encoding {name:?} is not known; gzip, deflate and zstd are"))
    })?;
    Ok((signal, encoding, compression))
}

fn expects_continue(headers: &HeaderMap) -> bool {
    headers.get(EXPECT).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

fn body_reason(error: BodyError) -> Reason {
    match error {
        BodyError::TooLarge => Reason::TooLarge(format!("the body is longer than {MAX_WIRE_BYTES} bytes")),
        BodyError::NoRoom => Reason::Busy,
        BodyError::Broken => Reason::Undecodable("the body stopped before its end".to_owned()),
    }
}

fn decode(
    body: Vec<u8>,
    signal: Signal,
    encoding: Encoding,
    compression: Compression,
    room: &mut Reservation,
) -> Result<Decoded, Reason> {
    let body = inflate(body, compression, MAX_INFLATED_BYTES, |bytes| room.grow(bytes))?;
    // Two bytes can stand for an empty span of some hundred, so the decoded size has its own bound.
    let decoded = signal.decoded_bytes(&body, encoding);
    if decoded > MAX_DECODED_BYTES {
        return Err(Reason::TooLarge(format!("decoded, the body takes more than {MAX_DECODED_BYTES} bytes")));
    }
    if !room.grow(decoded) {
        return Err(Reason::Busy);
    }
    signal.decode(&body, encoding)
}

/// The answer to a request that was taken: `partial_success`, empty unless spans were refused.
fn success(received: Received, signal: Signal, encoding: Encoding) -> Answer {
    let body = match encoding {
        Encoding::Protobuf => wire::write_export_response(&ExportResponse {
            rejected_spans: received.rejected as i64,
            error_message: received.message().to_owned(),
            has_partial_success: true,
        }),
        Encoding::Json if received.rejected == 0 => br#"{"partialSuccess":{}}"#.to_vec(),
        Encoding::Json => serde_json::json!({"partialSuccess": {
            signal.rejected_name(): received.rejected.to_string(),
            "errorMessage": received.message(),
        }})
        .to_string()
        .into_bytes(),
    };
    answer(StatusCode::OK, encoding.content_type(), body)
}
