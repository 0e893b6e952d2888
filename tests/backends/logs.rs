//! Log records, as the collector wrote them.

use crate::differences::differences;
use crate::expected;
use crate::otelcol::Otelcol;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue as Pair};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use serde_json::{Value as Json, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use throughline::wire::{KeyValue, Value};

/// A log record, from the official type: the message of a record of ours decodes as that too.
///
/// Without the event's name, which this version of the collector does not know yet.
fn expected_log(record: &LogRecord) -> Json {
    json!({
        "timeUnixNano": record.time_unix_nano.to_string(),
        "observedTimeUnixNano": record.observed_time_unix_nano.to_string(),
        "severityNumber": record.severity_number,
        "severityText": record.severity_text,
        "body": expected::value(&own(&record.body)),
        "attributes": expected::attributes(&record.attributes.iter().map(pair).collect::<Vec<_>>()),
        "droppedAttributesCount": record.dropped_attributes_count,
        "flags": record.flags,
        "traceId": expected::hex(&record.trace_id),
        "spanId": expected::hex(&record.span_id),
    })
}

fn pair(pair: &Pair) -> KeyValue {
    KeyValue { key: pair.key.clone(), value: own(&pair.value) }
}

fn own(value: &Option<AnyValue>) -> Value {
    let Some(any) = value.as_ref().and_then(|value| value.value.as_ref()) else { return Value::Empty };
    match any {
        Any::StringValue(text) => Value::String(text.clone()),
        Any::BoolValue(truth) => Value::Bool(*truth),
        Any::IntValue(number) => Value::Int(*number),
        Any::DoubleValue(number) => Value::Double(*number),
        Any::ArrayValue(list) => {
            Value::Array(list.values.iter().map(|item| own(&Some(item.clone()))).collect())
        }
        Any::KvlistValue(entries) => Value::Map(entries.values.iter().map(pair).collect()),
        Any::BytesValue(bytes) => Value::Bytes(bytes.clone()),
        other => panic!("never written: {other:?}"),
    }
}

/// The oracle itself: what the official types write comes back as it was.
#[test]
#[ignore = "needs a real server: scripts/backends install otelcol"]
fn log_records_of_the_official_types_come_back_as_they_were_sent() {
    let otelcol = Otelcol::start();
    let sent = official_records();
    let request = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(Resource { attributes: vec![text("service.name", "logs")], ..Default::default() }),
            scope_logs: vec![ScopeLogs {
                scope: Some(InstrumentationScope { name: "app::checkout".to_owned(), ..Default::default() }),
                log_records: sent.clone(),
                ..Default::default()
            }],
            ..Default::default()
        }],
    };
    assert!(post(&otelcol, "/v1/logs", &request.encode_to_vec()).starts_with("HTTP/1.1 200 "));
    let written = otelcol.written().logs;
    assert_eq!(written.len(), sent.len());
    for (sent, item) in sent.iter().zip(&written) {
        assert_eq!(differences(&expected_log(sent), &item.body), [""; 0]);
        assert_eq!((item.service(), &item.scope["name"]), ("logs", &json!("app::checkout")));
    }
}

fn official_records() -> Vec<LogRecord> {
    let value = |value| Some(AnyValue { value: Some(value) });
    let list = ArrayValue {
        values: vec![AnyValue { value: Some(Any::DoubleValue(f64::NAN)) }, AnyValue::default()],
    };
    let full = LogRecord {
        time_unix_nano: 1_770_000_000_000_000_001,
        observed_time_unix_nano: 1_770_000_000_000_000_002,
        severity_number: 17,
        severity_text: "ERROR".to_owned(),
        body: value(Any::StringValue("сообщение 🦀 \"<&>\"\n".to_owned())),
        attributes: vec![
            text("text", ""),
            Pair {
                key: "bytes".to_owned(),
                value: value(Any::BytesValue(vec![0, 255])),
                ..Default::default()
            },
            Pair { key: "list".to_owned(), value: value(Any::ArrayValue(list)), ..Default::default() },
            Pair { key: "int".to_owned(), value: value(Any::IntValue(i64::MIN)), ..Default::default() },
        ],
        dropped_attributes_count: 3,
        flags: 1,
        trace_id: vec![0xab; 16],
        span_id: vec![0xcd; 8],
        ..Default::default()
    };
    vec![full, LogRecord::default()]
}

fn text(key: &str, text: &str) -> Pair {
    let value = Some(AnyValue { value: Some(Any::StringValue(text.to_owned())) });
    Pair { key: key.to_owned(), value, ..Default::default() }
}

/// Posts a protobuf message, and gives the answer.
fn post(otelcol: &Otelcol, path: &str, body: &[u8]) -> String {
    let endpoint = otelcol.endpoint();
    let address = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/x-protobuf\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers in text");
    answer
}
