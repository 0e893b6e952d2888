//! What a process with a tail has left behind: nobody has chosen it, and what leaves says so.

use super::reading::Read;
use crate::buffer::frame::{self, FLAG_LOCAL_ROOT, Frame};
use crate::export::Signal;
use crate::tail::Reason;
use crate::wire::put_key_value_str;

/// Field of the OTLP `Span`.
const ATTRIBUTES: u32 = 9;
const REASON: &str = "recovered";

/// Appends the reason to local roots that have none.
pub(super) fn recovered(read: Read) -> Read {
    if read.signal != Signal::Traces {
        return read;
    }
    let mut bytes = Vec::with_capacity(read.bytes.len() + read.bytes.len() / 8);
    for frame in Frame::all(&read.bytes) {
        let start = bytes.len();
        bytes.extend_from_slice(frame.bytes());
        if frame.flags() & FLAG_LOCAL_ROOT != 0 && !Reason::is_told(frame.message()) {
            put_key_value_str(&mut bytes, ATTRIBUTES, Reason::KEY, REASON);
            frame::close(&mut bytes[start..]);
        }
    }
    Read { bytes, ..read }
}
