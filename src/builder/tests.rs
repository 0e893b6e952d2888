//! Every variable of the environment, a row each (`rows`): what it does, or that it does nothing yet, and what is said of
//! a value that cannot be used; and what holds between them.

mod rows;

use super::builder::Builder;
use super::resolve::resolve;
use crate::env::{Env, KNOWN};
use rows::{outcome, rows};
use std::time::Duration;

#[test]
fn every_variable_does_what_its_row_says() {
    for row in rows() {
        let good = row.outcome(row.good);
        assert_eq!((row.see)(&good), row.seen, "{}={}", row.name, row.good);
        assert_told(row.name, row.good, &good.warnings, row.told);
        for (value, told) in &row.bad {
            assert_told(row.name, value, &row.outcome(value).warnings, &[told]);
        }
        let empty = row.outcome(" ");
        assert_eq!(
            empty.warnings.len(),
            usize::from(row.half),
            "{} is empty: {:?}",
            row.name,
            empty.warnings
        );
        assert_eq!((row.see)(&empty), (row.see)(&outcome(row.with)), "{} is empty", row.name);
    }
}

/// One warning for each, that names the variable and the value and ends so.
#[track_caller]
fn assert_told(name: &str, value: &str, warnings: &[String], told: &[&str]) {
    assert_eq!(warnings.len(), told.len(), "{name}={value}: {warnings:?}");
    for (warning, end) in warnings.iter().zip(told) {
        assert!(warning.starts_with(name) && warning.ends_with(end), "{name}={value}: {warning}");
        let named = value.split(',').any(|part| warning.contains(part));
        assert!(named, "{warning} does not name {value}");
    }
}

#[test]
fn there_is_a_row_for_every_variable_that_is_known() {
    let rows = rows();
    // Those of metrics, and one that is reserved for later, are known so that nobody takes them for mistakes.
    let ignored = |name: &str| name.contains("_OTLP_METRICS_") || name == "OTEL_EXPORTER_ZIPKIN_PROTOCOL";
    for name in KNOWN.into_iter().filter(|name| !ignored(name)) {
        assert!(rows.iter().any(|row| row.name == name), "{name} has no row");
    }
    for row in &rows {
        assert!(KNOWN.contains(&row.name), "{} is not known", row.name);
    }
}

