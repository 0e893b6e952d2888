//! `OtlpExporter`: OTLP over HTTP, in protobuf (OpenTelemetry protocol specification, "OTLP/HTTP").

use super::http::{Answer, Http, HttpConfig, readable};
use super::request::Envelope;
use super::{Batch, BoxFuture, Exporter, Outcome, Signal};
use crate::error::Error;
use crate::wire::{Resource, Scope, read_export_response};
use std::time::{Duration, SystemTime};

/// Sends batches of one signal to a collector.
pub(crate) struct OtlpExporter {
    signal: Signal,
    http: Http,
    envelope: Envelope,
}

// === impl OtlpExporter ===

impl OtlpExporter {
    pub(crate) fn new(
        signal: Signal,
        config: HttpConfig,
        resource: &Resource,
        of_spans: &Scope,
    ) -> Result<Self, Error> {
        Ok(OtlpExporter { signal, http: Http::new(config)?, envelope: Envelope::new(resource, of_spans) })
    }
}

impl Exporter for OtlpExporter {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async {
            // What another process left behind is sent as that process.
            let envelope = batch.origin().unwrap_or(&self.envelope);
            match self.http.post(envelope.request(batch)).await {
                Ok(answer) => outcome_of(&answer, self.http.endpoint()),
                Err(reason) => Outcome::Retry { after: None, reason },
            }
        })
    }

    fn takes(&self, signal: Signal) -> bool {
        signal == self.signal
    }

    fn name(&self) -> &str {
        "otlp"
    }
}

/// What an answer means ("OTLP/HTTP Response").
fn outcome_of(answer: &Answer, endpoint: &str) -> Outcome {
    let reason = || {
        let said = answer.text();
        let colon = if said.is_empty() { "" } else { ": " };
        format!("{endpoint} answered {}{colon}{said}", answer.status)
    };
    match answer.status {
        200..=299 => partial_success(answer),
        429 | 502 | 503 | 504 => {
            let after = answer.retry_after.as_deref().and_then(|text| retry_after(text, SystemTime::now()));
            Outcome::Retry { after, reason: reason() }
        }
        413 => Outcome::TooLarge { reason: reason() },
        _ => Outcome::Rejected { reason: reason() },
    }
}

fn partial_success(answer: &Answer) -> Outcome {
    match read_export_response(&answer.body) {
        Ok(said)
            if said.has_partial_success && (said.rejected_spans > 0 || !said.error_message.is_empty()) =>
        {
            let rejected_spans = u64::try_from(said.rejected_spans).unwrap_or_default();
            Outcome::Partial { rejected_spans, message: readable(&said.error_message) }
        }
        // Success is success, whatever a sloppy server writes into the body.
        _ => Outcome::Accepted,
    }
}

/// `Retry-After`: seconds, or an HTTP date (RFC 9110, section 10.2.3).
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    match text.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(http_date(text)?.duration_since(now).unwrap_or_default()),
    }
}

/// The preferred form of a date, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: u64 = words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as u64 + 1;
    let year: u64 = words.next()?.parse().ok().filter(|year| (1970..10_000).contains(year))?;
    let mut clock = words.next()?.split(':').map(|part| part.parse::<u64>().ok().filter(|part| *part <= 60));
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if words.next()? != "GMT" || hour > 23 {
        return None;
    }
    // Days since the epoch, with years that begin in March so that the leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    let seconds = (days.checked_sub(719_468)? * 24 + hour) * 3600 + minute * 60 + second;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{ExportResponse, write_export_response};

    fn answer(status: u16, retry_after: Option<&str>, body: &[u8]) -> Outcome {
        let answer = Answer { status, retry_after: retry_after.map(str::to_owned), body: body.to_vec() };
        outcome_of(&answer, "http://collector/v1/traces")
    }

    #[test]
    fn only_the_statuses_of_the_specification_are_retried() {
        for status in [429, 502, 503, 504] {
            assert!(matches!(answer(status, None, b""), Outcome::Retry { after: None, .. }), "{status}");
        }
        for status in [100, 301, 400, 401, 403, 404, 405, 415, 500, 501, 505] {
            assert!(matches!(answer(status, None, b""), Outcome::Rejected { .. }), "{status}");
        }
        assert!(matches!(answer(413, None, b""), Outcome::TooLarge { .. }));
        assert_eq!(answer(200, None, b"not protobuf at all"), Outcome::Accepted);
        let Outcome::Rejected { reason } = answer(401, None, b"who are you?") else { panic!("not rejected") };
        assert_eq!(reason, "http://collector/v1/traces answered 401: who are you?");
    }

    #[test]
    fn partial_success_is_read() {
        let said =
            ExportResponse { rejected_spans: 3, error_message: "too old".into(), has_partial_success: true };
        let expected = Outcome::Partial { rejected_spans: 3, message: "too old".into() };
        assert_eq!(answer(200, None, &write_export_response(&said)), expected);
        assert_eq!(answer(200, None, &[0x0a, 0]), Outcome::Accepted);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now), Some(Duration::from_secs(10)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::ZERO));
        assert_eq!(
            http_date("Thu, 29 Feb 2024 00:00:00 GMT"),
            Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_164_800))
        );
        for bad in [
            "",
            "-1",
            "soon",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 99 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1 8:4:7 GMT",
        ] {
            assert_eq!(retry_after(bad, now), None, "{bad:?}");
        }
    }
}
