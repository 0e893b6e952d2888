//! `Numbered`: span ids that tell in which order spans were started, whatever the clock says.

use crate::context::{IdGenerator, IdRng, SpanId, TraceId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Makes span ids of a random half, which is the capture's, and a number. The random half keeps the ids of captures
/// apart that exchange headers.
#[derive(Clone)]
pub(super) struct Numbered {
    half: u64,
    next: Arc<AtomicU32>,
}

// === impl Numbered ===

impl Numbered {
    pub(super) fn new() -> Self {
        let half = IdRng::unseeded().next_u64() | 1 << 63;
        Numbered { half: half & !u64::from(u32::MAX), next: Arc::default() }
    }

    /// Whether the id was made here.
    pub(super) fn made(&self, id: SpanId) -> bool {
        id.to_u64() & !u64::from(u32::MAX) == self.half
    }
}

impl IdGenerator for Numbered {
    fn trace_id(&self) -> TraceId {
        // Replaced by a random one, as samplers need it.
        TraceId::INVALID
    }

    fn span_id(&self) -> SpanId {
        SpanId::from_u64(self.half | u64::from(self.next.fetch_add(1, Ordering::Relaxed)))
    }
}
