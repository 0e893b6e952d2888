//! `ConsoleExporter`: spans and log records as text on standard output, for people ("console" in the OpenTelemetry
//! specification's "Exporter Selection").
//!
//! ```text
//! span  = "span" name ["kind=" word] duration "start=" time "trace_id=" hex "span_id=" hex ["parent_id=" hex]
//!         ["status=" word] { key "=" value }
//!         { "  * " name "+" duration { key "=" value } }          its events, and when since its start
//!         { "  > " "trace_id=" hex "span_id=" hex { key "=" value } }      its links
//! log   = "log" time severity target body ["trace_id=" hex "span_id=" hex] { key "=" value }
//! ```

use super::{Batch, BoxFuture, Exporter, LogView, Outcome, Signal, SpanView};
use crate::testing::text::{attribute_key, name, value};
use crate::wire::{KeyValue, SpanData, SpanKind, StatusCode};
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

/// Prints one signal.
pub(crate) struct ConsoleExporter {
    signal: Signal,
}

// === impl ConsoleExporter ===

impl ConsoleExporter {
    pub(crate) fn new(signal: Signal) -> Self {
        ConsoleExporter { signal }
    }
}

impl Exporter for ConsoleExporter {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        let mut text: String = batch.spans().map(span).collect();
        text.extend(batch.logs().map(log));
        let written = std::io::stdout().lock().write_all(text.as_bytes());
        Box::pin(async {
            match written {
                Ok(()) => Outcome::Accepted,
                Err(error) => Outcome::Rejected { reason: format!("standard output: {error}") },
            }
        })
    }

    fn takes(&self, signal: Signal) -> bool {
        signal == self.signal
    }

    /// Whoever reads the output may take their time.
    fn blocks(&self) -> bool {
        true
    }

    fn name(&self) -> &str {
        "console"
    }
}

fn span(view: SpanView<'_>) -> String {
    match view.to_data() {
        Ok(span) => span_text(&span),
        Err(error) => format!("span that cannot be read: {error}\n"),
    }
}

fn span_text(span: &SpanData) -> String {
    let kind = match span.kind {
        SpanKind::Internal | SpanKind::Unspecified => String::new(),
        kind => format!(" kind={}", format!("{kind:?}").to_lowercase()),
    };
    let parent = match span.parent_span_id.is_valid() {
        true => format!(" parent_id={}", span.parent_span_id),
        false => String::new(),
    };
    let status = match (span.status.code, span.status.description.as_str()) {
        (StatusCode::Unset, _) => String::new(),
        (StatusCode::Ok, _) => " status=ok".to_owned(),
        (StatusCode::Error, "") => " status=error".to_owned(),
        (StatusCode::Error, description) => format!(" status=error({description:?})"),
    };
    let took = Duration::from_nanos(span.end_unix_nanos.saturating_sub(span.start_unix_nanos));
    let mut out = format!(
        "span {}{kind} {took:?} start={} trace_id={} span_id={}{parent}{status}",
        name(&span.name),
        time(span.start_unix_nanos),
        span.trace_id,
        span.span_id,
    );
    put_attributes(&mut out, &span.attributes);
    for event in &span.events {
        let after = Duration::from_nanos(event.time_unix_nanos.saturating_sub(span.start_unix_nanos));
        let _ = write!(out, "\n  * {} +{after:?}", name(&event.name));
        put_attributes(&mut out, &event.attributes);
    }
    for link in &span.links {
        let _ = write!(out, "\n  > trace_id={} span_id={}", link.trace_id, link.span_id);
        put_attributes(&mut out, &link.attributes);
    }
    out.push('\n');
    out
}

fn log(view: LogView<'_>) -> String {
    let log = match view.to_data() {
        Ok(log) => log,
        Err(error) => return format!("log record that cannot be read: {error}\n"),
    };
    let (time, target) = (time(log.time_unix_nanos), view.target());
    let mut out = format!("log {time} {} {} {}", log.severity_text, name(target), value(&log.body));
    if log.span_id.is_valid() {
        let _ = write!(out, " trace_id={} span_id={}", log.trace_id, log.span_id);
    }
    put_attributes(&mut out, &log.attributes);
    out.push('\n');
    out
}

fn put_attributes(out: &mut String, attributes: &[KeyValue]) {
    for attribute in attributes {
        let _ = write!(out, " {}={}", attribute_key(&attribute.key), value(&attribute.value));
    }
}

/// RFC 3339, in UTC, to the microsecond.
fn time(unix_nanos: u64) -> String {
    let (seconds, micros) = (unix_nanos / 1_000_000_000, unix_nanos / 1_000 % 1_000_000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March, so that the leap day comes last; 400 of them have 146,097 days.
    let since = days + 719_468;
    let (era, day) = (since / 146_097, since % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = (400 * era + year + month / 10, (month + 2) % 12 + 1);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{EventData, LinkData, Status};
    use crate::{SpanId, TraceId};

    #[test]
    fn times_are_dates() {
        let seconds = |seconds: u64| time(seconds * 1_000_000_000 + 1_500);
        assert_eq!(seconds(0), "1970-01-01T00:00:00.000001Z");
        assert_eq!(seconds(951_782_400), "2000-02-29T00:00:00.000001Z");
        assert_eq!(seconds(1_709_164_799), "2024-02-28T23:59:59.000001Z");
        assert_eq!(seconds(1_735_689_599), "2024-12-31T23:59:59.000001Z");
        assert_eq!(seconds(4_107_542_400), "2100-03-01T00:00:00.000001Z");
    }

    #[test]
    fn a_span_is_a_line_with_its_events_and_links_below() {
        let link =
            LinkData { trace_id: TraceId::from_u128(4), span_id: SpanId::from_u64(5), ..LinkData::default() };
        let event = EventData {
            time_unix_nanos: 2_000_000,
            name: "half way".to_owned(),
            attributes: vec![KeyValue::new("n", 1)],
            ..EventData::default()
        };
        let span = SpanData {
            trace_id: TraceId::from_u128(1),
            span_id: SpanId::from_u64(2),
            parent_span_id: SpanId::from_u64(3),
            name: "checkout".to_owned(),
            kind: SpanKind::Server,
            start_unix_nanos: 1_000_000,
            end_unix_nanos: 3_500_000,
            attributes: vec![KeyValue::new("card", "two words")],
            events: vec![event],
            links: vec![link],
            status: Status { code: StatusCode::Error, description: "no".to_owned() },
            ..SpanData::default()
        };
        let expected = "span checkout kind=server 2.5ms start=1970-01-01T00:00:00.001000Z \
            trace_id=00000000000000000000000000000001 span_id=0000000000000002 parent_id=0000000000000003 \
            status=error(\"no\") card=\"two words\"\n  * half way +1ms n=1\n  > \
            trace_id=00000000000000000000000000000004 span_id=0000000000000005\n";
        assert_eq!(span_text(&span), expected);
    }
}
