//! `Outlet`: segments of what is kept, on their way to the lanes.

use crate::buffer::frame;
use crate::buffer::open_segment::OpenSegment;
use crate::buffer::segment::{Segment, Spares};
use crate::export::Signal;
use crate::wire::put_string_field;
use std::sync::Arc;

/// Field of the OTLP `Span`.
const TRACE_STATE: u32 = 3;
/// The tag and the length of a trace state.
const STATE_HEAD: usize = 4;

/// The segments of both signals.
#[derive(Debug)]
pub(super) struct Outlet {
    /// By signal.
    open: [OpenSegment; Signal::ALL.len()],
    full: [Vec<Segment>; Signal::ALL.len()],
    spares: Arc<Spares>,
}

/// What is appended to a span's message.
#[derive(Debug, Default)]
pub(super) struct Additions<'a> {
    /// An attribute as a field of the span.
    pub(super) attribute: &'a [u8],
    /// In place of the one that it has.
    pub(super) trace_state: Option<&'a str>,
}

// === impl Outlet ===

impl Outlet {
    pub(super) fn new(spares: Arc<Spares>) -> Outlet {
        Outlet { open: Default::default(), full: Default::default(), spares }
    }

    /// Passes a frame on; `false` when the memory bound does not allow it.
    pub(super) fn put(&mut self, signal: Signal, frame: &[u8], additions: &Additions<'_>) -> bool {
        let state = additions.trace_state.map_or(0, |state| STATE_HEAD + state.len());
        let room = frame.len() + additions.attribute.len() + state;
        let (segment, mut full) = (&mut self.open[signal as usize], None);
        let fits = segment.fits(room) || segment.make_room(room, &self.spares, &mut full);
        self.full[signal as usize].extend(full);
        if !fits {
            return false;
        }
        let start = segment.bytes.len();
        segment.bytes.extend_from_slice(frame);
        segment.bytes.extend_from_slice(additions.attribute);
        if let Some(state) = additions.trace_state {
            put_string_field(&mut segment.bytes, TRACE_STATE, state);
        }
        frame::close(&mut segment.bytes[start..]);
        segment.end_frame(start);
        true
    }

    /// Passes a segment on as it is.
    pub(super) fn forward(&mut self, segment: Segment) {
        self.full[segment.signal() as usize].push(segment);
    }

    /// Takes the full segments of a signal; with `all` also what has been begun.
    pub(super) fn take(&mut self, signal: Signal, all: bool, taken: &mut Vec<Segment>) {
        taken.append(&mut self.full[signal as usize]);
        if all {
            taken.extend(self.open[signal as usize].seal(&self.spares));
        }
    }
}
