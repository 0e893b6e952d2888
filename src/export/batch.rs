//! `Batch`: finished spans, or log records, as shared bytes.

use super::{Envelope, LogView, Signal, SpanView};
use crate::buffer::frame::Frame;
use crate::buffer::segment::Segment;
use std::fmt;
use std::ops::Range;
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

    /// Whose it is, if not this process's: all of it is of one process.
    pub(crate) fn origin(&self) -> Option<&Envelope> {
        self.segments.first().and_then(|segment| segment.origin()).map(|origin| &**origin)
    }

    /// Since when the oldest of it lies on disk, nanoseconds since the Unix epoch; `None` if not all of it does.
    pub(crate) fn spooled_at(&self) -> Option<u64> {
        let each = self.parts().map(|(segment, ..)| segment.spooled_at());
        each.reduce(|one, other| Some(one?.min(other?))).flatten()
    }

    /// Bytes that it takes; of segments that it shares with other batches, its part.
    pub(crate) fn weight(&self) -> usize {
        let part = |(segment, _, frames): (&Segment, usize, usize)| {
            segment.weight() * frames / segment.frame_count().max(1)
        };
        self.parts().map(part).sum()
    }

    /// The segments that it has frames of, with the first of them and their number.
    fn parts(&self) -> impl Iterator<Item = (&Segment, usize, usize)> {
        let (first, end) = (self.first, self.first + self.count);
        let mut at = 0;
        self.segments.iter().filter_map(move |segment| {
            let (from, to) = (at, at + segment.frame_count());
            at = to;
            let begin = first.max(from);
            let common = end.min(to).saturating_sub(begin);
            (common > 0).then_some((segment, begin.saturating_sub(from), common))
        })
    }

    /// An exporter is to answer for it.
    pub(crate) fn owe(&self) {
        self.parts().for_each(|(segment, _, frames)| segment.owe(frames));
    }

    /// An exporter has answered for it: it is delivered, or given up for good. Exporters are numbered as the spool's marks
    /// count them.
    pub(crate) fn answer(&self, exporter: Option<usize>) {
        self.parts().for_each(|(segment, first, frames)| segment.answer(exporter, first, frames));
    }

    /// Lets the memory of what lies on disk go.
    pub(crate) fn evict(&self) {
        self.parts().for_each(|(segment, ..)| segment.evict());
    }

    /// Whether somebody else has it too, or a batch that lies in the same segments.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.segments) > 1
    }

    /// Whether any of it is on disk only.
    pub(crate) fn is_evicted(&self) -> bool {
        self.parts().any(|(segment, ..)| segment.is_evicted())
    }

    /// Whether all of it is on disk only.
    pub(crate) fn is_out_of_memory(&self) -> bool {
        self.parts().all(|(segment, ..)| segment.is_evicted())
    }

    /// It is about to be read.
    pub(crate) fn load(&self) {
        self.parts().for_each(|(segment, ..)| segment.load());
    }

    /// A part of it.
    pub(crate) fn part(&self, frames: Range<usize>) -> Batch {
        let segments = Arc::clone(&self.segments);
        Batch { signal: self.signal, segments, first: self.first + frames.start, count: frames.len() }
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
