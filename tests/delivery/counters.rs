//! The ledger's texts by the rules of those who read them: names that are hostile, and counts that only go up.

use crate::ledger::{LONG, spans, started, to};
use crate::support::bare;
use crate::support::collector::{Collector, Reply};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::str::Chars;
use std::time::Duration;
use throughline::{Batch, BoxFuture, Events, Exporter, Outcome};

/// Names that need escapes, look like labels, or like what tells two exporters of one name apart.
const NAMES: [&str; 9] = [
    "a\\b\"c\nd",
    "x\"} 7\nthroughline_forged_total 1",
    "{a=\"b\",c=\"d\"}",
    "\\n",
    "\n",
    "",
    "x",
    "x",
    "x/0",
];

struct Named(&'static str);

impl Exporter for Named {
    fn export<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::Accepted })
    }

    fn takes(&self, _: throughline::Signal) -> bool {
        true
    }

    fn name(&self) -> &str {
        self.0
    }
}

/// A series: its name and its labels.
type Series = (String, BTreeMap<String, String>);

/// Reads a sample up to its value, letter by letter.
fn series(line: &mut Peekable<Chars<'_>>) -> Series {
    let word = |line: &mut Peekable<Chars<'_>>| {
        let word: String =
            std::iter::from_fn(|| line.next_if(|c| c.is_ascii_lowercase() || *c == '_')).collect();
        assert!(!word.is_empty(), "a name before {:?}", line.peek());
        word
    };
    let (name, mut labels) = (word(line), BTreeMap::new());
    if line.next_if_eq(&'{').is_some() {
        loop {
            let (key, mut value) = (word(line), String::new());
            assert_eq!((line.next(), line.next()), (Some('='), Some('"')), "{key} of {name}");
            loop {
                match line.next().expect("the value ends") {
                    '"' => break,
                    '\\' => value.push(match line.next() {
                        Some('n') => '\n',
                        Some(same @ ('\\' | '"')) => same,
                        other => panic!("{other:?} is no escape, in {key} of {name}"),
                    }),
                    plain => value.push(plain),
                }
            }
            assert_eq!(labels.insert(key.clone(), value), None, "{key} twice in {name}");
            match line.next() {
                Some(',') => {}
                Some('}') => break,
                other => panic!("{other:?} after {key} of {name}"),
            }
        }
    }
    (name, labels)
}

/// The samples, and the families in their order; strict about where HELP and TYPE stand.
fn scraped(text: &str) -> BTreeMap<Series, u64> {
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "it ends with one line break");
    let (mut samples, mut families) = (BTreeMap::new(), BTreeSet::new());
    let mut lines = text.strip_suffix('\n').expect("it ends so").split('\n').peekable();
    while let Some(line) = lines.next() {
        let (name, help) =
            line.strip_prefix("# HELP ").and_then(|it| it.split_once(' ')).expect("HELP first");
        assert!(!help.is_empty() && families.insert(name.to_owned()), "{name} is in two places");
        let kind = lines.next().and_then(|line| line.strip_prefix("# TYPE ")).expect("then TYPE");
        let kind = kind.strip_prefix(name).expect("of the same family");
        assert_eq!(kind, if name.ends_with("_total") { " counter" } else { " gauge" }, "{name}");
        assert!(lines.peek().is_some_and(|line| line.starts_with(name)), "{name} has samples");
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            let mut line = line.chars().peekable();
            let sample = series(&mut line);
            assert_eq!(sample.0, name, "under its TYPE");
            assert_eq!(line.next(), Some(' '), "{sample:?}");
            let value = line.collect::<String>().parse().expect("a number");
            assert_eq!(samples.insert(sample.clone(), value), None, "{sample:?} is there twice");
        }
    }
    samples
}

#[test]
fn names_of_exporters_break_neither_lines_nor_labels_and_make_no_series_twice() {
    let builder = NAMES.into_iter().fold(bare(), |builder, name| builder.exporter(Named(name)));
    let (dispatch, guard) = started(builder.events(Events::Both));
    spans(&dispatch, 3);
    guard.flush(LONG).expect("all take them");
    let samples = scraped(&guard.stats().to_prometheus());
    let mut expected: Vec<_> = NAMES.iter().map(|name| format!("{name}/0")).collect();
    expected[7] = "x/1".to_owned();
    expected.sort();
    for family in ["otel_sdk_exporter_span_exported_total", "otel_sdk_exporter_log_exported_total"] {
        let taken = samples.iter().filter(|((name, labels), _)| name == family && labels.len() == 1);
        let mut names: Vec<_> = taken.map(|((_, labels), _)| labels["otel_component_name"].clone()).collect();
        names.sort();
        assert_eq!(names, expected);
    }
    let request =
        ExportMetricsServiceRequest::decode(&guard.stats_reader().to_otlp()[..]).expect("valid OTLP");
    let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
    let names: BTreeSet<_> = metrics.iter().map(|metric| &metric.name).collect();
    assert_eq!(names.len(), metrics.len(), "each metric once");
}

/// The counters, which never go down.
fn counters(text: &str) -> BTreeMap<Series, u64> {
    scraped(text).into_iter().filter(|((name, _), _)| name.ends_with("_total")).collect()
}

#[cfg(all(unix, feature = "spool"))]
#[test]
fn no_counter_goes_down_when_what_was_under_way_goes_back_to_the_disk() {
    let folder = std::env::temp_dir().join(format!("throughline-counters-{}", std::process::id()));
    let collector = Collector::answering(|_| Reply::Status(503));
    let (dispatch, guard) = started(to(&collector).spool(&folder));
    spans(&dispatch, 5);
    assert!(guard.flush(Duration::from_millis(300)).expect_err("it takes none").is_timeout());
    let before = guard.stats();
    assert_eq!(before.exporters[0].in_flight, 5, "{before}");
    assert!(guard.shutdown(Duration::from_millis(100)).is_err());
    let after = guard.stats();
    assert_eq!((after.exporters[0].in_flight, after.exporters[0].spooled), (0, 5), "{after}");
    let (before, after) = (counters(&before.to_prometheus()), counters(&after.to_prometheus()));
    for (series, count) in before {
        assert!(after[&series] >= count, "{series:?} goes from {count} to {}", after[&series]);
    }
    drop(guard);
    let _ = std::fs::remove_dir_all(&folder);
}
