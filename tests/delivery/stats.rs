//! The ledger as metrics: in OTLP, as the official types read it, and in Prometheus's text.

use crate::ledger::{LONG, attribute, spans, started, to};
use crate::support::collector::{Collector, Reply};
use crate::support::{Counted, bare};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric::Data, number_data_point};
use prost::Message;
use std::collections::BTreeMap;
use std::time::SystemTime;
use throughline::{Events, Guard, Stats};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info, info_span};

/// Metrics by name and attributes.
type Series = BTreeMap<(String, BTreeMap<String, String>), u64>;

/// Spans and log records of every fate there is without waiting for it.
fn of_every_fate() -> (Dispatch, Guard) {
    let collector = Collector::scripted(vec![Reply::Status(400)]);
    let own = Counted::default();
    let builder = to(&collector).exporter(own).exporter(Counted::default()).events(Events::Both);
    let (dispatch, guard) = started(builder.queue_bytes(1 << 20));
    spans(&dispatch, 5);
    assert!(guard.flush(LONG).expect_err("rejected").is_undelivered());
    with_default(&dispatch, || {
        drop(info_span!("huge", text = "x".repeat(2 << 20).as_str()));
        info_span!("work").in_scope(|| info!("in it"));
    });
    guard.flush(LONG).expect("accepted");
    with_default(&dispatch, || std::mem::forget(info_span!("open")));
    spans(&dispatch, 2);
    (dispatch, guard)
}

fn refused<'a>(error: &'a str, ours: &'a str) -> [(&'static str, &'a str); 2] {
    [("error.type", error), ("throughline.reason", ours)]
}

/// What a ledger comes to, as series under OpenTelemetry's names.
fn expected(stats: &Stats) -> Series {
    let mut series = Series::new();
    let mut put = |name: &str, attributes: &[(&str, &str)], value| {
        let attributes = attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        assert_eq!(series.insert((name.to_owned(), attributes.collect()), value), None, "{name} twice");
    };
    put("otel.sdk.span.started", &[], stats.started);
    put("otel.sdk.span.live", &[], stats.open);
    put("otel.sdk.log.created", &[], stats.logs.emitted);
    put("throughline.span.unsampled", &[], stats.unsampled);
    put("throughline.span.unfinished", &[], stats.unfinished);
    put("throughline.span.truncated", &[], stats.truncated);
    put("throughline.memory.usage", &[], stats.bytes);
    put("throughline.unspooled", &[], stats.unspooled);
    put("throughline.worker.restarts", &[], stats.restarts);
    let processed = "otel.sdk.processor.span.processed";
    put(processed, &refused("queue_full", "memory"), stats.refused.memory);
    put(processed, &refused("queue_full", "queue"), stats.refused.queue);
    put(processed, &refused("already_shutdown", "shutdown"), stats.refused.shutdown);
    put(processed, &refused("id_reused", "id_reused"), stats.refused.id_reused);
    let processed = "otel.sdk.processor.log.processed";
    put(processed, &refused("queue_full", "memory"), stats.logs.refused.memory);
    put(processed, &refused("queue_full", "queue"), stats.logs.refused.queue);
    put(processed, &refused("already_shutdown", "shutdown"), stats.logs.refused.shutdown);
    put(processed, &refused("rate_limited", "rate"), stats.logs.refused.rate);
    let signals =
        [("span", stats.finished, &stats.exporters), ("log", stats.logs.finished, &stats.logs.exporters)];
    for (signal, finished, exporters) in signals {
        put(&format!("throughline.{signal}.finished"), &[], finished);
        let mut counted = 0;
        for row in exporters {
            let name = match row.name.as_str() {
                "counted" => {
                    counted += 1;
                    format!("counted/{}", counted - 1)
                }
                name => format!("{name}/0"),
            };
            let mut put = |metric: &str, reason: Option<(&str, &str)>, value| {
                let reason = reason.map(|(error, ours)| refused(error, ours)).into_iter().flatten();
                let all: Vec<_> =
                    [("otel.component.name", name.as_str())].into_iter().chain(reason).collect();
                put(&metric.replace('*', signal), &all, value);
            };
            put("throughline.exporter.*.adopted", None, row.adopted);
            put("otel.sdk.processor.*.queue.size", None, row.queued);
            put("throughline.exporter.*.spooled", None, row.spooled);
            put("otel.sdk.processor.*.processed", None, finished + row.adopted - row.queued - row.spooled);
            put("otel.sdk.exporter.*.inflight", None, row.in_flight);
            let exported = "otel.sdk.exporter.*.exported";
            put(exported, None, row.exported);
            put(exported, Some(("rejected", "rejected")), row.rejected);
            put(exported, Some(("queue_full", "queue")), row.dropped.queue);
            put(exported, Some(("retries_exhausted", "retries")), row.dropped.retries);
            put(exported, Some(("already_shutdown", "shutdown")), row.dropped.shutdown);
            put(exported, Some(("panic", "panic")), row.dropped.panic);
            put(exported, Some(("too_old", "age")), row.dropped.age);
            put("throughline.exporter.*.retries", None, row.retries);
        }
    }
    series
}

