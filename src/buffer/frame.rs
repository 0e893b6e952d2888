//! Frame v1: a finished span or a log record as bytes that need nothing else to be read.
//!
//! The recorder writes frames into segments; the worker, the exporters, the spool and the tail sampler
//! read them. All numbers are little-endian:
//!
//! ```text
//!  0  u32  length of the whole frame; the spool stores it last: the commit mark
//!  4  u8   kind: 1 span, 2 log record; in memory also 0: taken out, to be passed over
//!  5  u8   flags, below
//!  6  u16  length of the scope
//!  8  u32  checksum (0 while frames stay in memory)
//! 12  u32  the local trace it belongs to: the last 4 bytes of the span id of its local root; 0: of none
//! 16  [16] trace id      32 [8] span id      40 [8] parent span id (0: none)
//! 48  u64  start         56 u64 end          nanoseconds since the Unix epoch; of a log record both are its time
//! 64       scope: an OTLP `InstrumentationScope` message; empty: throughline's own
//!          then the OTLP `Span` or `LogRecord` message, without its outer tag and length
//! ```
//!
//! A later stage may append fields to the message (in protobuf the last one wins), never rewrite it.

use crate::context::{SpanId, TraceId};

/// Bytes before the scope.
pub(crate) const HEADER_LEN: usize = 64;
/// `kind` of a frame that is somewhere else now.
pub(crate) const KIND_GONE: u8 = 0;
/// `kind` of a span's frame.
pub(crate) const KIND_SPAN: u8 = 1;
/// `kind` of a log record's frame.
pub(crate) const KIND_LOG: u8 = 2;

/// The trace is sampled.
pub(crate) const FLAG_SAMPLED: u8 = 1;
/// The span has no parent in this process.
pub(crate) const FLAG_LOCAL_ROOT: u8 = 2;
/// The span's status is Error.
pub(crate) const FLAG_ERROR: u8 = 4;
/// The span was still open when the program shut its tracing down.
pub(crate) const FLAG_UNFINISHED: u8 = 8;
/// A log record that is exported only if its trace turns out bad.
pub(crate) const FLAG_VERBOSE: u8 = 16;
/// The span's message has a trace state.
pub(crate) const FLAG_TRACE_STATE: u8 = 32;

/// The fixed fields of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) length: u32,
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) scope_length: u16,
    pub(crate) local_root: u32,
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent_span_id: SpanId,
    pub(crate) start_unix_nanos: u64,
    pub(crate) end_unix_nanos: u64,
}

/// A frame in a segment.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a>(&'a [u8]);

// === impl Header ===

impl Header {
    /// Writes the header into the first bytes of `out`, which are zero.
    #[inline]
    pub(crate) fn write_to<const N: usize>(&self, out: &mut [u8; N]) {
        const { assert!(N >= HEADER_LEN) };
        out[0..4].copy_from_slice(&self.length.to_le_bytes());
        out[4] = self.kind;
        out[5] = self.flags;
        out[6..8].copy_from_slice(&self.scope_length.to_le_bytes());
        out[12..16].copy_from_slice(&self.local_root.to_le_bytes());
        out[16..32].copy_from_slice(&self.trace_id.to_bytes());
        out[32..40].copy_from_slice(&self.span_id.to_bytes());
        out[40..48].copy_from_slice(&self.parent_span_id.to_bytes());
        out[48..56].copy_from_slice(&self.start_unix_nanos.to_le_bytes());
        out[56..64].copy_from_slice(&self.end_unix_nanos.to_le_bytes());
    }

    #[cfg(test)]
    pub(crate) fn to_bytes(self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        self.write_to(&mut bytes);
        bytes
    }
}

/// What a frame says of its local trace, by the local root's span id.
#[inline]
pub(crate) fn local_root_of(span_id: SpanId) -> u32 {
    span_id.to_u64() as u32
}

/// Notes how long the frame is whose bytes these are: all of it has been written.
#[inline]
pub(crate) fn close(frame: &mut [u8]) {
    let length = frame.len() as u32;
    if let Some(place) = frame.first_chunk_mut::<4>() {
        *place = length.to_le_bytes();
    }
}

/// Marks the frame that begins here as one to be passed over.
pub(crate) fn take_out(frame: &mut [u8]) {
    if let Some(kind) = frame.get_mut(4) {
        *kind = KIND_GONE;
    }
}

// === impl Frame ===

impl<'a> Frame<'a> {
    /// Cuts the first frame off `bytes`; `None` at the end or at anything that is not a whole frame.
    #[inline]
    pub(crate) fn split_first(bytes: &'a [u8]) -> Option<(Frame<'a>, &'a [u8])> {
        let length = u32::from_le_bytes(*bytes.first_chunk::<4>()?) as usize;
        let (frame, rest) = bytes.split_at_checked(length)?;
        let scope_length = usize::from(u16::from_le_bytes(*frame.get(6..8)?.first_chunk::<2>()?));
        (length >= HEADER_LEN + scope_length).then_some((Frame(frame), rest))
    }

