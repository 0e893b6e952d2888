//! Settings from variables and arguments: the unusable are errors or are told.

use crate::child::{LONG, alone, init, lines, resource, work_and_flush};
use crate::support::collector::Collector;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use tracing::{info, info_span};

#[test]
fn settings_that_cannot_be_used_are_errors_that_name_the_variable() {
    let cases = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "not a url"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "no-equals-sign"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "bad name=value"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "name=hunter2%0A"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "name=%"),
    ];
    let chosen: Vec<_> = match std::env::var("THROUGHLINE_TEST_CASE") {
        Ok(case) => vec![case.parse::<usize>().expect("a number")],
        Err(_) => (0..cases.len()).collect(),
    };
    for case in chosen {
        let (name, value) = cases[case];
        let number = case.to_string();
        let vars = [(name, value), ("THROUGHLINE_TEST_CASE", number.as_str())];
        alone("settings::settings_that_cannot_be_used_are_errors_that_name_the_variable", &vars, || {
            let error = throughline::init().expect_err(value);
            assert!(error.is_config() && !error.is_already_initialized(), "{error}");
            assert!(error.to_string().contains(name), "{error} for {name}={value}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
            // Nothing was set up: the program can go on with something else.
            assert!(tracing::dispatcher::get_default(
                |dispatch| dispatch.is::<tracing::subscriber::NoSubscriber>()
            ));
        });
    }
}

#[test]
fn arguments_that_cannot_be_used_are_errors_that_name_them() {
    let named = |builder: throughline::Builder, name: &str| {
        let error = builder.build().expect_err(name);
        assert!(error.is_config() && error.to_string().contains(name), "{error} for {name}");
    };
    named(throughline::builder().endpoint("nowhere"), "endpoint");
    named(throughline::builder().traces_endpoint("mailto:x@example.com"), "traces_endpoint");
    named(throughline::builder().header("bad name", "x"), "header");
    named(throughline::builder().header("name", "a\nb"), "header");
    named(throughline::builder().spans("info,,=nonsense=x"), "spans");
}

#[test]
fn bad_numbers_and_names_are_told_and_ignored() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "10s"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "many"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
        ("OTEL_SDK_DISABLED", "perhaps"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1"),
        ("OTEL_PROPAGATORS", "pigeon"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team=a,b"),
        ("THROUGHLINE_SPANS", "info,=nonsense=x"),
        ("RUST_LOG", "error"),
    ];
    let Some(output) = alone("settings::bad_numbers_and_names_are_told_and_ignored", &vars, work_and_flush)
    else {
        return;
    };
    assert_eq!(collector.accepted().len(), 1);
    assert_eq!(resource(&collector, "team"), None, "one bad pair discards all");
    let lines = lines(&output);
    let told = |part: &str| {
        let said = |line: &&serde_json::Value| {
            line["fields"]["message"].as_str().is_some_and(|text| text.contains(part))
        };
        let found: Vec<_> = lines.iter().filter(said).collect();
        assert_eq!(found.len(), 1, "{part} in {lines:#?}");
        assert_eq!((&found[0]["level"], &found[0]["target"]), (&"WARN".into(), &"throughline".into()));
    };
    vars[1..].iter().filter(|(name, _)| !["RUST_LOG", "OTEL_PROPAGATORS"].contains(name)).for_each(
        |(name, _)| {
            told(name);
        },
    );
    told("pigeon");
}

#[test]
fn limits_come_from_the_environment() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "1"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "5"),
    ];
    let output = alone("settings::limits_come_from_the_environment", &vars, || {
        let guard = init();
        info_span!("s", a = "abcdef", b = 2).in_scope(|| {
            info!("one");
            info!("two");
        });
        guard.flush(LONG).expect("accepted");
    });
    if output.is_some() {
        let span = &collector.accepted()[0];
        assert_eq!((span.events.len(), span.dropped_events_count), (1, 1));
        assert_eq!((span.attributes.len(), span.dropped_attributes_count), (5, 3));
        let cut = span.attributes.iter().find(|attribute| attribute.key == "a").expect("our own come first");
        assert_eq!(cut.value.clone().and_then(|value| value.value), Some(Any::StringValue("abc".to_owned())));
    }
}
