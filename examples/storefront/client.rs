//! `Client`: calls to other services, each a span, each with the trace in its headers.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::error::Error;
use std::fmt;
use std::time::Duration;
use throughline::propagation;
use tracing::{Span, field, instrument};

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_ANSWER: usize = 1 << 20;

/// Calls other services.
#[derive(Clone)]
pub(crate) struct Client {
    http: legacy::Client<HttpConnector, Body>,
}

/// What a service answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// Why a call brought nothing.
#[derive(Debug)]
pub(crate) enum CallError {
    /// There was no answer, or none that can be read.
    NoAnswer(Box<dyn Error + Send + Sync>),
    /// The service answered with an error.
    Refused { status: StatusCode, reason: String },
}

// === impl Client ===

impl Client {
    pub(crate) fn new() -> Self {
        Client { http: legacy::Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Calls a service as part of the current trace.
    #[instrument(
        skip_all,
        fields(
            otel.name = %format_args!("{method} {path}"),
            otel.kind = "client",
            otel.status_code = field::Empty,
            http.request.method = %method,
            http.response.status_code = field::Empty,
            url.full = %format_args!("{base}{path}"),
        )
    )]
    pub(crate) async fn call(
        &self,
        method: Method,
        base: &str,
        path: &str,
        body: Value,
    ) -> Result<Value, CallError> {
        let mut request = request(method, base, path, &body)?;
        propagation::inject(request.headers_mut());
        let answer = self.send(request).await;
        if let Ok(answer) = &answer {
            Span::current().record("http.response.status_code", answer.status.as_u16());
        }
        let body = answer.and_then(Answer::into_success);
        if body.is_err() {
            Span::current().record("otel.status_code", "error");
        }
        body
    }

    /// Sends a request as it stands.
    pub(crate) async fn send(&self, request: Request<Body>) -> Result<Answer, CallError> {
        let exchange = async {
            let response = self.http.request(request).await.map_err(no_answer)?;
            let status = response.status();
            let body = to_bytes(Body::new(response.into_body()), MAX_ANSWER).await.map_err(no_answer)?;
            let body = serde_json::from_slice(&body).map_err(no_answer)?;
            Ok(Answer { status, body })
        };
        tokio::time::timeout(TIMEOUT, exchange).await.unwrap_or_else(|late| Err(no_answer(late)))
    }
}

/// A request with a JSON body.
pub(crate) fn request(
    method: Method,
    base: &str,
    path: &str,
    body: &Value,
) -> Result<Request<Body>, CallError> {
    let request = Request::builder().method(method).uri(format!("{base}{path}"));
    let request = request.header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from(body.to_string())).map_err(no_answer)
}

fn no_answer(error: impl Into<Box<dyn Error + Send + Sync>>) -> CallError {
    CallError::NoAnswer(error.into())
}

// === impl Answer ===

impl Answer {
    fn into_success(self) -> Result<Value, CallError> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        let reason = self.body["error"].as_str().unwrap_or("no reason given").to_owned();
        Err(CallError::Refused { status: self.status, reason })
    }
}

// === impl CallError ===

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::NoAnswer(_) => f.write_str("there was no answer"),
            CallError::Refused { status, reason } => write!(f, "it answered {}: {reason}", status.as_u16()),
        }
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            CallError::NoAnswer(source) => Some(&**source),
            CallError::Refused { .. } => None,
        }
    }
}
