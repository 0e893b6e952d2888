//! The ledger as metrics: an OTLP `ExportMetricsServiceRequest`.

use super::metric::Kind;
use super::rows::{Row, Rows};
use super::stats::Stats;
use crate::wire::{
    Scope, put_fixed64_field, put_key_value_str, put_message, put_scope, put_string_field, put_varint_field,
};

/// `ExportMetricsServiceRequest.resource_metrics`.
const RESOURCE_METRICS: u32 = 1;
/// `ResourceMetrics.scope_metrics`.
const SCOPE_METRICS: u32 = 2;
/// `ScopeMetrics.metrics`.
const METRICS: u32 = 2;
/// Fields of `Metric`.
const NAME: u32 = 1;
const DESCRIPTION: u32 = 2;
const UNIT: u32 = 3;
const SUM: u32 = 7;
/// Fields of `Sum`.
const DATA_POINTS: u32 = 1;
const TEMPORALITY: u32 = 2;
const IS_MONOTONIC: u32 = 3;
/// Fields of `NumberDataPoint`.
const START_TIME: u32 = 2;
const TIME: u32 = 3;
const AS_INT: u32 = 6;
const ATTRIBUTES: u32 = 7;

/// `AGGREGATION_TEMPORALITY_CUMULATIVE`.
const CUMULATIVE: u64 = 2;

/// Whose metrics they are, and of what time.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    /// `ResourceMetrics.resource`, with tag and length.
    pub(super) resource: &'a [u8],
    /// What counts has been counted since then.
    pub(super) since_unix_nanos: u64,
    pub(super) now_unix_nanos: u64,
}

/// Writes all rows of a ledger.
pub(super) fn request(stats: &Stats, frame: Frame<'_>) -> Vec<u8> {
    let mut rows = Rows::default();
    stats.list(&mut rows);
    let scope = Scope {
        name: "throughline".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Scope::default()
    };
    let mut out = Vec::new();
    put_message(&mut out, RESOURCE_METRICS, |out| {
        out.extend_from_slice(frame.resource);
        put_message(out, SCOPE_METRICS, |out| {
            put_scope(out, &scope);
            for rows in rows.by_metric() {
                put_message(out, METRICS, |out| put_metric(out, &rows, frame));
            }
        });
    });
    out
}

fn put_metric(out: &mut Vec<u8>, rows: &[&Row], frame: Frame<'_>) {
    let Some(Row { metric, signal, .. }) = rows.first() else { return };
    put_string_field(out, NAME, &metric.name(*signal));
    put_string_field(out, DESCRIPTION, &metric.help(*signal));
    put_string_field(out, UNIT, metric.unit(*signal));
    put_message(out, SUM, |out| {
        for row in rows {
            put_message(out, DATA_POINTS, |out| put_point(out, row, frame));
        }
        put_varint_field(out, TEMPORALITY, CUMULATIVE);
        if metric.kind == Kind::Counter {
            put_varint_field(out, IS_MONOTONIC, 1);
        }
    });
}

fn put_point(out: &mut Vec<u8>, row: &Row, frame: Frame<'_>) {
    put_fixed64_field(out, START_TIME, frame.since_unix_nanos);
    put_fixed64_field(out, TIME, frame.now_unix_nanos);
    // A signed number; counts are far from its end.
    put_fixed64_field(out, AS_INT, row.value);
    for (key, value) in &row.attributes {
        put_key_value_str(out, ATTRIBUTES, key, value);
    }
}
