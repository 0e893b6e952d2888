//! The rows. A part that is built later turns its rows from `unbuilt` to `row`.

mod certificates;

use crate::builder::Builder;
use crate::builder::otlp::http;
use crate::builder::resolve::{Resolved, resolve};
use crate::env::Env;
use crate::export::{HttpConfig, Signal};
use crate::propagation::Propagator;

/// What the settings come to.
pub(super) struct Outcome {
    pub(super) resolved: Resolved,
    pub(super) logs: HttpConfig,
    pub(super) warnings: Vec<String>,
}

pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) good: &'static str,
    pub(super) see: fn(&Outcome) -> String,
    pub(super) seen: &'static str,
    /// Of the good value nothing but this is said.
    pub(super) told: &'static [&'static str],
    /// Values that cannot be used, each with the end of the one warning.
    pub(super) bad: Vec<(&'static str, &'static str)>,
    pub(super) with: &'static [(&'static str, &'static str)],
    /// What it is with is told of where it is alone.
    pub(super) half: bool,
}

/// With this value of the variable, this is seen.
fn row(name: &'static str, good: &'static str, see: fn(&Outcome) -> String, seen: &'static str) -> Row {
    Row { name, good, see, seen, told: &[], bad: Vec::new(), with: &[], half: false }
}

/// The variable does nothing yet, and that is said.
fn unbuilt(name: &'static str, value: &'static str, told: &'static str) -> Row {
    Row { told: Vec::leak(vec![told]), ..row(name, value, |_| String::new(), "") }
}

impl Row {
    fn bad(mut self, value: &'static str, told: &'static str) -> Row {
        self.bad.push((value, told));
        self
    }

    fn with(self, with: &'static [(&'static str, &'static str)]) -> Row {
        Row { with, ..self }
    }

    fn halved(self) -> Row {
        Row { half: true, ..self }
    }

    pub(super) fn outcome(&self, value: &str) -> Outcome {
        outcome(&[self.with, &[(self.name, value)]].concat())
    }
}

pub(super) fn outcome(variables: &[(&str, &str)]) -> Outcome {
    let mut env = Env::with(variables);
    let resolved = resolve(Builder::default(), &mut env).expect("valid settings");
    let attempt = resolved.batching[Signal::Logs as usize].attempt;
    let logs = http(&Builder::default(), &mut env, Signal::Logs, attempt).expect("valid settings");
    Outcome { resolved, logs, warnings: env.warnings }
}

impl Outcome {
    pub(super) fn traces(&self) -> &HttpConfig {
        self.resolved.outlets.otlp[0].as_ref().expect("spans are posted")
    }

    pub(super) fn resource(&self, key: &str) -> String {
        let found = self.resolved.outlets.origin.resolved().attributes.iter().find(|it| it.key == key);
        found.map_or_else(String::new, |it| format!("{:?}", it.value))
    }
}

const WHOLE: &str = "it is not a whole number of the right size; 128 is used instead";
const NO_LIMIT: &str = "it is not a whole number of the right size; no limit is used instead";
const INSECURE: &str = "it is for gRPC endpoints without a scheme; the endpoint's scheme is used instead";
const NO_BOUND: &str = "it must be at least 1; no limit but the bytes is used instead";

