//! Log records: the same oracle and the same hostile bytes as for spans.

use super::hostile::{damage, in_list, in_map};
use super::{assert_same, config, official, written};
use crate::wire::writer::*;
use crate::wire::{self, LogData, Value, read_log, read_logs, write_logs};
use crate::{SpanId, TraceId};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use prost::Message;

// === arbitrary ===

fn log() -> impl Strategy<Value = LogRecord> {
    use official::{attributes, count, enumerator, id, number, text, value};
    let head = (number(), number(), enumerator(), text(), proptest::option::of(value()));
    let tail = (attributes(), count(), any::<u32>(), id(16), id(8), text());
    (head, tail).prop_map(|(head, tail)| LogRecord {
        time_unix_nano: head.0,
        observed_time_unix_nano: head.1,
        severity_number: head.2,
        severity_text: head.3,
        body: head.4,
        attributes: tail.0,
        dropped_attributes_count: tail.1,
        flags: tail.2,
        trace_id: tail.3,
        span_id: tail.4,
        event_name: tail.5,
    })
}

fn resource_logs() -> impl Strategy<Value = ResourceLogs> {
    let scope_logs = (proptest::option::of(official::scope()), vec(log(), 0..3), official::text())
        .prop_map(|(scope, log_records, schema_url)| ScopeLogs { scope, log_records, schema_url });
    (proptest::option::of(official::resource()), vec(scope_logs, 0..3), official::text())
        .prop_map(|(resource, scope_logs, schema_url)| ResourceLogs { resource, scope_logs, schema_url })
}

fn request() -> impl Strategy<Value = ExportLogsServiceRequest> {
    vec(resource_logs(), 0..3).prop_map(|resource_logs| ExportLogsServiceRequest { resource_logs })
}

// === in our types ===

fn ours(request: &ExportLogsServiceRequest) -> wire::LogsRequest {
    let our_scope_logs = |group: &ScopeLogs| wire::ScopeLogs {
        scope: official::our_scope(group.scope.as_ref()),
        logs: group.log_records.iter().map(our_log).collect(),
        schema_url: group.schema_url.clone(),
    };
    let our_resource_logs = |group: &ResourceLogs| wire::ResourceLogs {
        resource: official::our_resource(group.resource.as_ref()),
        scope_logs: group.scope_logs.iter().map(our_scope_logs).collect(),
        schema_url: group.schema_url.clone(),
    };
    wire::LogsRequest { resource_logs: request.resource_logs.iter().map(our_resource_logs).collect() }
}

fn our_log(log: &LogRecord) -> LogData {
    LogData {
        time_unix_nanos: log.time_unix_nano,
        observed_unix_nanos: log.observed_time_unix_nano,
        severity_number: log.severity_number,
        severity_text: log.severity_text.clone(),
        body: log.body.as_ref().map_or(Value::Empty, official::our_value),
        attributes: official::our_attributes(&log.attributes),
        dropped_attributes_count: log.dropped_attributes_count,
        flags: log.flags,
        trace_id: official::our_trace_id(&log.trace_id),
        span_id: official::our_span_id(&log.span_id),
        event_name: log.event_name.clone(),
    }
}