    /// All frames of a segment.
    pub(crate) fn all(bytes: &'a [u8]) -> impl Iterator<Item = Frame<'a>> {
        let mut rest = bytes;
        std::iter::from_fn(move || {
            let (frame, after) = Frame::split_first(rest)?;
            rest = after;
            Some(frame)
        })
    }

    pub(crate) fn header(self) -> Header {
        let (bytes, u64_at) = (self.0, |at: usize| u64::from_le_bytes(self.array(at)));
        Header {
            length: u32::from_le_bytes(self.array(0)),
            kind: bytes[4],
            flags: bytes[5],
            scope_length: u16::from_le_bytes(self.array(6)),
            local_root: self.local_root(),
            trace_id: TraceId::from_bytes(self.array(16)),
            span_id: SpanId::from_bytes(self.array(32)),
            parent_span_id: SpanId::from_bytes(self.array(40)),
            start_unix_nanos: u64_at(48),
            end_unix_nanos: u64_at(56),
        }
    }

    /// All of it, as it lies in its segment.
    #[inline]
    pub(crate) fn bytes(self) -> &'a [u8] {
        self.0
    }

    #[inline]
    pub(crate) fn kind(self) -> u8 {
        self.0[4]
    }

    #[inline]
    pub(crate) fn flags(self) -> u8 {
        self.0[5]
    }

    #[inline]
    pub(crate) fn local_root(self) -> u32 {
        u32::from_le_bytes(self.array(12))
    }

    #[inline]
    pub(crate) fn trace_id(self) -> TraceId {
        TraceId::from_bytes(self.array(16))
    }

    #[inline]
    pub(crate) fn span_id(self) -> SpanId {
        SpanId::from_bytes(self.array(32))
    }

    /// Start and end.
    #[inline]
    pub(crate) fn times(self) -> (u64, u64) {
        (u64::from_le_bytes(self.array(48)), u64::from_le_bytes(self.array(56)))
    }

    /// The OTLP message.
    #[inline]
    pub(crate) fn message(self) -> &'a [u8] {
        let scope_length = usize::from(u16::from_le_bytes(self.array(6)));
        &self.0[HEADER_LEN + scope_length..]
    }

    /// The instrumentation scope: an OTLP `InstrumentationScope` message; empty: throughline's own.
    pub(crate) fn scope(self) -> &'a [u8] {
        let scope_length = usize::from(u16::from_le_bytes(self.array(6)));
        &self.0[HEADER_LEN..HEADER_LEN + scope_length]
    }

    /// `N` bytes of the header. `split_first` has checked that the whole header is there.
    fn array<const N: usize>(self, at: usize) -> [u8; N] {
        let mut array = [0; N];
        array.copy_from_slice(&self.0[at..at + N]);
        array
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(message: &[u8], scope: &[u8]) -> Vec<u8> {
        let header = Header {
            length: (HEADER_LEN + scope.len() + message.len()) as u32,
            kind: KIND_SPAN,
            flags: FLAG_SAMPLED | FLAG_ERROR,
            scope_length: scope.len() as u16,
            local_root: 12,
            trace_id: TraceId::from_u128(7),
            span_id: SpanId::from_u64(8),
            parent_span_id: SpanId::from_u64(9),
            start_unix_nanos: 10,
            end_unix_nanos: 11,
        };
        let mut bytes = header.to_bytes().to_vec();
        bytes.extend_from_slice(scope);
        bytes.extend_from_slice(message);
        assert_eq!(Frame::split_first(&bytes).map(|(frame, _)| frame.header()), Some(header));
        bytes
    }

    #[test]
    fn frames_read_back_one_after_the_other() {
        let bytes = [frame(b"first", b""), frame(b"", b"scope"), frame(b"third", b"s")].concat();
        let read: Vec<_> = Frame::all(&bytes).map(Frame::message).collect();
        assert_eq!(read, [&b"first"[..], b"", b"third"]);
    }

    #[test]
    fn anything_but_a_whole_frame_ends_the_reading() {
        let whole = frame(b"message", b"scope");
        for cut in 0..whole.len() {
            assert!(Frame::split_first(&whole[..cut]).is_none(), "cut at {cut}");
        }
        let mut short = whole.clone();
        short[0..4].copy_from_slice(&66_u32.to_le_bytes());
        assert!(Frame::split_first(&short).is_none(), "a length that does not cover the scope");
        assert!(Frame::split_first(&[0; 64]).is_none(), "a length of zero");
    }
}
