//! Bytes that are not OTLP: an error or, where the official decoder takes them, the same data; never a panic.

use super::official::{self, ours};
use super::{assert_same, config, written};
use crate::wire::writer::*;
use crate::wire::{read_export_response, read_span, read_traces};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use prost::Message;

/// One damage to a message.
#[derive(Clone, Debug)]
pub(super) enum Damage {
    Truncate(Index),
    Replace(Index, u8),
    Flip(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Repeat(Index, Index),
}

pub(super) fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        1 => at().prop_map(Damage::Truncate),
        3 => (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        3 => (at(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        2 => at().prop_map(Damage::Remove),
        1 => (at(), at()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

impl Damage {
    pub(super) fn apply(self, body: &mut Vec<u8>) {
        if body.is_empty() {
            return;
        }
        let len = body.len();
        match self {
            Damage::Truncate(at) => body.truncate(at.index(len)),
            Damage::Replace(at, byte) => body[at.index(len)] = byte,
            Damage::Flip(at, bit) => body[at.index(len)] ^= 1 << bit,
            Damage::Insert(at, byte) => body.insert(at.index(len), byte),
            Damage::Remove(at) => drop(body.remove(at.index(len))),
            Damage::Repeat(from, to) => {
                let (from, to) = (from.index(len), to.index(len));
                body.extend_from_within(from.min(to)..from.max(to));
            }
        }
    }
}

/// What the official decoder takes we take as the same, but for ids of a wrong length.
fn compare(body: &[u8]) -> Result<(), TestCaseError> {
    let read = read_traces(body);
    if let Err(error) = &read {
        prop_assert!(error.offset() <= body.len());
    }
    match (read, ExportTraceServiceRequest::decode(body)) {
        (Ok(read), Ok(official)) => assert_same!(read, ours(&official)),
        (Err(error), Ok(_)) => prop_assert!(error.to_string().contains("id is not"), "{error}"),
        (_, Err(_)) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn arbitrary_bytes_never_panic(body in vec(any::<u8>(), 0..300)) {
        compare(&body)?;
        let _ = read_span(&body);
        let _ = read_export_response(&body);
    }

    /// Small bytes are valid tags and lengths, so these get further in.
    #[test]
    fn arbitrary_small_bytes_never_panic(body in vec(prop_oneof![0..32_u8, Just(0x0a), Just(0x12), Just(0x4a)], 0..100)) {
        compare(&body)?;
        let _ = read_span(&body);
        let _ = read_export_response(&body);
    }

    #[test]
    fn damaged_messages_never_panic(request in official::request(), damages in vec(damage(), 1..5)) {
        let mut body = request.encode_to_vec();
        for damage in damages {
            damage.apply(&mut body);
        }
        compare(&body)?;
    }

    #[test]
    fn a_span_cut_anywhere_never_panics(span in official::span(), at in any::<Index>()) {
        let body = span.encode_to_vec();
        let cut = &body[..at.index(body.len() + 1)];
        match (read_span(cut), opentelemetry_proto::tonic::trace::v1::Span::decode(cut)) {
            (Ok(read), Ok(official)) => assert_same!(read, official::our_span(&official)),
            (Err(_), Err(_)) => {}
            (read, official) => prop_assert!(false, "{read:?} but {official:?}"),
        }
    }
}

fn error(body: &[u8]) -> String {
    match read_span(body) {
        Ok(span) => panic!("{body:x?} read as {span:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_error_names_the_field_the_fault_and_the_byte() {
    let huge = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    for (body, expected) in [
        (b"\x00\x01".as_slice(), "Span: field number out of range at byte 0"),
        (b"\x28\x01", "Span.name: wrong wire type at byte 0"),
        (b"\x2a\x00\x3a\x00", "Span.start_time_unix_nano: wrong wire type at byte 2"),
        (b"\x2e", "Span: unknown wire type 6 at byte 0"),
        (b"\x2f", "Span: unknown wire type 7 at byte 0"),
        (b"\x2a", "Span.name: cut short at byte 1"),
        (b"\x2a\x80", "Span.name: cut short at byte 1"),
        (b"\x2a\x05abcd", "Span.name: cut short at byte 2"),
        (b"\x39\x01\x02", "Span.start_time_unix_nano: cut short at byte 1"),
        (b"\x85\x01\x01", "Span.flags: cut short at byte 2"),
        (
            b"\x30\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00",
            "Span.kind: varint of more than 64 bits at byte 1",
        ),
        (b"\x30\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", "Span.kind: varint of more than 64 bits at byte 1"),
        (b"\x88\x80\x80\x80\x10\x00", "Span: field number out of range at byte 0"),
        (b"\x0a\x01a", "Span.trace_id: id is not 16 bytes at byte 1"),
        (b"\x0a\x08abcdefgh", "Span.trace_id: id is not 16 bytes at byte 1"),
        (b"\x12\x09abcdefghi", "Span.span_id: id is not 8 bytes at byte 1"),
        (b"\x22\x07abcdefg", "Span.parent_span_id: id is not 8 bytes at byte 1"),
        (b"\x6a\x03\x0a\x01a", "Link.trace_id: id is not 16 bytes at byte 3"),
        (b"\xfc\x01", "Span: end of a group that was not begun at byte 0"),
        (b"\xfb\x01\x08\x01", "Span: cut short at byte 0"),
        (b"\xfb\x01\x0c", "Span: end of a group that was not begun at byte 2"),
        // A field of an embedded message must end within that message, not only within the body.
        (b"\x7a\x02\x12\x05hello", "Status.message: cut short at byte 4"),
        (b"\x4a\x04\x12\x02\x0a\x01x", "AnyValue.string_value: cut short at byte 6"),
    ] {
        assert_eq!(error(body), expected, "{body:x?}");
    }
    assert_eq!(error(&[b"\x2a".as_slice(), huge].concat()), "Span.name: cut short at byte 11");
    assert_eq!(error(&[b"\x4a".as_slice(), huge].concat()), "Span.attributes: cut short at byte 11");
    assert_eq!(error(&[b"\xfa\x01".as_slice(), huge].concat()), "Span: cut short at byte 12");
}

#[test]
fn every_known_field_in_a_wrong_wire_type_is_refused() {
    for field in 1..=16 {
        let right = match field {
            6 | 10 | 12 | 14 => 0,
            7 | 8 => 1,
            16 => 5,
            _ => 2,
        };
        for wire_type in [0_u64, 1, 2, 3, 4, 5].into_iter().filter(|wire_type| *wire_type != right) {
            let body = written(|out| {
                crate::wire::varint::put_varint(out, field << 3 | wire_type);
                out.extend_from_slice(&[0; 16]);
            });
            assert!(error(&body).ends_with(": wrong wire type at byte 0"), "{field} as {wire_type}");
        }
    }
}

/// An attribute whose value holds `depth` values within each other.
fn nested(depth: usize, wrap: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut value = Vec::new();
    for _ in 1..depth {
        value = wrap(&value);
    }
    written(|out| put_message(out, 9, |out| put_bytes_field(out, 2, &value)))
}

pub(super) fn in_list(value: &[u8]) -> Vec<u8> {
    written(|out| put_message(out, 5, |out| put_bytes_field(out, 1, value)))
}

pub(super) fn in_map(value: &[u8]) -> Vec<u8> {
    written(|out| {
        put_message(out, 6, |out| put_message(out, 1, |out| put_bytes_field(out, 2, value)));
    })
}

#[test]
fn values_nest_64_deep_and_no_deeper() {
    for wrap in [in_list, in_map] {
        assert!(read_span(&nested(64, wrap)).is_ok());
        assert!(error(&nested(65, wrap)).starts_with("AnyValue: nested more than 64 deep at byte "));
        assert!(error(&nested(5_000, wrap)).starts_with("AnyValue: nested more than 64 deep at byte "));
    }
}

#[test]
fn unknown_groups_nest_64_deep_and_no_deeper() {
    let groups = |depth: usize| [b"\xfb\x01".repeat(depth), b"\xfc\x01".repeat(depth)].concat();
    assert!(read_span(&groups(64)).is_ok());
    assert_eq!(error(&groups(65)), "Span: nested more than 64 deep at byte 128");
    assert_eq!(error(&groups(1_000_000)), "Span: nested more than 64 deep at byte 128");
}
