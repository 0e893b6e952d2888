//! `init` and the environment. Each test runs its body in a process of its own: this binary again, for that test.

mod support;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use std::process::{Command, Output};
use std::time::Duration;
use support::collector::Collector;
use throughline::{Guard, SpanExt, current_context, propagation};
use tracing::{debug, debug_span, info, info_span, warn};

const CHILD: &str = "THROUGHLINE_TEST_CHILD";
const LONG: Duration = Duration::from_secs(20);

/// In the child: runs `body`. In the parent: starts the child with these variables, and gives what it printed.
fn alone(test: &str, variables: &[(&str, &str)], body: impl FnOnce()) -> Option<Output> {
    if std::env::var_os(CHILD).is_some() {
        body();
        return None;
    }
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
    let ours =
        |name: &str| name.starts_with("OTEL_") || name.starts_with("THROUGHLINE_") || name == "RUST_LOG";
    std::env::vars().filter(|(name, _)| ours(name)).for_each(|(name, _)| {
        command.env_remove(name);
    });
    let output = command.env(CHILD, "1").envs(variables.iter().copied()).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("1 passed"), "{text}{}", String::from_utf8_lossy(&output.stderr));
    Some(output)
}

fn init() -> Guard {
    throughline::init().expect("valid settings")
}

/// The log lines that the child wrote.
fn lines(output: &Output) -> Vec<serde_json::Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    // What libtest prints may stand before the first line.
    let lines = text.lines().filter_map(|line| serde_json::from_str(&line[line.find('{')?..]).ok());
    lines.collect()
}

fn resource(collector: &Collector, key: &str) -> Option<String> {
    let requests = collector.requests();
    let body = requests.first().expect("a request came").decoded();
    let resource = body.resource_spans[0].resource.clone().expect("there is one");
    let found = resource.attributes.into_iter().find(|attribute| attribute.key == key)?;
    match found.value.and_then(|value| value.value) {
        Some(Any::StringValue(text)) => Some(text),
        other => panic!("{key}: {other:?}"),
    }
}

fn work_and_flush() {
    let guard = init();
    info_span!("work").in_scope(|| info!("working"));
    guard.flush(LONG).expect("accepted");
}

#[test]
fn a_second_init_is_a_clear_error_and_the_first_goes_on() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str())];
    let output = alone("a_second_init_is_a_clear_error_and_the_first_goes_on", &vars, || {
        let guard = init();
        let error = throughline::init().expect_err("the second");
        assert!(error.is_already_initialized() && !error.is_config(), "{error}");
        assert!(error.to_string().contains("already set"), "{error}");
        drop(info_span!("still recorded"));
        guard.flush(LONG).expect("accepted");
    });
    if output.is_some() {
        assert_eq!(collector.accepted().len(), 1);
    }
}

#[test]
fn a_subscriber_that_somebody_else_set_is_told_as_well() {
    alone("a_subscriber_that_somebody_else_set_is_told_as_well", &[], || {
        tracing_subscriber::fmt().with_writer(std::io::sink).init();
        assert!(throughline::init().expect_err("the second").is_already_initialized());
    });
}

#[test]
fn a_scoped_default_that_came_before_is_no_obstacle() {
    let vars = [("OTEL_TRACES_EXPORTER", "none")];
    alone("a_scoped_default_that_came_before_is_no_obstacle", &vars, || {
        let early = tracing_subscriber::fmt().with_writer(std::io::sink).finish();
        tracing::subscriber::with_default(early, || info!("reading the configuration"));
        let guard = init();
        let _in = info_span!("recorded").entered();
        assert_eq!(guard.stats().started, 1);
    });
}

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
        ("OTEL_RESOURCE_ATTRIBUTES", "a=1,b"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a=%zz"),
    ];
    let chosen: Vec<_> = match std::env::var("THROUGHLINE_TEST_CASE") {
        Ok(case) => vec![case.parse::<usize>().expect("a number")],
        Err(_) => (0..cases.len()).collect(),
    };
    for case in chosen {
        let (name, value) = cases[case];
        let number = case.to_string();
        let vars = [(name, value), ("THROUGHLINE_TEST_CASE", number.as_str())];
        alone("settings_that_cannot_be_used_are_errors_that_name_the_variable", &vars, || {
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
        ("THROUGHLINE_SPANS", "info,=nonsense=x"),
        ("RUST_LOG", "error"),
    ];
    let Some(output) = alone("bad_numbers_and_names_are_told_and_ignored", &vars, work_and_flush) else {
        return;
    };
    assert_eq!(collector.accepted().len(), 1);
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
fn the_disabled_sdk_records_nothing_but_passes_headers_on() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("OTEL_SDK_DISABLED", "TRUE")];
    let output = alone("the_disabled_sdk_records_nothing_but_passes_headers_on", &vars, || {
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
fn the_filter_of_the_lines_does_not_silence_the_spans() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("RUST_LOG", "warn")];
    let output = alone("the_filter_of_the_lines_does_not_silence_the_spans", &vars, || {
        let guard = init();
        info_span!("quiet").in_scope(|| {
            info!("not a line");
            warn!("a line");
            drop(debug_span!("below the default"));
        });
        guard.flush(LONG).expect("accepted");
    });
    let Some(output) = output else { return };
    let spans = collector.accepted();
    assert_eq!(spans.len(), 1);
    let events: Vec<_> = spans[0].events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(events, ["not a line", "a line"]);
    let lines = lines(&output);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let hex: String = spans[0].trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(lines[0]["trace_id"], hex);
}

#[test]
fn the_spans_have_a_filter_of_their_own() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("THROUGHLINE_SPANS", "warn,init=debug,init::noisy=off"),
    ];
    let output = alone("the_spans_have_a_filter_of_their_own", &vars, || {
        let guard = init();
        debug_span!("fine").in_scope(|| debug!("finer than the lines"));
        drop(info_span!(target: "elsewhere", "not a warning"));
        drop(tracing::error_span!(target: "init::noisy", "off"));
        drop(tracing::trace_span!("too fine"));
        guard.flush(LONG).expect("accepted");
    });
    let Some(output) = output else { return };
    let spans = collector.accepted();
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["fine"]);
    assert_eq!(spans[0].events[0].name, "finer than the lines");
    assert!(lines(&output).is_empty(), "the lines have the default filter");
}

