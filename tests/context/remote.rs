//! Contexts that come from another service.

use std::collections::HashMap;
use throughline::{Context, SpanData, propagation};

pub(crate) const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
pub(crate) const UNSAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

pub(crate) fn remote(traceparent: &str) -> Context {
    remote_with(traceparent, "")
}

pub(crate) fn remote_with(traceparent: &str, tracestate: &str) -> Context {
    let headers = [("traceparent", traceparent), ("tracestate", tracestate)];
    let headers: HashMap<_, _> = headers.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    propagation::extract(&headers)
}

pub(crate) fn is_of(span: &SpanData, context: &Context) -> bool {
    let context = context.span_context();
    (context.trace_id(), context.span_id()) == (span.trace_id, span.span_id)
}