fn general() -> Vec<Row> {
    vec![
        row("OTEL_SDK_DISABLED", "TRUE", |it| it.resolved.disabled.to_string(), "true")
            .bad("1", "it is neither true nor false; false is used instead"),
        row("OTEL_SERVICE_NAME", "cart", |it| it.resource("service.name"), "String(\"cart\")"),
        row("OTEL_RESOURCE_ATTRIBUTES", "a=x%2Cy, b=2", |it| it.resource("a"), "String(\"x,y\")")
            .bad("a=1,b", "\"b\" has no \"=\"; none of it is used instead")
            .bad("a=%zz", "none of it is used instead")
            .bad("=1", "none of it is used instead"),
        row("OTEL_LOG_LEVEL", "Error", |it| it.resolved.config.log_level.to_string(), "error").bad(
            "loud",
            "it is none of none, error, warn, info, debug; the filter of the log lines is used instead",
        ),
        row(
            "OTEL_PROPAGATORS",
            " TraceContext,tracecontext",
            |it| format!("{:?}", it.resolved.propagators.as_ref().map(|it| it.fields().to_vec())),
            "Some([\"traceparent\", \"tracestate\"])",
        )
        .bad("ottrace", "the headers in use: baggage, traceparent, tracestate")
        .bad("pigeon,none", "the headers in use: none"),
        row(
            "OTEL_TRACES_SAMPLER",
            "TraceIdRatio",
            |it| format!("{:?}", it.resolved.config.sampler),
            "ratio_ignoring_parent(1.0)",
        )
        .bad("sometimes", "there is no such sampler; parentbased_always_on is used instead")
        .bad("xray", "this sampler is not supported; parentbased_always_on is used instead"),
        row(
            "OTEL_TRACES_SAMPLER_ARG",
            "0.25",
            |it| format!("{:?}", it.resolved.config.sampler),
            "parent_based(ratio_ignoring_parent(0.25))",
        )
        .with(&[("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")])
        .bad("2", "it is not a number from 0 to 1; 1.0 is used instead"),
        row("OTEL_METRICS_EXPORTER", "prometheus", |_| String::new(), ""),
        row("THROUGHLINE_SPANS", "warn,h2=off", |it| filter(it).to_string(), "warn")
            .bad("info,=nonsense=x", "info is used instead"),
        row("THROUGHLINE_SPOOL", "/var/spool/shop", spool, "/var/spool/shop"),
        unbuilt("OTEL_CONFIG_FILE", "otel.yaml", "what the other variables say is used instead"),
        unbuilt("OTEL_EXPERIMENTAL_CONFIG_FILE", "otel.yaml", "what the other variables say is used instead"),
        unbuilt("OTEL_ENTITIES", "service{service.name=x}", "OTEL_RESOURCE_ATTRIBUTES is used instead"),
        // Read by the layers of `http`, each when it is made.
        row("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET,BREW", |_| String::new(), ""),
        row("OTEL_SEMCONV_STABILITY_OPT_IN", "http,rpc/dup", |_| String::new(), "").bad(
            "http,database/dup",
            "it is not built yet; the one set of names that there is is used instead",
        ),
        row(
            "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN",
            "logs",
            |it| it.resolved.config.exception_events.to_string(),
            "false",
        )
        .bad("logs/both", "it is neither logs nor logs/dup; the rest is used instead"),
    ]
}

fn filter(it: &Outcome) -> tracing_core::LevelFilter {
    it.resolved.config.settings.filter.default_level().expect("it has one")
}

fn spool(it: &Outcome) -> String {
    it.resolved.spool.as_ref().map_or_else(String::new, |spool| spool.folder().display().to_string())
}

fn batches() -> Vec<Row> {
    let mut rows = Vec::new();
    for (signal, batching, names) in [
        (
            Signal::Traces,
            (|it: &Outcome| format!("{:?}", it.resolved.batching[0])) as fn(&Outcome) -> String,
            [
                "OTEL_BSP_SCHEDULE_DELAY",
                "OTEL_BSP_EXPORT_TIMEOUT",
                "OTEL_BSP_MAX_QUEUE_SIZE",
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            ],
        ),
        (
            Signal::Logs,
            |it| format!("{:?}", it.resolved.batching[1]),
            [
                "OTEL_BLRP_SCHEDULE_DELAY",
                "OTEL_BLRP_EXPORT_TIMEOUT",
                "OTEL_BLRP_MAX_QUEUE_SIZE",
                "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
            ],
        ),
    ] {
        let [delay, timeout, queue, request] = names;
        let (of_delay, above) = match signal {
            Signal::Traces => {
                ("5000 is used instead", "it is more than OTEL_BSP_MAX_QUEUE_SIZE; 100 is used instead")
            }
            Signal::Logs => {
                ("1000 is used instead", "it is more than OTEL_BLRP_MAX_QUEUE_SIZE; 100 is used instead")
            }
        };
        let queue_100: &'static [_] = vec![(queue, "100")].leak();
        rows.extend([
            row(delay, "250", batching, "Batching { delay: Some(250ms), patience: None, attempt: None, queue: None, request: None }")
                .bad("10s", of_delay)
                .bad("-1", of_delay),
            row(delay, "0", batching, "Batching { delay: Some(0ns), patience: None, attempt: None, queue: None, request: None }"),
            row(timeout, "3000", batching, "Batching { delay: None, patience: Some(3s), attempt: Some(3s), queue: None, request: None }")
                .bad("soon", "60000 is used instead"),
            row(timeout, "0", batching, "Batching { delay: None, patience: Some(18446744073709551615.999999999s), attempt: None, queue: None, request: None }"),
            row(queue, "2048", batching, "Batching { delay: None, patience: None, attempt: None, queue: Some(2048), request: None }")
                .bad("0", NO_BOUND),
            row(request, "100", batching, "Batching { delay: None, patience: None, attempt: None, queue: Some(100), request: Some(100) }")
                .with(queue_100)
                .bad("101", above)
                .bad("0", NO_BOUND),
        ]);
    }
    rows
}