/// What the official decoder takes we take as the same, but for ids of a wrong length.
fn compare(body: &[u8]) -> Result<(), TestCaseError> {
    let read = read_logs(body);
    if let Err(error) = &read {
        prop_assert!(error.offset() <= body.len());
    }
    match (read, ExportLogsServiceRequest::decode(body)) {
        (Ok(read), Ok(official)) => assert_same!(read, ours(&official)),
        (Err(error), Ok(_)) => prop_assert!(error.to_string().contains("id is not"), "{error}"),
        (_, Err(_)) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn logs_of_the_official_encoder_read_as_the_same_data(request in request()) {
        assert_same!(read_logs(&request.encode_to_vec()).expect("well-formed"), ours(&request));
    }

    #[test]
    fn a_bare_log_record_reads_as_the_same_data(log in log()) {
        assert_same!(read_log(&log.encode_to_vec()).expect("well-formed"), our_log(&log));
    }

    #[test]
    fn logs_that_we_write_the_official_decoder_reads_as_the_same_data(request in request()) {
        let request = ours(&request);
        let body = write_logs(&request);
        let decoded = ExportLogsServiceRequest::decode(&*body).expect("well-formed");
        assert_same!(ours(&decoded), request);
        // Down to the byte: the order of fields, and what is left out.
        prop_assert_eq!(decoded.encode_to_vec(), body);
    }

    #[test]
    fn an_answer_to_logs_reads_as_one_to_spans(rejected: i64, message: String) {
        let partial = ExportLogsPartialSuccess { rejected_log_records: rejected, error_message: message.clone() };
        let official = ExportLogsServiceResponse { partial_success: Some(partial) };
        let response =
            wire::ExportResponse { rejected_spans: rejected, error_message: message, has_partial_success: true };
        prop_assert_eq!(wire::read_export_response(&official.encode_to_vec()), Ok(response.clone()));
        prop_assert_eq!(wire::write_export_response(&response), official.encode_to_vec());
    }

    #[test]
    fn arbitrary_bytes_never_panic(body in vec(any::<u8>(), 0..300)) {
        compare(&body)?;
        let _ = read_log(&body);
    }

    /// Small bytes are valid tags and lengths, so these get further in.
    #[test]
    fn arbitrary_small_bytes_never_panic(body in vec(prop_oneof![0..32_u8, Just(0x0a), Just(0x12), Just(0x2a)], 0..100)) {
        compare(&body)?;
        let _ = read_log(&body);
    }

    #[test]
    fn damaged_logs_never_panic(request in request(), damages in vec(damage(), 1..5)) {
        let mut body = request.encode_to_vec();
        for damage in damages {
            damage.apply(&mut body);
        }
        compare(&body)?;
    }

    #[test]
    fn a_log_record_cut_anywhere_never_panics(log in log(), at in any::<Index>()) {
        let body = log.encode_to_vec();
        let cut = &body[..at.index(body.len() + 1)];
        match (read_log(cut), LogRecord::decode(cut)) {
            (Ok(read), Ok(official)) => assert_same!(read, our_log(&official)),
            (Err(_), Err(_)) => {}
            (read, official) => prop_assert!(false, "{read:?} but {official:?}"),
        }
    }
}

fn read(body: &[u8]) -> LogData {
    read_log(body).unwrap_or_else(|error| panic!("{body:x?}: {error}"))
}

fn error(body: &[u8]) -> String {
    match read_log(body) {
        Ok(log) => panic!("{body:x?} read as {log:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn of_two_log_records_in_a_row_the_last_scalars_win_and_lists_grow() {
    let one = written(|out| {
        put_varint_field(out, 2, 9);
        put_string_field(out, 3, "INFO");
        put_bytes_field(out, 9, &[1; 16]);
        put_bytes_field(out, 10, &[2; 8]);
        put_key_value_i64(out, 6, "k", 1);
    });
    let two = written(|out| {
        put_varint_field(out, 2, 17);
        put_bytes_field(out, 10, b"");
        put_key_value_i64(out, 6, "k", 2);
        put_fixed32_field(out, 8, 0x1ff);
    });
    let log = read(&[one, two].concat());
    assert_eq!((log.severity_number, &*log.severity_text, log.flags), (17, "INFO", 0x1ff));
    assert_eq!((log.trace_id, log.span_id), (TraceId::from_bytes([1; 16]), SpanId::INVALID));
    let values: Vec<&Value> = log.attributes.iter().map(|attribute| &attribute.value).collect();
    assert_eq!(values, [&Value::Int(1), &Value::Int(2)]);
}

#[test]
fn a_body_that_occurs_twice_merges() {
    let body = |values: &[&[u8]]| {
        read(&written(|out| values.iter().for_each(|value| put_bytes_field(out, 5, value)))).body
    };
    let ones = [b"\x2a\x04\x0a\x02\x18\x01".as_slice(), b"\x2a\x04\x0a\x02\x18\x02"];
    assert_eq!(body(&ones), Value::Array(vec![Value::Int(1), Value::Int(2)]));
    assert_eq!(body(&[ones[0], b"\x0a\x01x"]), Value::String("x".into()));
    assert_eq!(body(&[b"\x0a\x01x", b""]), Value::String("x".into()), "an empty AnyValue changes nothing");
    assert_eq!(body(&[b""]), Value::Empty);
    assert_eq!(body(&[b"\x0a\x00"]), Value::String(String::new()), "empty text is not nothing");
}

#[test]
fn a_resource_and_a_scope_of_logs_that_occur_twice_merge() {
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
    let group = read_logs(&body).expect("well-formed").resource_logs.remove(0);
    assert_eq!(group.resource.attributes.len(), 2);
    assert_eq!((&*group.scope_logs[0].scope.name, &*group.scope_logs[0].scope.version), ("name", "1.0"));
}

#[test]
fn severities_that_nobody_knows_are_kept() {
    for number in [-1, 0, 1, 24, 25, i32::MIN, i32::MAX] {
        let official = LogRecord { severity_number: number, ..LogRecord::default() }.encode_to_vec();
        assert_eq!(read(&official).severity_number, number);
        let logs = vec![LogData { severity_number: number, ..LogData::default() }];
        let scope_logs = vec![wire::ScopeLogs { logs, ..wire::ScopeLogs::default() }];
        let group = wire::ResourceLogs { scope_logs, ..wire::ResourceLogs::default() };
        let body = write_logs(&wire::LogsRequest { resource_logs: vec![group] });
        assert!(body.ends_with(&official), "{body:x?}");
    }
}

#[test]
fn an_error_names_the_field_of_the_log_record() {
    for (body, expected) in [
        (b"\x4a\x01a".as_slice(), "LogRecord.trace_id: id is not 16 bytes at byte 1"),
        (b"\x52\x09abcdefghi", "LogRecord.span_id: id is not 8 bytes at byte 1"),
        (b"\x1a\x05abcd", "LogRecord.severity_text: cut short at byte 2"),
        (b"\x2a\x02\x0a\x05hello", "AnyValue.string_value: cut short at byte 4"),
        (b"\x59\x01\x02", "LogRecord.observed_time_unix_nano: cut short at byte 1"),
        (b"\x00\x01", "LogRecord: field number out of range at byte 0"),
    ] {
        assert_eq!(error(body), expected, "{body:x?}");
    }
}

#[test]
fn every_known_field_of_a_log_record_in_a_wrong_wire_type_is_refused() {
    for field in [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12] {
        let right = match field {
            2 | 7 => 0,
            1 | 11 => 1,
            8 => 5,
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

#[test]
fn a_body_nests_64_deep_and_no_deeper_both_ways() {
    let nested = |depth: usize, wrap: fn(&[u8]) -> Vec<u8>| {
        let value = (1..depth).fold(Vec::new(), |value, _| wrap(&value));
        written(|out| put_bytes_field(out, 5, &value))
    };
    for wrap in [in_list, in_map] {
        assert!(read_log(&nested(64, wrap)).is_ok());
        assert!(error(&nested(65, wrap)).starts_with("AnyValue: nested more than 64 deep at byte "));
    }
    let deep = (0..100).fold(Value::Bool(true), |value, _| Value::Array(vec![value]));
    let logs = vec![LogData { body: deep, ..LogData::default() }];
    let scope_logs = vec![wire::ScopeLogs { logs, ..wire::ScopeLogs::default() }];
    let group = wire::ResourceLogs { scope_logs, ..wire::ResourceLogs::default() };
    assert!(read_logs(&write_logs(&wire::LogsRequest { resource_logs: vec![group] })).is_ok());
}
