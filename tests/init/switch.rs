//! What switches the recording or the export off.

use crate::child::{LONG, alone, init, lines, work_and_flush};
use crate::support::collector::Collector;
use throughline::{SpanExt, current_context, propagation};
use tracing::{info, info_span};

#[test]
fn the_disabled_sdk_records_nothing_but_passes_headers_on() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("OTEL_SDK_DISABLED", "TRUE")];
    let output = alone("switch::the_disabled_sdk_records_nothing_but_passes_headers_on", &vars, || {
        let guard = init();
        let span = info_span!("unrecorded").entered();
        assert!(!span.context().is_valid() && !current_context().is_valid());
        info!("a line all the same");
        let headers = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")];
        let headers = headers.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let remote = propagation::extract(&std::collections::HashMap::from(headers));
        assert!(remote.is_valid());
        drop(span);
        guard.flush(LONG).expect("there is nothing to do, which is no error");
        assert_eq!(guard.stats().started, 0);
        guard.shutdown(LONG).expect("nor here");
    });
    let Some(output) = output else { return };
    assert!(collector.requests().is_empty());
    assert!(lines(&output).iter().any(|line| line["fields"]["message"] == "a line all the same"));
}

#[test]
fn events_are_sent_as_log_records_where_the_variable_asks_for_them() {
    let collector = Collector::accepting();
    let (url, logs) = (collector.url(), format!("{}/own", collector.url()));
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", logs.as_str()),
        ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "of=logs"),
        ("OTEL_LOGS_EXPORTER", "OTLP"),
        ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "1"),
    ];
    let name = "switch::events_are_sent_as_log_records_where_the_variable_asks_for_them";
    let output = alone(name, &vars, || {
        let guard = init();
        info_span!("work").in_scope(|| info!(text = "abcdef", "working"));
        info!("alone");
        guard.flush(LONG).expect("accepted");
    });
    if output.is_none() {
        return;
    }
    let requests = collector.requests();
    let of = |path: &str| requests.iter().filter(|it| it.path == path).cloned().collect::<Vec<_>>();
    let (spans, logs) = (of("/v1/traces"), of("/own"));
    assert_eq!((spans.len(), logs.len()), (1, 2), "a record for each request");
    assert_eq!((spans[0].header("of"), logs[0].header("of")), (None, Some("logs")));
    let requests =
        logs.iter().flat_map(|it| throughline::wire::read_logs(&it.body).expect("valid OTLP").resource_logs);
    let records: Vec<_> = requests.flat_map(|it| it.scope_logs).flat_map(|it| it.logs).collect();
    let value = |record: &throughline::LogData| {
        record.attributes.iter().find(|it| it.key == "text").map(|it| it.value.clone())
    };
    let inside = records.iter().find(|it| value(it).is_some()).expect("the event in the span");
    assert_eq!(value(inside), Some("abc".into()));
    let span = &spans[0].spans()[0];
    assert_eq!((span.events.len(), inside.trace_id.to_bytes().to_vec()), (1, span.trace_id.clone()));
    assert!(records.iter().any(|it| !it.trace_id.is_valid()), "the event outside");
}

#[test]
fn nothing_is_exported_where_none_is_asked_for() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("OTEL_TRACES_EXPORTER", "none")];
    if alone("switch::nothing_is_exported_where_none_is_asked_for", &vars, work_and_flush).is_some() {
        assert!(collector.requests().is_empty());
    }
}
