//! What throughline says of the environment in the program's own log, once each.

use crate::child::{LONG, alone, init, lines, resource, said, work_and_flush};
use crate::support::collector::Collector;
use std::ffi::OsString;
use std::time::Duration;
use tracing::info_span;

/// Each of these is set by somebody who expects something of it.
const UNBUILT: [(&str, &str); 10] = [
    // Of no use to an endpoint without TLS.
    ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/ca.pem"),
    ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "true"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ("OTEL_TRACES_EXPORTER", "otlp,zipkin"),
    ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", "http://localhost:9411/api/v2/spans"),
    ("OTEL_TRACES_SAMPLER", "xray"),
    ("OTEL_CONFIG_FILE", "otel.yaml"),
    ("OTEL_ENTITIES", "service{service.name=x}"),
    ("OTEL_SEMCONV_STABILITY_OPT_IN", "database/dup"),
    ("OTEL_SERVICE_NAMES", "cart"),
];

#[test]
fn what_does_nothing_yet_is_told_by_name() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars =
        [&[("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("RUST_LOG", "error")], &UNBUILT[..]].concat();
    let Some(output) = alone("said::what_does_nothing_yet_is_told_by_name", &vars, work_and_flush) else {
        return;
    };
    assert_eq!(collector.accepted().len(), 1, "spans are delivered all the same");
    let warnings = said(&output, "WARN");
    assert_eq!(warnings.len(), UNBUILT.len(), "{warnings:#?}");
    for (name, _) in UNBUILT {
        let of_it = |warning: &&String| warning.starts_with(name) && warning.contains("is ignored");
        assert_eq!(warnings.iter().filter(of_it).count(), 1, "{name} in {warnings:#?}");
    }
}

#[test]
fn variables_of_other_languages_and_of_metrics_are_no_mistakes() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://elsewhere"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta"),
        ("OTEL_JAVAAGENT_ENABLED", "true"),
        ("OTEL_INSTRUMENTATION_COMMON_DEFAULT_ENABLED", "false"),
        ("OTEL_PYTHON_LOG_CORRELATION", "true"),
        ("OTEL_NODE_RESOURCE_DETECTORS", "all"),
        ("OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "web-1"),
    ];
    let name = "said::variables_of_other_languages_and_of_metrics_are_no_mistakes";
    let Some(output) = alone(name, &vars, work_and_flush) else { return };
    assert_eq!(said(&output, "WARN"), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf_8_is_told() {
    use std::os::unix::ffi::OsStringExt;
    let collector = Collector::accepting();
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", OsString::from(collector.url())),
        ("OTEL_SERVICE_NAME", OsString::from_vec(b"caf\xe9".to_vec())),
        ("OTEL_EXPORTER_OTLP_HEADERS", OsString::from_vec(b"key=hunter2\xe9".to_vec())),
    ];
    let Some(output) = alone("said::a_value_that_is_not_utf_8_is_told", &vars, work_and_flush) else {
        return;
    };
    let named = resource(&collector, "service.name").expect("there is a name");
    assert!(named.starts_with("unknown_service:"), "{named}");
    let warnings = said(&output, "WARN");
    assert_eq!(warnings.len(), 2, "{warnings:#?}");
    assert!(warnings.iter().all(|warning| warning.contains("not valid UTF-8")), "{warnings:#?}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("hunter2"));
}

#[test]
fn at_debug_level_it_says_what_it_took_from_where() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2"),
        ("OTEL_LOG_LEVEL", "debug"),
    ];
    let name = "said::at_debug_level_it_says_what_it_took_from_where";
    let Some(output) = alone(name, &vars, work_and_flush) else { return };
    let said = said(&output, "DEBUG");
    let posted = format!("traces go to {url}/v1/traces, by OTEL_EXPORTER_OTLP_ENDPOINT");
    for line in ["OTEL_EXPORTER_OTLP_HEADERS=...", "OTEL_LOG_LEVEL=debug", posted.as_str()] {
        assert_eq!(said.iter().filter(|it| *it == line).count(), 1, "{line} in {said:#?}");
    }
    assert!(!String::from_utf8_lossy(&output.stdout).contains("hunter2"));
}

#[test]
fn at_level_none_it_says_nothing_at_all() {
    // Nobody listens on port 1.
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "10s"),
        ("OTEL_LOG_LEVEL", "None"),
        ("RUST_LOG", "throughline=trace"),
    ];
    let output = alone("said::at_level_none_it_says_nothing_at_all", &vars, || {
        let guard = init();
        drop(info_span!("undelivered"));
        assert!(guard.flush(Duration::from_millis(300)).is_err());
        assert!(guard.shutdown(Duration::from_millis(100)).is_err());
    });
    let Some(output) = output else { return };
    assert!(lines(&output).iter().all(|line| line["target"] != "throughline"), "{:?}", lines(&output));
}

#[test]
fn where_nothing_is_recorded_the_settings_are_told_all_the_same() {
    let vars = [
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_PROPAGATORS", "pigeon"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "not even a url"),
        ("RUST_LOG", "info,throughline=info"),
    ];
    let name = "said::where_nothing_is_recorded_the_settings_are_told_all_the_same";
    let output = alone(name, &vars, || init().flush(LONG).expect("there is nothing to do"));
    let Some(output) = output else { return };
    assert_eq!(said(&output, "INFO"), ["nothing is recorded: OTEL_SDK_DISABLED is true"]);
    let warnings = said(&output, "WARN");
    assert!(warnings.len() == 1 && warnings[0].contains("pigeon"), "{warnings:#?}");
}
