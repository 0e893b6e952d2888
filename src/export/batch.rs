//! `Batch`: finished spans as shared bytes.

use super::SpanView;
use crate::buffer::frame::Frame;
use crate::buffer::segment::Segment;
use std::fmt;
use std::sync::Arc;

/// Finished spans on their way out. Cheap to clone: the bytes are shared, and freed by the last exporter.
#[derive(Clone)]
pub struct Batch {
    segments: Arc<[Segment]>,
    /// The frames of the segments, counted through, that belong to this batch.
    first: usize,
    count: usize,
}

// === impl Batch ===

impl Batch {
    pub(crate) fn new(segments: Vec<Segment>) -> Batch {
        let count = segments.iter().map(Segment::frame_count).sum();
        Batch { segments: segments.into(), first: 0, count }
    }

    /// Number of spans.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no spans. The worker sends no such batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The spans, in the order in which each thread finished them.
    pub fn spans(&self) -> impl Iterator<Item = SpanView<'_>> {
        self.frames().map(SpanView::new)
    }

    pub(crate) fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.segments.iter().flat_map(Segment::frames).skip(self.first).take(self.count)
    }

    /// Cut into batches of at most `most` spans.
    pub(crate) fn split(self, most: usize) -> impl Iterator<Item = Batch> {
        let (most, end) = (most.max(1), self.first + self.count);
        let starts = (self.first..end).step_by(most);
        starts.map(move |first| Batch {
            first,
            count: most.min(end - first),
            segments: self.segments.clone(),
        })
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("spans", &self.count).finish_non_exhaustive()
    }
}
