//! The certificate variables, end to end.

use crate::child::{alone, init, said, work_and_flush};
use crate::front::{Authority, Folder, Front};
use crate::support::collector::Collector;
use std::time::Duration;
use tracing::info_span;

#[test]
fn the_variables_are_all_it_takes_for_mutual_tls() {
    let name = "certificates::the_variables_are_all_it_takes_for_mutual_tls";
    let (authority, clients, folder) =
        (Authority::new("ours"), Authority::new("of clients"), Folder::new("variables"));
    let collector = Collector::accepting();
    let front = Front::new(collector.address, &authority.server(&["localhost"]), Some(&clients));
    let client = clients.client();
    let write = |name: &str, text: &str| folder.write(name, text).display().to_string();
    let (url, ca) = (front.url("localhost"), write("ca.pem", authority.pem()));
    let (certificate, key) = (write("client.pem", &client.certificate), write("client.key", &client.key));
    let general = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere"),
        ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", ca.as_str()),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", certificate.as_str()),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", key.as_str()),
    ];
    let Some(output) = alone(name, &general, work_and_flush) else { return };
    assert_eq!(collector.accepted().len(), 1);
    assert_eq!(said(&output, "WARN"), Vec::<String>::new());
}

#[test]
fn what_cannot_be_used_is_told_by_the_variables_name() {
    let name = "certificates::what_cannot_be_used_is_told_by_the_variables_name";
    let authority = Authority::new("ours");
    let front = Front::new(([127, 0, 0, 1], 1).into(), &authority.server(&["localhost"]), None);
    let url = front.url("localhost");
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem"),
    ];
    let output = alone(name, &vars, || {
        let guard = init();
        drop(info_span!("s"));
        assert!(guard.flush(Duration::from_millis(500)).is_err());
        let _ = guard.shutdown(Duration::from_millis(100));
    });
    let Some(output) = output else { return };
    let warnings = said(&output, "WARN");
    let named =
        |line: &&String| line.contains("OTEL_EXPORTER_OTLP_CERTIFICATE=/nowhere/ca.pem cannot be read");
    assert_eq!(
        warnings.iter().filter(named).count(),
        1,
        "told once, by the check or by the export: {warnings:#?}"
    );
}

/// What the system trusts is what this variable names, where it is set: OpenSSL's, which other programs heed too.
#[test]
fn the_systems_authorities_are_trusted_and_where_there_are_none_that_is_told() {
    let name = "certificates::the_systems_authorities_are_trusted_and_where_there_are_none_that_is_told";
    let (authority, folder) = (Authority::new("ours"), Folder::new("system"));
    let collector = Collector::accepting();
    let front = Front::new(collector.address, &authority.server(&["localhost"]), None);
    let url = front.url("localhost");
    let (system, empty) = (folder.write("system.pem", authority.pem()), folder.write("empty.pem", ""));
    for (file, arrives) in [(system, true), (empty, false)] {
        let file = file.display().to_string();
        let vars =
            [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("SSL_CERT_FILE", &file), ("SSL_CERT_DIR", "")];
        let output = alone(name, &vars, || {
            let guard = init();
            let report = guard.check();
            println!("{report}");
            drop(info_span!("s"));
            let _ = guard.shutdown(Duration::from_millis(500));
        });
        let Some(output) = output else { return };
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(text.contains("is taken (200"), arrives, "{text}");
        assert_eq!(text.contains("OTEL_EXPORTER_OTLP_CERTIFICATE"), !arrives, "{text}");
        assert_eq!(collector.accepted().len(), 1, "{text}");
    }
}
