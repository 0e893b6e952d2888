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
fn nothing_is_exported_where_none_is_asked_for() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("OTEL_TRACES_EXPORTER", "none")];
    if alone("switch::nothing_is_exported_where_none_is_asked_for", &vars, work_and_flush).is_some() {
        assert!(collector.requests().is_empty());
    }
}
