//! `WireType`: the low three bits of a field's tag. The writer and the cursor consume this.

use super::decode_error::Fault;

/// How a field's value is laid out (<https://protobuf.dev/programming-guides/encoding/#structure>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WireType {
    /// A varint (0).
    Varint = 0,
    /// Eight bytes, little-endian (1).
    Fixed64 = 1,
    /// A varint that counts the bytes that follow (2).
    Len = 2,
    /// The begin of a group (3), gone from proto3 and skipped here.
    StartGroup = 3,
    /// The end of a group (4).
    EndGroup = 4,
    /// Four bytes, little-endian (5).
    Fixed32 = 5,
}

// === impl WireType ===

impl WireType {
    /// The wire type with this number, 0 to 7.
    pub(crate) const fn from_number(number: u8) -> Result<Self, Fault> {
        Ok(match number {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Len,
            3 => WireType::StartGroup,
            4 => WireType::EndGroup,
            5 => WireType::Fixed32,
            _ => return Err(Fault::UnknownWireType(number)),
        })
    }
}
