//! `Exporter`: what takes batches away.

use super::{Batch, Signal};
use crate::record::caught;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Takes finished spans, or log records, out of the process.
///
/// Runs on the worker's own thread and runtime (tokio, current-thread), never on one of the program's. One batch of a
/// signal is under way at a time. A panic is caught: the batch is then counted as dropped.
pub trait Exporter: Send + Sync + 'static {
    /// Exports a batch. Failing is an [`Outcome`], not an error: the worker retries, counts and tells.
    fn export<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Outcome>;

    /// Whether it wants what is of this signal: a batch is of one, see [`Batch::signal`]. Default: spans only.
    fn takes(&self, signal: Signal) -> bool {
        signal == Signal::Traces
    }

    /// Whether `export` blocks its thread rather than waiting as a future does: it then gets a thread of its own, so
    /// that it holds up no other exporter. Default: no. One that says no and keeps the worker's thread for a second is
    /// told of, and has a thread of its own from then on.
    fn blocks(&self) -> bool {
        false
    }

    /// What the ledger calls it.
    fn name(&self) -> &str {
        "custom"
    }
}

/// An exporter of one signal.
pub(crate) struct Taker<'a> {
    pub(crate) exporter: &'a Arc<dyn Exporter>,
    pub(crate) signal: Signal,
    pub(crate) name: String,
}

/// Exporters, for each signal that they take; `None`: one of them panics.
pub(crate) fn takers(exporters: &[Arc<dyn Exporter>]) -> Option<Vec<Taker<'_>>> {
    let mut takers = Vec::new();
    for (exporter, signal) in exporters.iter().flat_map(|it| Signal::ALL.map(|signal| (it, signal))) {
        let name = caught(|| exporter.takes(signal).then(|| exporter.name().to_owned()))?;
        takers.extend(name.map(|name| Taker { exporter, signal, name }));
    }
    Some(takers)
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// All spans (or log records, here and below) were taken.
    Accepted,
    /// Some spans were refused for good; they are counted as rejected. With 0 refused, `message` is a warning.
    Partial {
        /// How many were refused.
        rejected_spans: u64,
        /// Why, in the receiver's words.
        message: String,
    },
    /// Nothing was taken, and it may go better later.
    Retry {
        /// Wait at least so long; `None` leaves it to the backoff.
        after: Option<Duration>,
        /// Why, for the log.
        reason: String,
    },
    /// Nothing was taken because the batch is too large; smaller ones may do.
    TooLarge {
        /// Why, for the log.
        reason: String,
    },
    /// Nothing was taken, and never will be.
    Rejected {
        /// Why, for the log.
        reason: String,
    },
}
