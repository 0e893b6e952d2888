//! The writers and readers against the official generated types, and against hostile bytes.

mod hostile;
mod logs;
mod merge;
mod official;

use super::writer::*;
use super::{
    ExportResponse, read_export_response, read_span, read_traces, write_export_response, write_traces,
};
use official::{our_span, our_value, ours};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;
use prost::Message;

/// 64 cases unless `PROPTEST_CASES` says otherwise; leaves no files in the source tree.
fn config() -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return default;
    }
    ProptestConfig { cases: 64, ..default }
}

/// Equal as text: unlike `==`, a NaN is equal to a NaN and 0 differs from -0.
macro_rules! assert_same {
    ($left:expr, $right:expr) => {
        prop_assert_eq!(format!("{:?}", $left), format!("{:?}", $right))
    };
}
use assert_same;

/// A span with nothing but this attribute, as the official encoder writes it.
fn official_attribute(key: &str, value: Value) -> Vec<u8> {
    let value = Some(AnyValue { value: Some(value) });
    let attribute = KeyValue { key: key.to_owned(), value, key_strindex: 0 };
    Span { attributes: vec![attribute], ..Span::default() }.encode_to_vec()
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_the_official_encoder_writes_reads_as_the_same_data(request in official::request()) {
        let read = read_traces(&request.encode_to_vec()).expect("well-formed");
        assert_same!(read, ours(&request));
    }

    #[test]
    fn a_bare_span_reads_as_the_same_data(span in official::span()) {
        assert_same!(read_span(&span.encode_to_vec()).expect("well-formed"), our_span(&span));
    }

    #[test]
    fn what_we_write_the_official_decoder_reads_as_the_same_data(request in official::request()) {
        let request = ours(&request);
        let body = write_traces(&request);
        let decoded = ExportTraceServiceRequest::decode(&*body).expect("well-formed");
        assert_same!(ours(&decoded), request);
        // Down to the byte: the order of fields, and what is left out.
        prop_assert_eq!(decoded.encode_to_vec(), body);
    }

    #[test]
    fn each_key_value_is_written_as_the_official_encoder_does(
        key in prop_oneof![Just(String::new()), any::<String>(), (100..20_000_usize).prop_map(|len| "k".repeat(len))],
        text in prop_oneof![Just(String::new()), any::<String>(), (100..20_000_usize).prop_map(|len| "v".repeat(len))],
        truth: bool,
        int in (any::<i64>(), 0..64_u32).prop_map(|(bits, shift)| bits >> shift),
        bits: u64,
    ) {
        let double = f64::from_bits(bits);
        let bytes = text.clone().into_bytes();
        let official = |value| official_attribute(&key, value);
        prop_assert_eq!(written(|out| put_key_value_str(out, 9, &key, &text)), official(Value::StringValue(text.clone())));
        prop_assert_eq!(written(|out| put_key_value_bool(out, 9, &key, truth)), official(Value::BoolValue(truth)));
        prop_assert_eq!(written(|out| put_key_value_i64(out, 9, &key, int)), official(Value::IntValue(int)));
        prop_assert_eq!(written(|out| put_key_value_f64(out, 9, &key, double)), official(Value::DoubleValue(double)));
        prop_assert_eq!(written(|out| put_key_value_bytes(out, 9, &key, &bytes)), official(Value::BytesValue(bytes.clone())));
    }

    #[test]
    fn fields_are_written_as_the_official_encoder_does(field in 1..=0x1fff_ffff_u32, bits: u64, shift in 0..64_u32, text: String) {
        let number = bits >> shift;
        let single = f64::from_bits(bits);
        let official = |encode: &dyn Fn(&mut Vec<u8>)| written(encode);
        prop_assert_eq!(
            written(|out| put_varint_field(out, field, number)),
            official(&|out| prost::encoding::uint64::encode(field, &number, out))
        );
        prop_assert_eq!(
            written(|out| put_fixed64_field(out, field, number)),
            official(&|out| prost::encoding::fixed64::encode(field, &number, out))
        );
        prop_assert_eq!(
            written(|out| put_fixed32_field(out, field, number as u32)),
            official(&|out| prost::encoding::fixed32::encode(field, &(number as u32), out))
        );
        prop_assert_eq!(
            written(|out| put_double_field(out, field, single)),
            official(&|out| prost::encoding::double::encode(field, &single, out))
        );
        prop_assert_eq!(
            written(|out| put_string_field(out, field, &text)),
            official(&|out| prost::encoding::string::encode(field, &text, out))
        );
        prop_assert_eq!(
            written(|out| put_message(out, field, |out| out.extend_from_slice(text.as_bytes()))),
            official(&|out| prost::encoding::string::encode(field, &text, out))
        );
    }

    #[test]
    fn a_varint_takes_as_many_bytes_as_foretold(bits: u64, shift in 0..64_u32) {
        for number in [bits >> shift, 1 << shift, (1 << shift) - 1, u64::MAX] {
            let out = written(|out| super::varint::put_varint(out, number));
            prop_assert_eq!(out.len(), super::varint::varint_len(number));
            let mut at = 0;
            prop_assert_eq!(super::varint::read_varint(&out, &mut at), Ok(number));
            prop_assert_eq!(at, out.len());
        }
    }

    #[test]
    fn an_export_response_goes_both_ways(rejected: i64, message: String, present: bool) {
        let partial = ExportTracePartialSuccess { rejected_spans: rejected, error_message: message.clone() };
        let official = ExportTraceServiceResponse { partial_success: present.then_some(partial) };
        let response = if present {
            ExportResponse { rejected_spans: rejected, error_message: message, has_partial_success: true }
        } else {
            ExportResponse::default()
        };
        prop_assert_eq!(read_export_response(&official.encode_to_vec()), Ok(response.clone()));
        prop_assert_eq!(write_export_response(&response), official.encode_to_vec());
    }
}