#[test]
fn code_wins_over_every_variable_and_what_it_wins_over_is_not_told() {
    let mut env = Env::with(&[
        ("OTEL_SERVICE_NAME", "theirs"),
        ("OTEL_BSP_SCHEDULE_DELAY", "10s"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "10s"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "some"),
        ("OTEL_BLRP_EXPORT_TIMEOUT", "10s"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "many"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=theirs,x-other=theirs"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://theirs"),
        ("OTEL_TRACES_EXPORTER", "jaeger"),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://theirs"),
        ("THROUGHLINE_SPANS", "=x="),
    ]);
    let second = Duration::from_secs(1);
    let builder = crate::builder()
        .service_name("ours")
        .service_version("1.2.3")
        .schedule_delay(second)
        .retry_for(second)
        .request_spans(9)
        .sampler(crate::Sampler::always_off())
        .limits(crate::Limits::default())
        .timeout(second)
        .gzip(true)
        .header("X-Key", "ours")
        .endpoint("http://ours")
        .events(crate::Events::Logs)
        .spans("warn");
    let resolved = resolve(builder, &mut env).expect("valid settings");
    assert!(env.warnings.is_empty(), "{:?}", env.warnings);
    let otlp = resolved.outlets.otlp[0].as_ref().expect("an endpoint was given");
    assert_eq!((otlp.url.as_str(), otlp.timeout), ("http://ours/v1/traces", Some(second)));
    assert_eq!(resolved.outlets.otlp[1].as_ref().map(|it| it.url.as_str()), Some("http://ours/v1/logs"));
    assert_eq!(resolved.config.events, crate::Events::Logs);
    let headers = [("x-other", "theirs"), ("X-Key", "ours")];
    assert_eq!(otlp.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!((resolved.batching[0].patience, resolved.batching[0].request), (Some(second), Some(9)));
    let text = |key: &str| {
        resolved
            .outlets
            .origin
            .resolved()
            .attributes
            .iter()
            .find(|it| it.key == key)
            .map(|it| it.value.clone())
    };
    assert_eq!((text("service.name"), text("service.version")), (Some("ours".into()), Some("1.2.3".into())));
}

#[test]
fn waits_between_attempts_stay_within_their_bounds() {
    let millis = Duration::from_millis;
    let waits = |given: Option<(Duration, Duration)>| {
        let mut builder = crate::builder();
        builder.retry_waits = given;
        let waits = resolve(builder, &mut Env::with(&[])).expect("valid settings").waits;
        (waits.first, waits.longest)
    };
    assert_eq!(waits(None), (millis(500), millis(15_000)));
    assert_eq!(waits(Some((millis(20), millis(300)))), (millis(20), millis(300)));
    assert_eq!(waits(Some((millis(20), millis(3)))), (millis(20), millis(20)), "no shorter than the first");
    let day = Duration::from_secs(24 * 3600);
    assert_eq!(waits(Some((Duration::ZERO, Duration::ZERO))), (millis(1), millis(1)));
    assert_eq!(waits(Some((Duration::MAX, Duration::MAX))), (day, day));
}

#[test]
fn log_records_are_made_only_where_somebody_takes_them() {
    use crate::Events::{Both, Logs, None as Neither, Span};
    let events = |builder: Builder, variables: &[(&str, &str)]| {
        let mut env = Env::with(variables);
        let resolved = resolve(builder, &mut env).expect("valid settings");
        (resolved.config.events, resolved.outlets.otlp.map(|it| it.is_some()), env.warnings.len())
    };
    const OTLP: &[(&str, &str)] = &[("OTEL_LOGS_EXPORTER", "otlp")];
    const NONE: &[(&str, &str)] = &[("OTEL_LOGS_EXPORTER", "none")];
    let builder = crate::builder;
    assert_eq!(events(builder(), &[]), (Span, [true, false], 0));
    assert_eq!(events(builder(), OTLP), (Both, [true, true], 0));
    assert_eq!(events(builder().events(Both), &[]), (Both, [true, true], 0));
    assert_eq!(events(builder().events(Span), OTLP), (Span, [true, false], 0));
    assert_eq!(events(builder().events(Both), NONE), (Span, [true, false], 1));
    assert_eq!(events(builder().events(Logs), NONE), (Neither, [true, false], 1));
    assert_eq!(events(builder().events(Logs).logs_endpoint("http://h"), NONE), (Logs, [true, true], 0));
    assert_eq!(events(builder().exporter(Spans), OTLP), (Both, [false, true], 0));
    assert_eq!(events(builder().exporter(Spans).events(Both), &[]), (Span, [false, false], 1));
}

/// Takes spans only.
struct Spans;

impl crate::Exporter for Spans {
    fn export<'a>(&'a self, _: &'a crate::Batch) -> crate::BoxFuture<'a, crate::Outcome> {
        Box::pin(async { crate::Outcome::Accepted })
    }
}

#[test]
fn an_endpoint_that_ends_in_a_signals_path_is_told_and_serves_both() {
    let outcome = outcome(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:secret@h/a/v1/traces/?key=secret")]);
    assert_eq!(outcome.traces().url, "http://user:secret@h/a/v1/traces?key=secret");
    assert_eq!(outcome.logs.url, "http://user:secret@h/a/v1/logs?key=secret");
    assert_eq!(outcome.warnings.len(), 2, "{:?}", outcome.warnings);
    let named = |it: &String| it.starts_with("OTEL_EXPORTER_OTLP_ENDPOINT=") && !it.contains("secret");
    assert!(outcome.warnings.iter().all(named), "{:?}", outcome.warnings);
}

#[test]
fn files_for_tls_mean_nothing_by_halves_and_without_tls() {
    let outcome = outcome(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "HTTPS://h"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://h"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "ca.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "k"),
    ]);
    assert!(outcome.traces().tls.authorities.is_some() && outcome.traces().tls.client.is_none());
    assert!(outcome.logs.tls.is_empty());
    let told = [
        "OTEL_EXPORTER_OTLP_CLIENT_KEY=\"k\" is ignored: OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE is not set; no client \
         certificate is used instead",
        "OTEL_EXPORTER_OTLP_CERTIFICATE=\"ca.pem\" is ignored: the endpoint of logs begins with http://, not https://; no \
         TLS is used instead",
    ];
    assert_eq!(outcome.warnings, told);
}

#[test]
fn files_for_tls_of_code_win_over_the_environment() {
    let mut env = Env::with(&[
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "theirs.pem"),
        ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "theirs.pem"),
    ]);
    let builder = crate::builder().endpoint("https://h").ca_certificate("ca").client_certificate("c", "k");
    let resolved = resolve(builder, &mut env).expect("valid settings");
    assert!(env.warnings.is_empty(), "{:?}", env.warnings);
    let tls = &resolved.outlets.otlp[0].as_ref().expect("an endpoint was given").tls;
    let (certificate, key) = tls.client.as_ref().expect("both were given");
    let ca = tls.authorities.as_ref().expect("one was given");
    assert_eq!(
        [&ca.path, &certificate.path, &key.path].map(|path| path.to_str()),
        ["ca", "c", "k"].map(Some)
    );
}

