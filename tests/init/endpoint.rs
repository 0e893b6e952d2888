//! Where the spans are sent, and with which headers.

use crate::child::{alone, work_and_flush};
use crate::support::collector::Collector;

#[test]
fn a_base_endpoint_keeps_its_path_and_headers_and_compression_are_taken() {
    let collector = Collector::accepting();
    let url = format!("{}/tenant/a", collector.url());
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b,X-Other=2"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "GZIP"),
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.0"),
    ];
    let name = "endpoint::a_base_endpoint_keeps_its_path_and_headers_and_compression_are_taken";
    if alone(name, &vars, work_and_flush).is_some() {
        let request = &collector.requests()[0];
        assert_eq!(request.path, "/tenant/a/v1/traces");
        assert_eq!((request.header("x-key"), request.header("x-other")), (Some("a b"), Some("2")));
        assert_eq!(request.header("content-encoding"), Some("gzip"));
        assert_eq!(request.spans()[0].trace_state, "ot=th:0");
    }
}

#[test]
fn the_endpoint_of_traces_is_used_as_it_stands_and_its_headers_replace_the_general_ones() {
    let collector = Collector::accepting();
    let url = format!("{}/exactly", collector.url());
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "general=1"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "own=2"),
        ("OTEL_TRACES_SAMPLER", "always_on"),
    ];
    let name =
        "endpoint::the_endpoint_of_traces_is_used_as_it_stands_and_its_headers_replace_the_general_ones";
    if alone(name, &vars, work_and_flush).is_some() {
        let request = &collector.requests()[0];
        assert_eq!(request.path, "/exactly");
        assert_eq!((request.header("general"), request.header("own")), (None, Some("2")));
    }
}
