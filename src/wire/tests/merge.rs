//! What is lenient: unknown fields, unknown numbers, text that is not UTF-8, fields that occur again.

use super::written;
use crate::SpanId;
use crate::wire::writer::*;
use crate::wire::{SpanData, SpanKind, Status, StatusCode, Value, read_span, read_traces};

fn read(body: &[u8]) -> SpanData {
    read_span(body).unwrap_or_else(|error| panic!("{body:x?}: {error}"))
}

/// A span whose only attribute has these bytes as its `AnyValue`s, one after the other.
fn value(values: &[&[u8]]) -> Value {
    let body = written(|out| {
        put_message(out, 9, |out| values.iter().for_each(|value| put_bytes_field(out, 2, value)));
    });
    read(&body).attributes.remove(0).value
}

#[test]
fn of_a_scalar_that_occurs_twice_the_last_wins_and_of_a_list_all_stay() {
    let body = written(|out| {
        put_string_field(out, 5, "first");
        put_bytes_field(out, 4, &[1; 8]);
        put_key_value_i64(out, 9, "k", 1);
        put_string_field(out, 5, "second");
        put_bytes_field(out, 4, b"");
        put_key_value_i64(out, 9, "k", 2);
    });
    let span = read(&body);
    assert_eq!((&*span.name, span.parent_span_id), ("second", SpanId::INVALID));
    assert_eq!(
        span.attributes.iter().map(|a| &a.value).collect::<Vec<_>>(),
        [&Value::Int(1), &Value::Int(2)]
    );
}

#[test]
fn two_spans_in_a_row_are_one() {
    let one = written(|out| put_string_field(out, 5, "one"));
    let two = written(|out| put_fixed32_field(out, 16, 0x301));
    assert_eq!(
        read(&[one, two].concat()),
        SpanData { name: "one".into(), flags: 0x301, ..SpanData::default() }
    );
}

#[test]
fn a_status_that_occurs_twice_merges() {
    let body = written(|out| {
        put_message(out, 15, |out| put_string_field(out, 2, "disk full"));
        put_message(out, 15, |out| put_varint_field(out, 3, 2));
    });
    let status = Status { code: StatusCode::Error, description: "disk full".into() };
    assert_eq!(read(&body).status, status);
}

#[test]
fn a_resource_and_a_scope_that_occur_twice_merge() {
    let body = written(|out| {
        put_message(out, 1, |out| {
            put_message(out, 1, |out| put_key_value_bool(out, 1, "a", true));
            put_message(out, 1, |out| put_key_value_bool(out, 1, "b", true));
            put_message(out, 2, |out| {
                put_message(out, 1, |out| put_string_field(out, 1, "name"));
                put_message(out, 1, |out| put_string_field(out, 2, "1.0"));
            });
        });
    });
    let group = read_traces(&body).expect("well-formed").resource_spans.remove(0);
    assert_eq!(group.resource.attributes.len(), 2);
    assert_eq!((&*group.scope_spans[0].scope.name, &*group.scope_spans[0].scope.version), ("name", "1.0"));
}

#[test]
fn of_a_oneof_the_last_member_wins_and_lists_grow() {
    let ones = [b"\x2a\x04\x0a\x02\x18\x01".as_slice(), b"\x2a\x04\x0a\x02\x18\x02"];
    let list = Value::Array(vec![Value::Int(1), Value::Int(2)]);
    assert_eq!(value(&ones), list);
    assert_eq!(value(&[&ones.concat()]), list);
    assert_eq!(value(&[ones[0], b"\x10\x01", ones[1]]), Value::Array(vec![Value::Int(2)]));
    assert_eq!(value(&[ones[0], b"\x32\x00"]), Value::Map(Vec::new()));
    assert_eq!(value(&[b"\x0a\x01x", b""]), Value::String("x".into()), "an empty AnyValue changes nothing");
}

#[test]
fn a_string_of_the_profiles_dictionary_counts_as_absent() {
    assert_eq!(value(&[b"\x40\x07"]), Value::Empty);
    assert_eq!(value(&[b"\x0a\x01x\x40\x07"]), Value::Empty);
    assert_eq!(value(&[b"\x40\x07\x0a\x01x"]), Value::String("x".into()));
}

#[test]
fn unknown_fields_of_every_wire_type_are_skipped() {
    let unknown: [&[u8]; 8] = [
        b"\xf8\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", // 31, varint
        b"\xf9\x0112345678",                                 // 31, fixed64
        b"\xfa\x01\x0312\x00",                               // 31, bytes
        b"\xfd\x011234",                                     // 31, fixed32
        b"\xfb\x01\xfc\x01",                                 // 31, an empty group
        b"\xfb\x01\x08\x01\x13\x12\x01\x2a\x14\xfc\x01", // 31, a group with a group and other fields in it
        b"\xfb\x01\xfb\x01\xfc\x01\xfc\x01",             // 31, a group in one of the same number
        b"\xf8\xff\xff\xff\x0f\x05",                     // 2^29 - 1, the last field number
    ];
    for bytes in unknown {
        let name = written(|out| put_string_field(out, 5, "n"));
        let span = read(&[bytes, &name, bytes].concat());
        assert_eq!(span, SpanData { name: "n".into(), ..SpanData::default() }, "{bytes:x?}");
        assert_eq!(value(&[bytes, b"\x10\x01", bytes]), Value::Bool(true), "{bytes:x?}");
    }
}

#[test]
fn unknown_numbers_of_an_enum_read_as_unset() {
    for number in [6, 77, u64::MAX, 1 << 31] {
        let body = written(|out| {
            put_varint_field(out, 6, number);
            put_message(out, 15, |out| put_varint_field(out, 3, number));
        });
        assert_eq!((read(&body).kind, read(&body).status.code), (SpanKind::Unspecified, StatusCode::Unset));
    }
}

#[test]
fn kinds_and_codes_return_from_their_numbers() {
    for number in 0..6 {
        assert_eq!(SpanKind::from_i32(number).to_i32(), number);
    }
    for number in 0..3 {
        assert_eq!(StatusCode::from_i32(number).to_i32(), number);
    }
}

#[test]
fn text_that_is_not_utf_8_is_kept_as_far_as_it_is() {
    assert_eq!(read(b"\x2a\x05ab\xff\xc3d").name, "ab\u{fffd}\u{fffd}d");
    assert_eq!(value(&[b"\x0a\x02\xed\xa0"]), Value::String("\u{fffd}\u{fffd}".into()));
}

#[test]
fn ids_may_be_empty_or_zero() {
    let body = [b"\x0a\x00\x12\x08".as_slice(), &[0; 8]].concat();
    assert_eq!(read(&body), SpanData::default());
}