#[test]
fn an_empty_partial_success_is_told_from_none() {
    assert!(!read_export_response(b"").expect("empty").has_partial_success);
    let response = read_export_response(b"\x0a\x00").expect("well-formed");
    assert_eq!(response, ExportResponse { has_partial_success: true, ..ExportResponse::default() });
    assert_eq!(write_export_response(&response), b"\x0a\x00");
}

#[test]
fn a_default_member_of_a_oneof_is_still_written() {
    for (body, value) in [
        (written(|out| put_key_value_str(out, 9, "k", "")), Value::StringValue(String::new())),
        (written(|out| put_key_value_bool(out, 9, "k", false)), Value::BoolValue(false)),
        (written(|out| put_key_value_i64(out, 9, "k", 0)), Value::IntValue(0)),
        (written(|out| put_key_value_f64(out, 9, "k", 0.0)), Value::DoubleValue(0.0)),
        (written(|out| put_key_value_bytes(out, 9, "k", b"")), Value::BytesValue(Vec::new())),
    ] {
        assert_eq!(body, official_attribute("k", value.clone()));
        let span = read_span(&body).expect("well-formed");
        assert_eq!(span.attributes[0].value, our_value(&AnyValue { value: Some(value) }));
    }
}

#[test]
fn lengths_of_one_byte_and_of_two_are_written_alike() {
    for key in ["", "k", &"k".repeat(60), &"k".repeat(130)] {
        for text in (0..=140).map(|len| "v".repeat(len)) {
            let body = written(|out| put_key_value_str(out, 9, key, &text));
            assert_eq!(body, official_attribute(key, Value::StringValue(text)));
        }
    }
    let body = written(|out| put_key_value_str(out, 16, "key", "text"));
    assert_eq!(body, *b"\x82\x01\x0d\x0a\x03key\x12\x06\x0a\x04text", "a tag of two bytes");
}

#[test]
fn every_number_of_the_attributes_field_works() {
    for field in [1, 3, 4, 6, 9] {
        let body = written(|out| put_key_value_str(out, field, "key", "text"));
        assert_eq!(body[0], (field << 3 | 2) as u8);
        assert_eq!(body[1..], *b"\x0d\x0a\x03key\x12\x06\x0a\x04text");
    }
}

#[test]
fn doubles_keep_every_bit() {
    let signalling_nan = f64::from_bits(0xfff4_dead_beef_0001);
    for double in
        [f64::NAN, signalling_nan, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MIN_POSITIVE, 5e-324]
    {
        let span = read_span(&written(|out| put_key_value_f64(out, 9, "k", double))).expect("well-formed");
        let super::Value::Double(read) = span.attributes[0].value else { panic!("not a double") };
        assert_eq!(read.to_bits(), double.to_bits());
    }
}

#[test]
fn a_value_too_deep_to_be_read_is_cut_when_written() {
    let mut value = super::Value::Bool(true);
    for _ in 0..100 {
        value = super::Value::Array(vec![value]);
    }
    let attributes = vec![super::KeyValue { key: "deep".into(), value }];
    let resource = super::Resource { attributes, ..super::Resource::default() };
    let group = super::ResourceSpans { resource, ..super::ResourceSpans::default() };
    let body = write_traces(&super::TracesRequest { resource_spans: vec![group] });
    let read = read_traces(&body).expect("cut to what the reader takes");
    let mut value = &read.resource_spans[0].resource.attributes[0].value;
    let mut depth = 0;
    while let super::Value::Array(elements) = value {
        depth += 1;
        let Some(element) = elements.first() else { break };
        value = element;
    }
    assert_eq!((depth, value), (64, &super::Value::Array(Vec::new())));
}
