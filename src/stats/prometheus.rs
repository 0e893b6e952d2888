//! The ledger as text for Prometheus: its exposition format, version 0.0.4.
//!
//! ```text
//! text   = { family }
//! family = "# HELP" name help NL "# TYPE" name ("counter" | "gauge") NL { sample }
//! sample = name ["{" label { "," label } "}"] " " number NL
//! label  = name "=" '"' value '"'        in the value \ " and a new line are written \\ \" \n
//! ```

use super::metric::Kind;
use super::rows::{Row, Rows};
use super::stats::Stats;
use std::fmt::Write;

impl Stats {
    /// The ledger in the text format that Prometheus scrapes, to be answered as `text/plain; version=0.0.4`.
    ///
    /// Names are those of OpenTelemetry's semantic conventions for the metrics of SDKs, as Prometheus writes them
    /// (`otel_sdk_span_started_total`, `otel_sdk_exporter_span_exported_total`), and begin with `throughline_` where the
    /// conventions have none. What was refused, rejected or dropped has the labels `error_type`, as the conventions name
    /// the reason, and `throughline_reason`, as the ledger does.
    ///
    /// ```
    /// # fn handler(reader: &throughline::StatsReader) -> String {
    /// reader.stats().to_prometheus()
    /// # }
    /// ```
    #[must_use]
    pub fn to_prometheus(&self) -> String {
        let mut rows = Rows::default();
        self.list(&mut rows);
        let mut out = String::new();
        rows.by_metric().iter().for_each(|family| put_family(&mut out, family));
        out
    }
}

fn put_family(out: &mut String, family: &[&Row]) {
    let Some(Row { metric, signal, .. }) = family.first() else { return };
    let kind = if metric.kind == Kind::Counter { "counter" } else { "gauge" };
    let bytes = if metric.is_in_bytes() { "_bytes" } else { "" };
    let total = if metric.kind == Kind::Counter { "_total" } else { "" };
    let name = format!("{}{bytes}{total}", underscored(&metric.name(*signal)));
    let help = metric.help(*signal).replace('\\', r"\\").replace('\n', r"\n");
    // Writing into a text cannot fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for row in family {
        let label = |(key, value): &(&str, String)| format!("{}=\"{}\"", underscored(key), escaped(value));
        let labels = row.attributes.iter().map(label).collect::<Vec<_>>().join(",");
        let _ = match labels.is_empty() {
            true => writeln!(out, "{name} {}", row.value),
            false => writeln!(out, "{name}{{{labels}}} {}", row.value),
        };
    }
}

/// A name in Prometheus's alphabet. Ours need no more than this.
fn underscored(name: &str) -> String {
    name.replace('.', "_")
}

fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::ExporterStats;

    #[test]
    fn each_family_is_told_once_with_all_its_samples_and_values_are_escaped() {
        let of = |name: &str, exported| ExporterStats {
            name: name.to_owned(),
            exported,
            ..ExporterStats::default()
        };
        let exporters = vec![of("a\\b\"c\nd", 3), of("own", 4), of("own", 5)];
        let text =
            Stats { started: 5, finished: 5, bytes: 4096, exporters, ..Stats::default() }.to_prometheus();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "# HELP otel_sdk_span_started_total Spans that were started.",
                "# TYPE otel_sdk_span_started_total counter",
                "otel_sdk_span_started_total 5"
            ]
        );
        let exported: Vec<_> = lines.iter().filter(|line| line.contains("span_exported_total")).collect();
        assert_eq!(exported.len(), 2 + 3 * 7, "{exported:#?}");
        let at = lines.iter().position(|line| line == exported[0]).expect("it is there");
        assert!(lines[at..at + 23].iter().eq(exported), "the family stands together: {text}");
        for sample in [
            r#"otel_sdk_exporter_span_exported_total{otel_component_name="a\\b\"c\nd/0"} 3"#,
            r#"otel_sdk_exporter_span_exported_total{otel_component_name="own/0"} 4"#,
            r#"otel_sdk_exporter_span_exported_total{otel_component_name="own/1"} 5"#,
            r#"throughline_memory_usage_bytes 4096"#,
        ] {
            assert!(lines.contains(&sample), "{sample} in {text}");
        }
        assert!(text.ends_with('\n'));
    }
}
