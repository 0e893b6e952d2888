//! `Queue`: full segments between the threads that fill them and the worker that takes them.

use super::segment::Segment;
use crate::sync::{AtomicUsize, Mutex, Ordering};
use std::sync::PoisonError;

/// Segments of one signal that wait for the worker. Pushed to once in 64 KiB of spans, so one lock serves all threads.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    segments: Mutex<Vec<Segment>>,
    bytes: AtomicUsize,
}

// === impl Queue ===

impl Queue {
    /// Adds a segment and returns how many bytes now wait.
    pub(crate) fn push(&self, segment: Segment) -> usize {
        let length = segment.length();
        let mut segments = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
        segments.push(segment);
        self.bytes.fetch_add(length, Ordering::Relaxed) + length
    }

    /// Takes all that waits, oldest first, leaving the emptied list of an earlier call behind: the threads that push
    /// are spared the allocations.
    pub(crate) fn take_into(&self, taken: &mut Vec<Segment>) {
        let mut segments = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
        self.bytes.store(0, Ordering::Relaxed);
        if taken.is_empty() {
            std::mem::swap(&mut *segments, taken);
        } else {
            taken.append(&mut segments);
        }
    }
}
