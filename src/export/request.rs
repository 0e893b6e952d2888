//! The body of an OTLP request, stitched together from frames without looking into them.

use super::{Batch, Signal};
use crate::buffer::frame::Frame;
use crate::wire::{Resource, Scope, put_bytes_field, put_len_prefix, put_resource, put_scope, varint_len};
use std::collections::HashMap;

/// `resource_spans` of the request, `scope_spans` of `ResourceSpans`, `spans` of `ScopeSpans`: fields 1, 2, 2. Of log
/// records the messages have other names and the same numbers.
const RESOURCE: u32 = 1;
const SCOPE: u32 = 2;
const RECORD: u32 = 2;

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
    pub(crate) fn new(resource: &Resource, of_spans: &Scope) -> Self {
        let (mut encoded, mut scope) = (Vec::new(), Vec::new());
        put_resource(&mut encoded, resource);
        put_scope(&mut scope, of_spans);
        Envelope { resource: encoded, scope }
    }

    /// As [`parts`](Self::parts) gave them.
    #[cfg_attr(not(all(unix, feature = "spool")), expect(dead_code, reason = "the spool's"))]
    pub(crate) fn of_parts(resource: &[u8], scope: &[u8]) -> Self {
        Envelope { resource: resource.to_vec(), scope: scope.to_vec() }
    }

    /// The resource and the scope of spans, each with tag and length.
    #[cfg_attr(not(all(unix, feature = "spool")), expect(dead_code, reason = "the spool's"))]
    pub(crate) fn parts(&self) -> (&[u8], &[u8]) {
        (&self.resource, &self.scope)
    }

    /// An `ExportTraceServiceRequest`, or an `ExportLogsServiceRequest`, with all of the batch. All lengths are known
    /// beforehand, so the body is allocated once and each record copied once.
    pub(crate) fn request(&self, batch: &Batch) -> Vec<u8> {
        let groups = match batch.signal() {
            Signal::Traces => {
                let mut group = Group::new(self.scope.clone());
                batch.frames().for_each(|frame| group.push(frame));
                vec![group]
            }
            Signal::Logs => by_scope(batch),
        };
        let scopes: usize = groups.iter().map(|group| delimited(group.length)).sum();
        let resource = self.resource.len() + scopes;
        let mut out = Vec::with_capacity(delimited(resource));
        put_len_prefix(&mut out, RESOURCE, resource);
        out.extend_from_slice(&self.resource);
        for group in &groups {
            put_len_prefix(&mut out, SCOPE, group.length);
            out.extend_from_slice(&group.scope);
            for frame in &group.frames {
                put_len_prefix(&mut out, RECORD, frame.message().len());
                out.extend_from_slice(frame.message());
            }
        }
        out
    }
}

/// Records of one instrumentation scope.
struct Group<'a> {
    /// The scope, with tag and length.
    scope: Vec<u8>,
    frames: Vec<Frame<'a>>,
    /// Of all of it.
    length: usize,
}

// === impl Group ===

impl<'a> Group<'a> {
    fn new(scope: Vec<u8>) -> Self {
        Group { length: scope.len(), scope, frames: Vec::new() }
    }

    fn push(&mut self, frame: Frame<'a>) {
        self.length += delimited(frame.message().len());
        self.frames.push(frame);
    }
}

/// Log records by their scopes, in the order in which those appear.
fn by_scope(batch: &Batch) -> Vec<Group<'_>> {
    let (mut groups, mut known) = (Vec::<Group<'_>>::new(), HashMap::new());
    for frame in batch.frames() {
        let at = *known.entry(frame.scope()).or_insert_with(|| {
            let mut scope = Vec::new();
            put_bytes_field(&mut scope, 1, frame.scope());
            groups.push(Group::new(scope));
            groups.len() - 1
        });
        groups[at].push(frame);
    }
    groups
}

/// Length of a message with a one-byte tag and its length.
fn delimited(length: usize) -> usize {
    1 + varint_len(length as u64) + length
}