#[test]
fn in_otlp_every_count_is_a_sum_under_its_conventional_name() {
    let before = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_nanos() as u64;
    let (_dispatch, guard) = of_every_fate();
    let stats = guard.stats();
    assert_eq!((stats.open, stats.refused.memory, stats.exporters[0].queued), (1, 1, 2), "{stats}");
    assert_eq!(stats.exporters[2].rejected, 5, "{stats}");
    let request =
        ExportMetricsServiceRequest::decode(&guard.stats_reader().to_otlp()[..]).expect("valid OTLP");
    let [group] = &request.resource_metrics[..] else { panic!("{request:?}") };
    let resource = group.resource.as_ref().expect("there is one");
    let name = attribute(&resource.attributes, "service.name");
    assert_eq!(name, Some(&Any::StringValue("delivery".to_owned())));
    let [scope] = &group.scope_metrics[..] else { panic!("{group:?}") };
    assert_eq!(scope.scope.as_ref().map(|scope| scope.name.as_str()), Some("throughline"));
    let mut series = Series::new();
    for Metric { name, description, unit, data, .. } in &scope.metrics {
        let Some(Data::Sum(sum)) = data else { panic!("{name}: {data:?}") };
        let level = ["live", "size", "inflight", ".spooled", "usage"].iter().any(|end| name.ends_with(end));
        assert_eq!((sum.aggregation_temporality, sum.is_monotonic), (2, !level), "{name}");
        let expected = match name.as_str() {
            "throughline.memory.usage" => "By",
            name if name.ends_with("retries") || name.ends_with("restarts") => "{attempt}",
            name if name.contains(".log.") => "{log_record}",
            _ => "{span}",
        };
        assert!(
            unit == expected && !description.contains('*') && description.ends_with('.'),
            "{name}: {unit}"
        );
        for point in &sum.data_points {
            assert!(before <= point.start_time_unix_nano, "{name}");
            assert!(point.start_time_unix_nano <= point.time_unix_nano, "{name}");
            let Some(number_data_point::Value::AsInt(value)) = point.value else { panic!("{point:?}") };
            let attributes = point.attributes.iter().map(|pair| {
                let Some(Any::StringValue(value)) = attribute(&point.attributes, &pair.key) else {
                    panic!("{pair:?}")
                };
                (pair.key.clone(), value.clone())
            });
            let key = (name.clone(), attributes.collect());
            assert_eq!(series.insert(key, value as u64), None, "{name} has a point twice");
        }
    }
    assert_eq!(series, expected(&stats));
}

/// Reads Prometheus's text, strictly; counters lose their `_total`.
fn scraped(text: &str) -> Series {
    let (mut series, mut family) = (Series::new(), (String::new(), String::new()));
    let mut done = Vec::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let name = help.split_once(' ').expect("a name and a text").0;
            assert!(!done.contains(&name.to_owned()), "{name} is in two places");
            done.push(name.to_owned());
            continue;
        }
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect("a name and a type");
            assert_eq!(done.last().map(String::as_str), Some(name), "after its HELP");
            assert_eq!(kind, if name.ends_with("_total") { "counter" } else { "gauge" }, "{name}");
            family = (name.to_owned(), kind.to_owned());
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').expect("a sample and its value");
        let (name, labels) = sample
            .split_once('{')
            .map_or((sample, ""), |(name, labels)| (name, labels.strip_suffix('}').expect("labels end")));
        assert_eq!(name, family.0, "under its TYPE");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        let labels = labels.split(',').filter(|label| !label.is_empty()).map(|label| {
            let (key, value) = label.split_once('=').expect("a label has a value");
            (key.to_owned(), value.trim_matches('"').to_owned())
        });
        let name = name.trim_end_matches("_total").to_owned();
        let value = value.parse().expect("a number");
        assert_eq!(series.insert((name, labels.collect()), value), None, "{line}");
    }
    series
}

#[test]
fn in_prometheuss_text_they_are_the_same() {
    let (_dispatch, guard) = of_every_fate();
    let stats = guard.stats_reader().stats();
    let dotted = expected(&stats);
    let underscored = dotted.into_iter().map(|((name, attributes), value)| {
        let bytes = if name.ends_with("usage") { "_bytes" } else { "" };
        let attributes = attributes.into_iter().map(|(key, value)| (key.replace('.', "_"), value));
        ((format!("{}{bytes}", name.replace('.', "_")), attributes.collect()), value)
    });
    let text = stats.to_prometheus();
    assert_eq!(scraped(&text), underscored.collect(), "{text}");
}

#[test]
fn the_reader_outlives_the_guard_and_without_recording_all_is_zero() {
    let (dispatch, guard) = started(bare().exporter(Counted::default()));
    let reader = guard.stats_reader();
    spans(&dispatch, 3);
    drop(guard);
    spans(&dispatch, 1);
    let stats = reader.clone().stats();
    assert_eq!((stats.exporters[0].exported, stats.refused.shutdown), (3, 1), "{stats}");
    assert!(stats.is_balanced() && format!("{reader:?}").contains("exported: 3"), "{reader:?}");
    assert!(Stats::default().to_prometheus().contains("otel_sdk_span_started_total 0\n"));
    assert!(Stats::default().to_string().starts_with("spans started "));
}
