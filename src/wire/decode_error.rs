//! `DecodeError`: why a body is not the OTLP message that it should be, and where.

use std::fmt;

/// A body was not a well-formed OTLP message; [`Display`](fmt::Display) names the field, the fault and the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    what: &'static str,
    fault: Fault,
    offset: usize,
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The bytes end inside a varint, or a length reaches past the end of the message around it.
    PastEnd,
    /// A varint of more than 64 bits.
    VarintTooLong,
    /// A field number of 0 or of more than 29 bits.
    FieldNumber,
    /// One of the two wire types that protobuf does not have.
    UnknownWireType(u8),
    /// A known field in another wire type than its own.
    WrongWireType,
    /// The end of a group that was not begun.
    EndGroup,
    /// An id that is neither empty nor this many bytes.
    IdLength(usize),
    /// More levels of values or groups than this.
    TooDeep(usize),
}

// === impl DecodeError ===

impl DecodeError {
    pub(crate) const fn new(what: &'static str, fault: Fault, offset: usize) -> Self {
        DecodeError { what, fault, offset }
    }

    /// Where in the body, in bytes from its start, the faulty piece begins.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} at byte {}", self.what, self.fault, self.offset)
    }
}

impl std::error::Error for DecodeError {}

// === impl Fault ===

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::PastEnd => f.write_str("cut short"),
            Fault::VarintTooLong => f.write_str("varint of more than 64 bits"),
            Fault::FieldNumber => f.write_str("field number out of range"),
            Fault::UnknownWireType(number) => write!(f, "unknown wire type {number}"),
            Fault::WrongWireType => f.write_str("wrong wire type"),
            Fault::EndGroup => f.write_str("end of a group that was not begun"),
            Fault::IdLength(expected) => write!(f, "id is not {expected} bytes"),
            Fault::TooDeep(limit) => write!(f, "nested more than {limit} deep"),
        }
    }
}
