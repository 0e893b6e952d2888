//! The body of an OTLP request, stitched together from frames without looking into them.

use super::Batch;
use crate::wire::{Resource, Scope, put_len_prefix, put_resource, put_scope, varint_len};

/// `resource_spans` of the request, `scope_spans` of `ResourceSpans`, `spans` of `ScopeSpans`: fields 1, 2, 2.
const RESOURCE_SPANS: u32 = 1;
const SCOPE_SPANS: u32 = 2;
const SPANS: u32 = 2;

/// What every request of this process begins with.
#[derive(Debug)]
pub(crate) struct Envelope {
    /// `ResourceSpans.resource`, with tag and length.
    resource: Vec<u8>,
    /// `ScopeSpans.scope`, with tag and length.
    scope: Vec<u8>,
}

// === impl Envelope ===

impl Envelope {
    pub(crate) fn new(resource: &Resource) -> Self {
        let (mut encoded, mut scope) = (Vec::new(), Vec::new());
        put_resource(&mut encoded, resource);
        let ours = Scope {
            name: "throughline".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Scope::default()
        };
        put_scope(&mut scope, &ours);
        Envelope { resource: encoded, scope }
    }

    /// An `ExportTraceServiceRequest` with all spans of the batch. All lengths are known beforehand, so the body
    /// is allocated once and each span copied once.
    pub(crate) fn request(&self, batch: &Batch) -> Vec<u8> {
        let spans: usize = batch.frames().map(|frame| delimited(frame.message().len())).sum();
        let scope_spans = self.scope.len() + spans;
        let resource_spans = self.resource.len() + delimited(scope_spans);
        let mut out = Vec::with_capacity(delimited(resource_spans));
        put_len_prefix(&mut out, RESOURCE_SPANS, resource_spans);
        out.extend_from_slice(&self.resource);
        put_len_prefix(&mut out, SCOPE_SPANS, scope_spans);
        out.extend_from_slice(&self.scope);
        for frame in batch.frames() {
            let message = frame.message();
            put_len_prefix(&mut out, SPANS, message.len());
            out.extend_from_slice(message);
        }
        out
    }
}

/// Length of a message with a one-byte tag and its length.
fn delimited(length: usize) -> usize {
    1 + varint_len(length as u64) + length
}
