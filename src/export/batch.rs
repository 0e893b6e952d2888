//! `Batch`: finished spans, or log records, as shared bytes.

use super::{LogView, Signal, SpanView};
use crate::buffer::frame::Frame;
use crate::buffer::segment::Segment;
use std::fmt;
use std::sync::Arc;

/// Finished spans, or log records, on their way out. Cheap to clone: the bytes are shared, and freed by the last exporter.
#[derive(Clone)]
pub struct Batch {
    signal: Signal,
    segments: Arc<[Segment]>,
    /// The frames of the segments, counted through, that belong to this batch.
    first: usize,
    count: usize,
}

// === impl Batch ===

impl Batch {
    /// Of segments that are all of this signal.
    pub(crate) fn new(signal: Signal, segments: Vec<Segment>) -> Batch {
        let count = segments.iter().map(Segment::frame_count).sum();
        Batch { signal, segments: segments.into(), first: 0, count }
    }

    /// What it holds.
    #[must_use]
    pub fn signal(&self) -> Signal {
        self.signal
    }

    /// Number of spans, or of log records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none. The worker sends no such batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The spans, in the order in which each thread finished them; none in a batch of log records.
    pub fn spans(&self) -> impl Iterator<Item = SpanView<'_>> {
        let wanted = self.signal == Signal::Traces;
        self.frames().take_while(move |_| wanted).map(SpanView::new)
    }

    /// The log records, in the order in which each thread made them; none in a batch of spans.
    pub fn logs(&self) -> impl Iterator<Item = LogView<'_>> {
        let wanted = self.signal == Signal::Logs;
        self.frames().take_while(move |_| wanted).map(LogView::new)
    }

    pub(crate) fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.segments.iter().flat_map(Segment::frames).skip(self.first).take(self.count)
    }

    /// Bytes of memory that it holds; of segments that it has with others, its part.
    pub(crate) fn held(&self) -> usize {
        let bytes: usize = self.segments.iter().map(Segment::capacity).sum();
        let frames: usize = self.segments.iter().map(Segment::frame_count).sum();
        if frames == self.count { bytes } else { bytes / frames.max(1) * self.count }
    }

    /// Cut into batches of at most `most` spans, and of at most `bytes` unless a single span has more.
    pub(crate) fn cut(self, most: usize, bytes: usize) -> Vec<Batch> {
        let whole: usize = self.segments.iter().map(Segment::length).sum();
        if self.count <= most && whole <= bytes {
            return vec![self];
        }
        let (mut parts, mut first, mut count, mut filled) = (Vec::new(), self.first, 0, 0);
        let part =
            |first, count| Batch { signal: self.signal, first, count, segments: Arc::clone(&self.segments) };
        for frame in self.frames() {
            if count > 0 && (count >= most || filled + frame.message().len() > bytes) {
                parts.push(part(first, count));
                (first, count, filled) = (first + count, 0, 0);
            }
            count += 1;
            filled += frame.message().len();
        }
        if count > 0 {
            parts.push(part(first, count));
        }
        parts
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("signal", &self.signal)
            .field("len", &self.count)
            .finish_non_exhaustive()
    }
}
