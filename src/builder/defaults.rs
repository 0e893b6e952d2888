//! Defaults, one constant each.

use crate::export::Signal;
use std::time::Duration;

/// Bound of all memory: bodies of open spans, segments, batches.
pub(crate) const QUEUE_BYTES: usize = 32 << 20;
/// Finished spans wait at most so long.
pub(crate) const SCHEDULE_DELAY: Duration = Duration::from_secs(5);
/// Log records wait less (OpenTelemetry specification, "Batch LogRecord Processor").
pub(crate) const LOGS_DELAY: Duration = Duration::from_secs(1);
/// Of one callsite.
pub(crate) const LOGS_PER_SECOND: u32 = 10_000;
/// And never longer: an instant cannot be told from any duration.
pub(crate) const LONGEST_DELAY: Duration = Duration::from_secs(24 * 3600);
/// A request is full at so many bytes.
pub(crate) const REQUEST_BYTES: usize = 1 << 20;
/// One request may take so long.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);
/// A batch is retried for so long.
pub(crate) const RETRY_FOR: Duration = Duration::from_secs(60);
/// Requests of an exporter under way at once.
pub(crate) const REQUESTS_IN_FLIGHT: usize = 1;
/// Of all files in the spool's folder.
pub(crate) const SPOOL_BYTES: u64 = 1 << 30;
/// What waits on disk for longer is given up.
pub(crate) const SPOOL_AGE: Duration = Duration::from_secs(24 * 3600);
/// Between two attempts it waits so long at first.
pub(crate) const RETRY_FIRST: Duration = Duration::from_millis(500);
/// And, growing, so long in the end.
pub(crate) const RETRY_LONGEST: Duration = Duration::from_secs(15);
/// And never shorter: an endpoint that refuses at once must not keep a processor busy.
pub(crate) const SHORTEST_WAIT: Duration = Duration::from_millis(1);
/// And never longer than this by itself.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);
/// Where collectors listen.
pub(crate) const ENDPOINT: &str = "http://localhost:4318";
/// What is appended to a base endpoint for spans.
pub(crate) const TRACES_PATH: &str = "/v1/traces";
/// And for log records.
pub(crate) const LOGS_PATH: &str = "/v1/logs";
/// The spans' own filter.
pub(crate) const SPANS: &str = "info";

/// Of a signal's schedule.
pub(crate) fn delay(signal: Signal) -> Duration {
    match signal {
        Signal::Traces => SCHEDULE_DELAY,
        Signal::Logs => LOGS_DELAY,
    }
}
