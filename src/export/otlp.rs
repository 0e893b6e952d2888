//! `OtlpExporter`: OTLP over HTTP, in protobuf (OpenTelemetry protocol specification, "OTLP/HTTP").

use super::http::{Answer, Http, readable};
use super::request::Envelope;
use super::retry_after::retry_after;
use super::{Batch, BoxFuture, Exporter, Outcome, Signal};
use crate::wire::{Resource, Scope, read_export_response};
use reqwest::header::RETRY_AFTER;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

/// After so many refusals in a row no batch is halved any more: what is bad is then not single spans. A batch of a million
/// needs 20 until its one bad span is alone.
const MOST_REFUSALS: u32 = 64;

/// Sends batches of one signal to a collector.
pub(crate) struct OtlpExporter {
    signal: Signal,
    http: Arc<Http>,
    envelope: Envelope,
    /// Whether a batch that was answered with 400 is halved.
    bisect: bool,
    /// Answers of 400 since something was taken.
    refusals: AtomicU32,
}

// === impl OtlpExporter ===

impl OtlpExporter {
    pub(crate) fn new(
        signal: Signal,
        http: Arc<Http>,
        bisect: bool,
        resource: &Resource,
        of_spans: &Scope,
    ) -> Self {
        let envelope = Envelope::new(resource, of_spans);
        OtlpExporter { signal, http, envelope, bisect, refusals: AtomicU32::new(0) }
    }

    /// Halves a batch of several that was refused as bad, where that is asked for and leads somewhere.
    fn bisected(&self, status: u16, records: usize, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Rejected { reason } if self.bisect && status == 400 => {
                let before = self.refusals.fetch_add(1, Ordering::Relaxed);
                match records > 1 && before < MOST_REFUSALS {
                    true => Outcome::TooLarge { reason },
                    false => Outcome::Rejected { reason },
                }
            }
            Outcome::Accepted | Outcome::Partial { .. } => {
                self.refusals.store(0, Ordering::Relaxed);
                outcome
            }
            other => other,
        }
    }
}

impl Exporter for OtlpExporter {
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome> {
        Box::pin(async {
            // What another process left behind is sent as that process.
            let envelope = batch.origin().unwrap_or(&self.envelope);
            match self.http.post(envelope.request(batch)).await {
                Ok(answer) => {
                    let outcome = outcome_of(&answer, self.http.endpoint());
                    self.bisected(answer.status, batch.len(), outcome)
                }
                Err(failure) => Outcome::Retry { after: None, reason: failure.reason },
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
            let after = answer.header(RETRY_AFTER).and_then(|text| retry_after(text, SystemTime::now()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{ExportResponse, write_export_response};
    use reqwest::header::HeaderValue;
    use std::time::Duration;

    fn answer(status: u16, retry_after: Option<&'static str>, body: &[u8]) -> Outcome {
        let mut answer = Answer { status, body: body.to_vec(), ..Answer::default() };
        answer.headers.extend(retry_after.map(|text| (RETRY_AFTER, HeaderValue::from_static(text))));
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
        let after = |text| match answer(503, Some(text), b"") {
            Outcome::Retry { after, .. } => after,
            other => panic!("{other:?}"),
        };
        assert_eq!((after("7"), after("soon")), (Some(Duration::from_secs(7)), None));
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
}
