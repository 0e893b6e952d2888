//! What a service sees of a request.

use http::HeaderMap;
use serde_json::{Map, Value, json};
use throughline::{baggage, correlation_id, current_context, propagation};

/// How the names of headers begin that carry context, in any format.
const CONTEXT: [&str; 10] = [
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-",
    "uber-trace-id",
    "uberctx-",
    "x-datadog-",
    "x-amzn-trace-id",
    "x-correlation-id",
];

/// What is seen of a request in its span: what came with it, and what a handler is told.
pub(crate) fn sight(headers: &HeaderMap) -> Value {
    let span = current_context();
    let parent = propagation::extract(headers).span_context().span_id();
    let told = baggage::current();
    json!({
        "service": std::env::var("OTEL_SERVICE_NAME").unwrap_or_default(),
        "trace_id": span.trace_id().to_string(),
        "span_id": span.span_id().to_string(),
        "parent_id": parent.to_string(),
        "sampled": span.is_sampled(),
        "correlation_id": correlation_id().map(|id| id.to_string()),
        "baggage": told.iter().map(|(name, value)| (name.to_owned(), value.into())).collect::<Map<_, _>>(),
        "received": received(headers),
    })
}

fn received(headers: &HeaderMap) -> Map<String, Value> {
    let carries = |name: &str| CONTEXT.iter().any(|start| name.starts_with(start));
    let context = headers.iter().filter(|(name, _)| carries(name.as_str()));
    context
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()))
        .collect()
}
