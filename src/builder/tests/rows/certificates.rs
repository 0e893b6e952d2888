//! Files for TLS: of the spans, and of the log records.

use super::{Outcome, Row, row};
use crate::export::HttpConfig;

pub(super) fn rows() -> Vec<Row> {
    fn show(http: &HttpConfig) -> String {
        let client = http.tls.client.iter().flat_map(|(certificate, key)| [certificate, key]);
        let files = http.tls.authorities.iter().chain(client);
        files.map(|file| file.path.display().to_string()).collect::<Vec<_>>().join(" ")
    }
    let files: fn(&Outcome) -> String = |it| format!("{}, {}", show(it.traces()), show(&it.logs));
    const TLS: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://h")];
    const OTHER: &[(&str, &str)] =
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://h"), ("OTEL_EXPORTER_OTLP_CERTIFICATE", "all.pem")];
    const KEY: &[(&str, &str)] =
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://h"), ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "k")];
    const CERTIFICATE: &[(&str, &str)] =
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://h"), ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "c")];
    const PAIR: &[(&str, &str)] = &[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://h"),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "c"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "k"),
    ];
    // Each alone, with a pair that is whole without it.
    vec![
        row("OTEL_EXPORTER_OTLP_CERTIFICATE", "ca.pem", files, "ca.pem, ca.pem").with(TLS),
        row("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "ca.pem", files, "ca.pem, all.pem").with(OTHER),
        row("OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE", "ca.pem", files, "all.pem, ca.pem").with(OTHER),
        row("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "c2", files, "c2 k, c k").with(PAIR),
        row("OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE", "c2", files, "c k, c2 k").with(PAIR),
        row("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "k2", files, "c k2, c k").with(PAIR),
        row("OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY", "k2", files, "c k, c k2").with(PAIR),
        row("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "c", files, "c k, c k").with(KEY).halved(),
        row("OTEL_EXPORTER_OTLP_CLIENT_KEY", "k", files, "c k, c k").with(CERTIFICATE).halved(),
    ]
}
