//! `Failure`: an error that a handler answers with; it is recorded where it happens.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::error::Error;
use throughline::{SpanExt, TraceId};
use tracing::{Span, error};

/// An answer that says what went wrong, and in which trace to look for more.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    error: String,
    trace_id: TraceId,
}

// === impl Failure ===

impl Failure {
    /// Records the error with all its sources in the current span, which has failed thereby.
    pub(crate) fn new(status: StatusCode, error: &(dyn Error + 'static)) -> Self {
        error!(error);
        Span::current().set_attribute("http.response.status_code", i64::from(status.as_u16()));
        let trace_id = throughline::current_context().trace_id();
        Failure { status, error: error.to_string(), trace_id }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "trace_id": self.trace_id.to_string() });
        (self.status, Json(body)).into_response()
    }
}
