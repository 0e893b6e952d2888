//! What connects a span with messages: the context in their headers, links to them, and how it failed.

use crate::context::Context;
use crate::layer::SpanExt;
use crate::propagation::{self, Extract, Inject};
use crate::wire::StatusCode;
use std::borrow::Borrow;
use tracing::Span;

/// The context that the headers of a message carry, in any format that the process uses; not valid if there is none, or one
/// that is malformed.
pub fn extract(headers: &impl Extract) -> Context {
    propagation::extract(headers)
}

/// Puts the context of a span into the headers of a message, in every format that the process uses; what was there under
/// the same names is replaced.
///
/// If the span is not recorded, as when a filter hides it, the context of the current span is put there instead, so that
/// the trace still goes on. The context is handed out with that: see [`SpanExt::context`].
pub fn inject(span: &Span, headers: &mut impl Inject) {
    let context = span.context();
    match context.is_valid() {
        true => propagation::inject_context(&context, headers),
        false => propagation::inject(headers),
    }
}

/// Tells a span which messages it deals with: the number of `contexts` becomes `messaging.batch.message_count`, and the
/// span is linked to every one that is valid.
///
/// At most [`Limits::links`](crate::Limits::links) links are kept, 128 by default; what is over is in the span's count of
/// dropped links. To be called once for a span: the number is that of the last call.
///
/// ```
/// # use throughline::{messaging, testing::capture};
/// # let messages: Vec<std::collections::HashMap<String, String>> = vec![Default::default(); 3];
/// # let trace = capture(|| {
/// let span = messaging::consumer("kafka", "orders").receive();
/// let contexts: Vec<_> = messages.iter().map(|headers| messaging::extract(headers)).collect();
/// messaging::link_batch(&span, &contexts);
/// # });
/// # assert_eq!(trace.span("receive orders").attr("messaging.batch.message_count"), 3);
/// ```
pub fn link_batch(span: &Span, contexts: impl IntoIterator<Item = impl Borrow<Context>>) {
    if span.is_disabled() {
        return;
    }
    let mut count = 0_u64;
    for context in contexts {
        count += 1;
        span.add_link(context.borrow().clone());
    }
    span.record("messaging.batch.message_count", count);
}

/// Records that the operation failed: `error.type`, and the status.
///
/// `error_type` says which kind of failure it was in a word of low cardinality, such as the system's code for it;
/// `description` is for people, and may be empty.
pub fn fail(span: &Span, error_type: &str, description: &str) {
    span.record("error.type", error_type);
    span.set_status(StatusCode::Error, description);
}