fn limits() -> Vec<Row> {
    const GENERAL: &[(&str, &str)] =
        &[("OTEL_ATTRIBUTE_COUNT_LIMIT", "5"), ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9")];
    const FIVE: &str =
        "it is not a whole number of the right size; OTEL_ATTRIBUTE_COUNT_LIMIT=5 is used instead";
    const NINE: &str =
        "it is not a whole number of the right size; OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT=9 is used instead";
    let counts: fn(&Outcome) -> String = |it| {
        let limits = &it.resolved.config.limits;
        let attributes =
            [limits.attributes, limits.event_attributes, limits.link_attributes, limits.log_attributes];
        format!("{attributes:?} {} {}", limits.events, limits.links)
    };
    let lengths: fn(&Outcome) -> String = |it| {
        format!("{} {}", it.resolved.config.limits.value_length, it.resolved.config.limits.log_value_length)
    };
    vec![
        row("OTEL_ATTRIBUTE_COUNT_LIMIT", "5", counts, "[5, 5, 5, 5] 128 128").bad("many", WHOLE),
        row("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "0", lengths, "0 0").bad("-1", NO_LIMIT),
        row("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "7", counts, "[7, 5, 5, 5] 128 128")
            .with(GENERAL)
            .bad("x", FIVE),
        row("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "7", counts, "[5, 7, 5, 5] 128 128")
            .with(GENERAL)
            .bad("x", FIVE),
        row("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "7", counts, "[5, 5, 7, 5] 128 128")
            .with(GENERAL)
            .bad("x", FIVE),
        row("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "7", counts, "[5, 5, 5, 7] 128 128")
            .with(GENERAL)
            .bad("x", FIVE),
        row("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3", lengths, "3 9").with(GENERAL).bad("x", NINE),
        row("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3", lengths, "9 3").with(GENERAL).bad("x", NINE),
        row("OTEL_SPAN_EVENT_COUNT_LIMIT", "1", counts, "[128, 128, 128, 128] 1 128").bad("1e3", WHOLE),
        row("OTEL_SPAN_LINK_COUNT_LIMIT", "1", counts, "[128, 128, 128, 128] 128 1")
            .bad("99999999999999999999", WHOLE),
    ]
}

fn exporters() -> Vec<Row> {
    // Whether it is posted, and whether it is printed.
    let posted: fn(&Outcome) -> String =
        |it| format!("{} {}", it.resolved.outlets.otlp[0].is_some(), it.resolved.outlets.console[0]);
    let logs: fn(&Outcome) -> String = |it| {
        format!(
            "{} {} {:?}",
            it.resolved.outlets.otlp[1].is_some(),
            it.resolved.outlets.console[1],
            it.resolved.config.events
        )
    };
    vec![
        row("OTEL_TRACES_EXPORTER", "None", posted, "false false")
            .bad("console,zipkin", "this exporter is not built yet; console is used instead")
            .bad("otlp,zipkin", "this exporter is not built yet; otlp is used instead")
            .bad("none,zipkin", "this exporter is not built yet; none is used instead")
            .bad("otlp/stdout", "this exporter is not built yet; otlp is used instead")
            .bad("otlp,none", "another is named beside it; otlp is used instead")
            .bad("jaeger", "there is no such exporter; otlp is used instead"),
        row("OTEL_TRACES_EXPORTER", "otlp, OTLP", posted, "true false"),
        row("OTEL_TRACES_EXPORTER", "Console", posted, "false true"),
        row("OTEL_TRACES_EXPORTER", "console,otlp", posted, "true true"),
        row("OTEL_LOGS_EXPORTER", "OTLP", logs, "true false Both")
            .bad("zipkin", "there is no such exporter; none is used instead")
            .bad("none,console", "another is named beside it; console is used instead"),
        row("OTEL_LOGS_EXPORTER", "console", logs, "false true Both"),
        row("OTEL_LOGS_EXPORTER", "otlp,console", logs, "true true Both"),
        row("OTEL_LOGS_EXPORTER", "none", logs, "false false Span"),
        unbuilt(
            "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
            "http://localhost:9411",
            "Zipkin is not built yet; OTLP is used instead",
        ),
        unbuilt("OTEL_EXPORTER_ZIPKIN_TIMEOUT", "10000", "Zipkin is not built yet; OTLP is used instead"),
    ]
}

/// What both signals have, with the ways to see it: of the spans, and of the log records.
fn otlp() -> Vec<Row> {
    type See = fn(&Outcome) -> String;
    let urls: See = |it| format!("{} {}", it.traces().url, it.logs.url);
    let headers: See = |it| format!("{:?} {:?}", it.traces().headers, it.logs.headers);
    let timeouts: See = |it| format!("{:?} {:?}", it.traces().timeout, it.logs.timeout);
    let compressions: See = |it| format!("{:?} {:?}", it.traces().compression, it.logs.compression);
    let nothing: See = |_| String::new();
    const GZIP: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")];
    const HEADER: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_HEADERS", "general=1")];
    const TWO: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_TIMEOUT", "2000")];
    const BASE: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h/a")];
    const TEN: &str = "it is not a whole number of milliseconds; 10000 is used instead";
    const OF_TWO: &str =
        "it is not a whole number of milliseconds; OTEL_EXPORTER_OTLP_TIMEOUT=2000 is used instead";
    const NO_GZIP: &str = "it is neither gzip nor none; none is used instead";
    const STILL_GZIP: &str =
        "it is neither gzip nor none; OTEL_EXPORTER_OTLP_COMPRESSION=gzip is used instead";
    const PROTOBUF: &str = "http/protobuf is used instead";
    let mut rows = vec![
        row(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://h:1/a/",
            urls,
            "http://h:1/a/v1/traces http://h:1/a/v1/logs",
        ),
        row(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://h?key=x",
            urls,
            "http://h/v1/traces?key=x http://h/v1/logs?key=x",
        ),
        row("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t/x/", urls, "http://t/x/ http://h/a/v1/logs")
            .with(BASE),
        row("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://l", urls, "http://h/a/v1/traces http://l").with(BASE),
        row("OTEL_EXPORTER_OTLP_HEADERS", "K=a%20b", headers, "[(\"K\", \"a b\")] [(\"K\", \"a b\")]"),
        row("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "k=v", headers, "[(\"k\", \"v\")] [(\"general\", \"1\")]")
            .with(HEADER),
        row("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "k=v", headers, "[(\"general\", \"1\")] [(\"k\", \"v\")]")
            .with(HEADER),
        row("OTEL_EXPORTER_OTLP_TIMEOUT", "0", timeouts, "None None").bad("10s", TEN).bad("-1", TEN),
        row("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "1", timeouts, "Some(1ms) Some(2s)")
            .with(TWO)
            .bad("10s", OF_TWO),
        row("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "1", timeouts, "Some(2s) Some(1ms)")
            .with(TWO)
            .bad("10s", OF_TWO),
        row("OTEL_EXPORTER_OTLP_COMPRESSION", "GZip", compressions, "gzip gzip")
            .bad("brotli", NO_GZIP)
            .bad("zstd", "zstd is chosen in code, by Builder::zstd; none is used instead"),
        row("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "None", compressions, "none gzip")
            .with(GZIP)
            .bad("br", STILL_GZIP),
        row("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "none", compressions, "gzip none")
            .with(GZIP)
            .bad("br", STILL_GZIP),
    ];
    for name in [
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
    ] {
        let known = row(name, "HTTP/protobuf", nothing, "");
        rows.push(
            known
                .bad("grpc", PROTOBUF)
                .bad("http/json", "this protocol is not built yet; http/protobuf is used instead")
                .bad("smtp", "there is no such protocol; http/protobuf is used instead"),
        );
    }
    for name in [
        "OTEL_EXPORTER_OTLP_INSECURE",
        "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
        "OTEL_EXPORTER_OTLP_LOGS_INSECURE",
    ] {
        rows.push(
            row(name, "false", nothing, "")
                .bad("true", INSECURE)
                .bad("yes", "it is neither true nor false; false is used instead"),
        );
    }
    rows.extend(certificates::rows());
    rows
}

pub(super) fn rows() -> Vec<Row> {
    [general(), batches(), limits(), exporters(), otlp()].into_iter().flatten().collect()
}