#[test]
fn each_bad_part_of_a_sampler_argument_is_told_and_the_rest_counts() {
    let argument = "endpoint=http://user:secret@j:5778,pollingIntervalMs=5s,rate=1";
    let outcome = outcome(&[
        ("OTEL_TRACES_SAMPLER", "parentbased_jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", argument),
    ]);
    let sampler = format!("{:?}", outcome.resolved.config.sampler);
    assert!(
        sampler.starts_with("parent_based(JaegerRemote { url: \"http://j:5778\", interval: 60s,"),
        "{sampler}"
    );
    let told = |start: &str| outcome.warnings.iter().any(|warning| warning.starts_with(start));
    let name = "OTEL_TRACES_SAMPLER_ARG";
    assert!(
        told(&format!("{name}=\"pollingIntervalMs=5s\" is ignored: it is not a positive number")),
        "{:?}",
        outcome.warnings
    );
    assert!(
        told(&format!("{name}=\"rate=1\" is ignored: it is none of endpoint=URL")),
        "{:?}",
        outcome.warnings
    );
    assert_eq!(outcome.warnings.len(), 2);
    assert!(!outcome.warnings.concat().contains("secret"));
}

#[test]
fn a_sampler_argument_without_a_sampler_is_told() {
    let outcome = outcome(&[("OTEL_TRACES_SAMPLER_ARG", "0.1")]);
    let told = "OTEL_TRACES_SAMPLER_ARG=\"0.1\" is ignored: OTEL_TRACES_SAMPLER is not set; parentbased_always_on is used instead";
    assert_eq!(outcome.warnings, [told]);
}

#[test]
fn a_timeout_of_the_export_bounds_each_request_too() {
    let outcome = outcome(&[("OTEL_BSP_EXPORT_TIMEOUT", "3000"), ("OTEL_BLRP_EXPORT_TIMEOUT", "20000")]);
    assert_eq!(outcome.traces().timeout, Some(Duration::from_secs(3)));
    assert_eq!(outcome.logs.timeout, Some(Duration::from_secs(10)), "the request's own is shorter");
}

#[test]
fn what_was_taken_from_where_is_kept_without_secrets() {
    let mut env = Env::with(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:secret@h"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=secret"),
        ("OTEL_SERVICE_NAME", "cart"),
    ]);
    resolve(Builder::default(), &mut env).expect("valid settings");
    let taken = [
        "OTEL_SERVICE_NAME=cart",
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://h",
        "traces go to http://h/v1/traces, by OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_HEADERS=...",
    ];
    for line in taken {
        assert!(env.taken.iter().any(|it| it == line), "{line} in {:?}", env.taken);
    }
}

#[test]
fn a_long_list_of_attributes_is_read_in_no_time_and_a_bad_one_makes_one_short_line() {
    let many: Vec<_> = (0..20_000).map(|n| format!("key.{}={n}", n % 10_000)).collect();
    let begun = std::time::Instant::now();
    let good = outcome(&[("OTEL_RESOURCE_ATTRIBUTES", &many.join(","))]);
    assert_eq!(good.resource("key.9999"), "String(\"19999\")", "the last of a key counts");
    let bad =
        outcome(&[("OTEL_RESOURCE_ATTRIBUTES", &format!("{},{}", many.join(","), "x".repeat(100_000)))]);
    assert_eq!((bad.resource("key.1"), bad.warnings.len()), (String::new(), 1));
    assert!(bad.warnings[0].len() < 2000);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn an_exception_stays_in_its_span_where_it_becomes_no_log_record() {
    use crate::{Batch, BoxFuture, Events, Exporter, Outcome, Signal};
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::prelude::*;

    #[derive(Clone, Default)]
    struct Counts(Arc<Mutex<[usize; 2]>>);

    impl Exporter for Counts {
        fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
            let mut counts = self.0.lock().expect("nothing panics");
            counts[0] += batch.spans().map(|span| span.to_data().expect("ours").events.len()).sum::<usize>();
            counts[1] += batch.logs().count();
            Box::pin(async { Outcome::Accepted })
        }

        fn takes(&self, _: Signal) -> bool {
            true
        }
    }

    for (events, expected) in [(Events::Span, [1, 0]), (Events::Both, [0, 1]), (Events::Logs, [0, 1])] {
        let counts = Counts::default();
        let env = Env::with(&[("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "logs")]);
        let builder = super::builder().exporter(counts.clone()).events(events);
        let built = super::build(builder, env).expect("valid settings");
        let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(built.layer));
        tracing::dispatcher::with_default(&dispatch, || {
            tracing::info_span!("s").in_scope(|| tracing::error!(error = "refused"));
        });
        built.guard.flush(Duration::from_secs(10)).expect("an exporter that takes everything");
        assert_eq!(*counts.0.lock().expect("nothing panics"), expected, "{events:?}");
    }
}
