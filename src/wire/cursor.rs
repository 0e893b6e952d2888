//! `Cursor`: a place in a protobuf message, which hands out its fields one by one. The readers consume it.
//!
//! Every method takes the name of what it reads, for the error. Nothing is allocated but the strings handed out.

use super::decode_error::{DecodeError, Fault};
use super::varint::read_varint;
use super::wire_type::WireType;

/// How deep groups may nest in an unknown field.
const MAX_GROUP_DEPTH: usize = 64;

/// A place in a message. Holds the body from its very start to the end of *this* message, so that offsets in
/// errors count from the start of the body whatever the nesting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The head of a field: its number and wire type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag {
    /// The number of the field, never 0.
    pub(crate) field: u32,
    wire_type: WireType,
    at: usize,
}

// === impl Cursor ===

impl<'a> Cursor<'a> {
    /// The start of `body`.
    pub(crate) const fn new(body: &'a [u8]) -> Self {
        Cursor { bytes: body, at: 0 }
    }

    /// The next field's head, or `None` at the end of the message. Its value must be read or skipped next.
    pub(crate) fn tag(&mut self, what: &'static str) -> Result<Option<Tag>, DecodeError> {
        if self.at >= self.bytes.len() {
            return Ok(None);
        }
        let at = self.at;
        let fail = |fault| DecodeError::new(what, fault, at);
        let key = self.raw_varint(what)?;
        let field = u32::try_from(key).map_err(|_| fail(Fault::FieldNumber))? >> 3;
        let wire_type = WireType::from_number(key as u8 & 7).map_err(fail)?;
        if field == 0 {
            return Err(fail(Fault::FieldNumber));
        }
        Ok(Some(Tag { field, wire_type, at }))
    }

    /// A varint: `uint64` as it is; the narrower and signed types and enums are its low bits.
    pub(crate) fn varint(&mut self, tag: Tag, what: &'static str) -> Result<u64, DecodeError> {
        tag.expect(WireType::Varint, what)?;
        self.raw_varint(what)
    }

    /// A `fixed64`.
    pub(crate) fn fixed64(&mut self, tag: Tag, what: &'static str) -> Result<u64, DecodeError> {
        tag.expect(WireType::Fixed64, what)?;
        self.array(what).map(u64::from_le_bytes)
    }

    /// A `double`, bit for bit.
    pub(crate) fn double(&mut self, tag: Tag, what: &'static str) -> Result<f64, DecodeError> {
        self.fixed64(tag, what).map(f64::from_bits)
    }

    /// A `fixed32`.
    pub(crate) fn fixed32(&mut self, tag: Tag, what: &'static str) -> Result<u32, DecodeError> {
        tag.expect(WireType::Fixed32, what)?;
        self.array(what).map(u32::from_le_bytes)
    }

    /// A `bytes`, borrowed from the body.
    pub(crate) fn bytes(&mut self, tag: Tag, what: &'static str) -> Result<&'a [u8], DecodeError> {
        tag.expect(WireType::Len, what)?;
        self.delimited(what)
    }

    /// A `string`; what is not UTF-8 in it becomes U+FFFD.
    pub(crate) fn string(&mut self, tag: Tag, what: &'static str) -> Result<String, DecodeError> {
        self.bytes(tag, what).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// An id of `N` bytes; an empty one is all zero.
    pub(crate) fn id<const N: usize>(
        &mut self,
        tag: Tag,
        what: &'static str,
    ) -> Result<[u8; N], DecodeError> {
        let at = self.at;
        let bytes = self.bytes(tag, what)?;
        if bytes.is_empty() {
            return Ok([0; N]);
        }
        bytes.try_into().map_err(|_| DecodeError::new(what, Fault::IdLength(N), at))
    }

    /// The start of an embedded message; `self` moves behind it.
    pub(crate) fn message(&mut self, tag: Tag, what: &'static str) -> Result<Cursor<'a>, DecodeError> {
        let len = self.bytes(tag, what)?.len();
        // `bytes` has moved `at` to the end of the message, which is within the body.
        Ok(Cursor { bytes: self.bytes.get(..self.at).unwrap_or_default(), at: self.at - len })
    }

    /// Passes over the value of an unknown field, whatever its wire type.
    pub(crate) fn skip(&mut self, tag: Tag, what: &'static str) -> Result<(), DecodeError> {
        self.skip_nested(tag, what, 0)
    }

    /// The offset of the next byte from the start of the body.
    pub(crate) const fn offset(&self) -> usize {
        self.at
    }

    fn skip_nested(&mut self, tag: Tag, what: &'static str, depth: usize) -> Result<(), DecodeError> {
        match tag.wire_type {
            WireType::Varint => self.raw_varint(what).map(drop),
            WireType::Fixed64 => self.take(8, what).map(drop),
            WireType::Fixed32 => self.take(4, what).map(drop),
            WireType::Len => self.delimited(what).map(drop),
            WireType::StartGroup => self.skip_group(tag, what, depth + 1),
            WireType::EndGroup => Err(DecodeError::new(what, Fault::EndGroup, tag.at)),
        }
    }

    fn skip_group(&mut self, group: Tag, what: &'static str, depth: usize) -> Result<(), DecodeError> {
        if depth > MAX_GROUP_DEPTH {
            return Err(DecodeError::new(what, Fault::TooDeep(MAX_GROUP_DEPTH), group.at));
        }
        while let Some(tag) = self.tag(what)? {
            if tag.wire_type == WireType::EndGroup && tag.field == group.field {
                return Ok(());
            }
            self.skip_nested(tag, what, depth)?;
        }
        Err(DecodeError::new(what, Fault::PastEnd, group.at))
    }

    fn delimited(&mut self, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let at = self.at;
        let len = self.raw_varint(what)?;
        let len = usize::try_from(len).map_err(|_| DecodeError::new(what, Fault::PastEnd, at))?;
        self.take(len, what)
    }

    fn raw_varint(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        let at = self.at;
        read_varint(self.bytes, &mut self.at).map_err(|fault| DecodeError::new(what, fault, at))
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        let at = self.at;
        let bytes = self.take(N, what)?;
        bytes.try_into().map_err(|_| DecodeError::new(what, Fault::PastEnd, at))
    }

    fn take(&mut self, len: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let taken = self.bytes.get(self.at..).and_then(|rest| rest.get(..len));
        let taken = taken.ok_or(DecodeError::new(what, Fault::PastEnd, self.at))?;
        self.at += len;
        Ok(taken)
    }
}

// === impl Tag ===

impl Tag {
    fn expect(self, wire_type: WireType, what: &'static str) -> Result<(), DecodeError> {
        if self.wire_type == wire_type {
            return Ok(());
        }
        Err(DecodeError::new(what, Fault::WrongWireType, self.at))
    }
}
