//! What a spool file begins with: whose spans it has. All numbers are little-endian:
//!
//! ```text
//!  0  [8]  "THRLSPL2"
//!  8  u32  checksum of all that follows
//! 12  u32  length of this header, a multiple of 4096: where the slots begin
//! 16  u32  length of a slot      20 u32 number of slots
//! 24  u32  length of the resource      28 u32 length of the scope
//! 32  u32  1: not all of it has been decided on by a tail, 0: there was none
//! 36 u32  number of exporters
//! 40       the resource and the scope as they stand in a request: OTLP messages with tag and length; then the exporters,
//!          a u64 each (see `takers`)
//!
//! a slot:
//!  0  u64  number of this use of the slot: orders the slots of a process, and seeds the checksums of the frames; 0: free
//!  8  u64  when it was taken, nanoseconds since the Unix epoch
//! 16  [14] marks, a u64 each: what exporters have answered for (see `marks`)
//! 128      frames, one after the other (see `buffer/frame`); a length of 0 ends them
//! ```

use super::checksum::checksum;
use super::takers::TakerId;
use crate::export::Envelope;

const MAGIC: &[u8; 8] = b"THRLSPL2";
/// Where the resource begins.
const FIXED: usize = 40;
/// Length of an exporter's number.
const ID: usize = 8;
const SUM: std::ops::Range<usize> = 8..12;
/// Slots begin at a multiple of this, as mappings do.
const STEP: usize = 4096;
/// A header over this is none: no resource is that long.
pub(super) const MOST: usize = 1 << 20;

/// Where frames begin in a slot.
pub(super) const SLOT_HEAD: usize = 128;

/// How a file is laid out, and whose spans it has.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) length: usize,
    pub(super) slot_bytes: usize,
    pub(super) slots: usize,
    pub(super) resource: Vec<u8>,
    pub(super) scope: Vec<u8>,
    /// The process had a tail: what is found was not chosen.
    pub(super) undecided: bool,
    /// Its exporters, as its marks count them.
    pub(super) takers: Vec<TakerId>,
}

// === impl Header ===

impl Header {
    pub(super) fn new(
        envelope: &Envelope,
        slot_bytes: usize,
        slots: usize,
        undecided: bool,
        takers: Vec<TakerId>,
    ) -> Header {
        let (resource, scope) = envelope.parts();
        let (resource, scope) = (resource.to_vec(), scope.to_vec());
        let length = (FIXED + resource.len() + scope.len() + ID * takers.len()).next_multiple_of(STEP);
        Header { length, slot_bytes, slots, resource, scope, undecided, takers }
    }

    /// Of the whole file.
    pub(super) fn file_bytes(&self) -> usize {
        self.length.saturating_add(self.slot_bytes.saturating_mul(self.slots))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let undecided = usize::from(self.undecided);
        let lengths = [self.resource.len(), self.scope.len()];
        let takers = self.takers.len();
        for number in [0, self.length, self.slot_bytes, self.slots, lengths[0], lengths[1], undecided, takers]
        {
            bytes.extend_from_slice(&(number as u32).to_le_bytes());
        }
        bytes.extend_from_slice(&self.resource);
        bytes.extend_from_slice(&self.scope);
        self.takers.iter().for_each(|it| bytes.extend_from_slice(&it.to_number().to_le_bytes()));
        let sum = checksum(0, &bytes);
        bytes[SUM].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Reads what a file begins with; `None` if that is no header of this version, or damaged.
    pub(super) fn read(file: &[u8]) -> Option<Header> {
        let number = |at: usize| Some(u32::from_le_bytes(*file.get(at..)?.first_chunk()?) as usize);
        let (resource, scope) = (number(24)?, number(28)?);
        let takers_at = FIXED.checked_add(resource)?.checked_add(scope)?;
        let end = takers_at.checked_add(number(36)?.checked_mul(ID)?)?;
        let whole = file.get(..end)?;
        let sum = u32::from_le_bytes(*whole.get(SUM)?.first_chunk()?);
        let header = Header {
            length: number(12)?,
            slot_bytes: number(16)?,
            slots: number(20)?,
            resource: whole[FIXED..FIXED + resource].to_vec(),
            scope: whole[FIXED + resource..takers_at].to_vec(),
            undecided: number(32)? == 1,
            takers: whole[takers_at..].chunks_exact(ID).filter_map(taker).collect(),
        };
        let sound = header.length >= end && header.length <= MOST && header.slot_bytes > SLOT_HEAD;
        (whole.starts_with(MAGIC) && checksum(0, whole) == sum && sound).then_some(header)
    }
}

fn taker(bytes: &[u8]) -> Option<TakerId> {
    Some(TakerId::of_number(u64::from_le_bytes(*bytes.first_chunk()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::Signal;

    fn header() -> Header {
        let (resource, scope) = (vec![0x0a; 5000], vec![0x12; 30]);
        let takers = TakerId::of_all([(Signal::Traces, "otlp"), (Signal::Logs, "otlp")]);
        Header { length: 8192, slot_bytes: 65536, slots: 16, resource, scope, undecided: true, takers }
    }

    #[test]
    fn a_header_reads_back_and_no_damaged_one_does() {
        let bytes = header().to_bytes();
        assert_eq!(Header::read(&bytes), Some(header()));
        assert_eq!(header().file_bytes(), 8192 + 16 * 65536);
        for cut in 0..bytes.len() {
            assert!(Header::read(&bytes[..cut]).is_none(), "cut at {cut}");
        }
        for bit in (0..bytes.len() * 8).step_by(7).chain(0..FIXED * 8) {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::read(&damaged).is_none(), "bit {bit}");
        }
    }
}