#[test]
fn the_service_is_named_by_its_own_variable_before_the_general_one() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_SERVICE_NAME", "by its own"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=general,team=a%20b, telemetry.sdk.name=theirs"),
    ];
    let name = "the_service_is_named_by_its_own_variable_before_the_general_one";
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
    let name = "the_general_variable_names_the_service_where_there_is_no_other";
    if alone(name, &vars, work_and_flush).is_some() {
        assert_eq!(resource(&collector, "service.name").as_deref(), Some("general"));
    }
}

#[test]
fn code_names_the_service_before_all_variables_and_nothing_names_it_by_its_executable() {
    let name = "code_names_the_service_before_all_variables_and_nothing_names_it_by_its_executable";
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
    let name = "a_base_endpoint_keeps_its_path_and_headers_and_compression_are_taken";
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
    let name = "the_endpoint_of_traces_is_used_as_it_stands_and_its_headers_replace_the_general_ones";
    if alone(name, &vars, work_and_flush).is_some() {
        let request = &collector.requests()[0];
        assert_eq!(request.path, "/exactly");
        assert_eq!((request.header("general"), request.header("own")), (None, Some("2")));
    }
}

#[test]
fn nothing_is_exported_where_none_is_asked_for() {
    let collector = Collector::accepting();
    let url = collector.url();
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("OTEL_TRACES_EXPORTER", "none")];
    if alone("nothing_is_exported_where_none_is_asked_for", &vars, work_and_flush).is_some() {
        assert!(collector.requests().is_empty());
    }
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
    let output = alone("limits_come_from_the_environment", &vars, || {
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

#[test]
fn lines_are_json_where_there_is_no_terminal() {
    let vars = [("OTEL_TRACES_EXPORTER", "none")];
    let output = alone("lines_are_json_where_there_is_no_terminal", &vars, || {
        let _guard = init();
        info!("outside");
        info_span!("work", n = 1).in_scope(|| info!(answer = 42, "inside"));
        debug!("below the default");
    });
    let Some(output) = output else { return };
    let lines = lines(&output);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].get("trace_id").is_none());
    assert_eq!(lines[1]["fields"]["answer"], 42);
    for (key, length) in [("trace_id", 32), ("span_id", 16), ("trace_flags", 2)] {
        assert_eq!(lines[1][key].as_str().map(str::len), Some(length), "{key}");
    }
    assert!(!String::from_utf8_lossy(&output.stdout).contains('\u{1b}'), "no colours");
}

#[test]
fn our_own_warnings_are_let_through_unless_the_filter_speaks_of_us() {
    let name = "our_own_warnings_are_let_through_unless_the_filter_speaks_of_us";
    // Nobody listens on port 1.
    for (filter, heard) in [("off", true), ("error,throughline=off", false)] {
        let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("RUST_LOG", filter)];
        let output = alone(name, &vars, || {
            let guard = init();
            drop(info_span!("undelivered"));
            assert!(guard.flush(Duration::from_millis(300)).is_err());
            assert!(guard.shutdown(Duration::from_millis(100)).is_err());
        });
        let Some(output) = output else { return };
        let warned =
            lines(&output).iter().any(|line| line["target"] == "throughline" && line["level"] == "WARN");
        assert_eq!(warned, heard, "{filter}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
