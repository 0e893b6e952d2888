//! What is whole in a slot that a process left behind.

use super::checksum::checksum;
use super::header::SLOT_HEAD;
use super::marks::{MARKS, MARKS_AT, Mark};
use crate::buffer::frame::{HEADER_LEN, KIND_LOG, KIND_SPAN};
use crate::export::Signal;

/// The frames of a slot.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    /// All of one kind, one after the other.
    pub(super) bytes: Vec<u8>,
    pub(super) frames: usize,
    /// The place of each in the slot, as marks count them.
    pub(super) places: Vec<usize>,
    /// What exporters have answered for.
    pub(super) marks: Vec<Mark>,
    pub(super) signal: Signal,
    /// The number of this use of the slot; when it was taken, nanoseconds since the Unix epoch.
    pub(super) number: u64,
    pub(super) taken_at: u64,
    /// Something in it was damaged, and is left out.
    pub(super) damaged: bool,
}

/// Reads a slot; `None` if it is free, or nothing in it is whole and nothing damaged.
///
/// Every frame must have the checksum of this use of the slot. A length of zero ends the frames: what a process was
/// writing when it was ended is behind it. After a damaged frame reading goes on where its length says that the next
/// one begins: if that one is whole, the length was right.
pub(super) fn read(slot: &[u8]) -> Option<Read> {
    let word = |at: usize| Some(u64::from_le_bytes(*slot.get(at..)?.first_chunk()?));
    let number = word(0).filter(|number| *number != 0)?;
    let mut read = Read { number, taken_at: word(8)?, ..Read::default() };
    let marks = (0..MARKS).filter_map(|at| Mark::read(word(MARKS_AT + 8 * at)?, number));
    read.marks = marks.collect();
    let (mut kind, mut place) = (None, 0);
    let mut rest = slot.get(SLOT_HEAD..)?;
    while let Some(length) = rest.first_chunk().map(|word| u32::from_le_bytes(*word) as usize) {
        if length == 0 {
            break;
        }
        let Some(frame) = rest.get(..length).filter(|frame| frame.len() >= HEADER_LEN) else {
            read.damaged = true;
            break;
        };
        if is_whole(frame, number) && *kind.get_or_insert(frame[4]) == frame[4] {
            read.bytes.extend_from_slice(frame);
            read.frames += 1;
            read.places.push(place);
        } else {
            read.damaged = true;
        }
        place += 1;
        rest = rest.get(length..).unwrap_or_default();
    }
    read.signal = if kind == Some(KIND_LOG) { Signal::Logs } else { Signal::Traces };
    (read.frames > 0 || read.damaged).then_some(read)
}

fn is_whole(frame: &[u8], number: u64) -> bool {
    let sum = frame.get(8..12).and_then(|sum| sum.first_chunk().copied()).map(u32::from_le_bytes);
    let scope = usize::from(u16::from_le_bytes([frame[6], frame[7]]));
    let sound = matches!(frame[4], KIND_SPAN | KIND_LOG) && frame.len() >= HEADER_LEN + scope;
    sound && sum == Some(checksum(number, frame))
}
