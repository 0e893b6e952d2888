//! What names the service.

use crate::child::{LONG, alone, resource, work_and_flush};
use crate::support::collector::Collector;
use tracing::info_span;

#[test]
fn the_service_is_named_by_its_own_variable_before_the_general_one() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_SERVICE_NAME", "by its own"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=general,team=a%20b, telemetry.sdk.name=theirs"),
    ];
    let name = "service::the_service_is_named_by_its_own_variable_before_the_general_one";
    if alone(name, &vars, work_and_flush).is_some() {
        assert_eq!(resource(&collector, "service.name").as_deref(), Some("by its own"));
        assert_eq!(resource(&collector, "team").as_deref(), Some("a b"));
    }
}

#[test]
fn the_general_variable_names_the_service_where_there_is_no_other() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_SERVICE_NAME", "  "),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=general"),
    ];
    let name = "service::the_general_variable_names_the_service_where_there_is_no_other";
    if alone(name, &vars, work_and_flush).is_some() {
        assert_eq!(resource(&collector, "service.name").as_deref(), Some("general"));
    }
}

#[test]
fn code_names_the_service_before_all_variables_and_nothing_names_it_by_its_executable() {
    let name = "service::code_names_the_service_before_all_variables_and_nothing_names_it_by_its_executable";
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [("OTEL_SERVICE_NAME", "by variable"), ("THROUGHLINE_TEST_URL", url.as_str())];
    let output = alone(name, &vars, || {
        let url = std::env::var("THROUGHLINE_TEST_URL").expect("given");
        let (layer, guard) =
            throughline::builder().service_name("by code").endpoint(url).build().expect("valid");
        use tracing_subscriber::prelude::*;
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || drop(info_span!("work")));
        guard.flush(LONG).expect("accepted");
    });
    if output.is_some() {
        assert_eq!(resource(&collector, "service.name").as_deref(), Some("by code"));
        let collector = Collector::accepting();
        let (layer, guard) = throughline::builder().endpoint(collector.url()).build().expect("valid");
        use tracing_subscriber::prelude::*;
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || drop(info_span!("work")));
        guard.flush(LONG).expect("accepted");
        let named = resource(&collector, "service.name").expect("there is a name");
        assert!(named.starts_with("unknown_service:init-"), "{named}");
    }
}
