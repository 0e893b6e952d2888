//! `Batching`: when and in what portions a signal leaves (OpenTelemetry specification, "Batch Span Processor" and "Batch
//! LogRecord Processor").

use super::builder::Builder;
use super::defaults;
use crate::env::Env;
use crate::export::Signal;
use std::time::Duration;

/// What code or the environment say of a signal's batches; `None`: the default holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Batching {
    pub(crate) delay: Option<Duration>,
    /// One batch is sent again for so long.
    pub(crate) patience: Option<Duration>,
    /// And no attempt takes longer than this, whatever the exporter's own timeout.
    pub(crate) attempt: Option<Duration>,
    /// So many may wait or be under way.
    pub(crate) queue: Option<usize>,
    /// A request never has more.
    pub(crate) request: Option<usize>,
}

/// What holds where nothing is said.
const BYTES_ONLY: &str = "no limit but the bytes";

/// The variables of a signal: delay, timeout, queue, request.
fn variables(signal: Signal) -> [&'static str; 4] {
    match signal {
        Signal::Traces => [
            "OTEL_BSP_SCHEDULE_DELAY",
            "OTEL_BSP_EXPORT_TIMEOUT",
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        ],
        Signal::Logs => [
            "OTEL_BLRP_SCHEDULE_DELAY",
            "OTEL_BLRP_EXPORT_TIMEOUT",
            "OTEL_BLRP_MAX_QUEUE_SIZE",
            "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
        ],
    }
}

pub(super) fn batching(builder: &Builder, env: &mut Env, signal: Signal) -> Batching {
    let [delay, timeout, queue, request] = variables(signal);
    let of_code = builder.request_spans.filter(|_| signal == Signal::Traces);
    let delay = builder.schedule_delay.or_else(|| env.millis(&[delay], defaults::delay(signal)));
    let timeout =
        if builder.retry_for.is_some() { None } else { env.millis(&[timeout], defaults::RETRY_FOR) };
    // A timeout of zero is none.
    let attempt = timeout.filter(|timeout| !timeout.is_zero());
    let patience = builder.retry_for.or_else(|| timeout.map(|_| attempt.unwrap_or(Duration::MAX)));
    let bound = env.positive(queue, BYTES_ONLY);
    let most = match of_code {
        Some(most) => Some(most).filter(|most| *most > 0),
        None => request_bound(env, request, queue, bound),
    };
    Batching { delay, patience, attempt, queue: bound, request: most }
}

/// Of a request's spans or records; never more than the queue's.
fn request_bound(
    env: &mut Env,
    name: &'static str,
    queue_name: &'static str,
    queue: Option<usize>,
) -> Option<usize> {
    let most = env.positive(name, BYTES_ONLY)?;
    let Some(queue) = queue.filter(|queue| *queue < most) else { return Some(most) };
    env.warn(name, &most.to_string(), format_args!("it is more than {queue_name}"), &queue.to_string());
    Some(queue)
}
